"""Dates: read when they can be one day only."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.intake.dates import read_date

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
MARCH_1 = date(2026, 3, 1)


@settings(deadline=None)
@given(DAYS)
def test_forms_with_one_meaning_read_back(day: date) -> None:
    forms = (
        day.isoformat(),
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
        f"{day:%d.%m.%Y}",
        f"{day.day}. {day.month}. {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.isoformat()} 00:00:00",
        f"{day.isoformat()}T00:00:00",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%d-%b-%Y}",
    )
    assert {form: read_date(form).value for form in forms} == dict.fromkeys(forms, day)


@settings(deadline=None)
@given(DAYS)
def test_day_and_month_in_unknown_order_are_read_only_when_one_order_is_possible(day: date) -> None:
    sure = day.day > 12 or day.day == day.month
    for form in (f"{day.day}/{day.month}/{day.year}", f"{day.month}/{day.day}/{day.year}", f"{day:%d-%m-%Y}"):
        assert read_date(form).value == (day if sure else None)


def test_an_ambiguous_date_shows_both_readings() -> None:
    (remark,) = read_date("03/04/2026").remarks
    assert "2026-03-04 or 2026-04-03" in remark.problem


@pytest.mark.parametrize("text", ["1. März 2026", "1er mars 2026", "1 de marzo de 2026", "1 março 2026", "01.03.26"])
def test_local_forms_are_read(text: str) -> None:
    assert read_date(text).value == MARCH_1


def test_a_spreadsheets_day_number_is_refused_with_the_date_it_stands_for() -> None:
    (remark,) = read_date(str((MARCH_1 - date(1899, 12, 30)).days)).remarks
    assert remark.nearest == "2026-03-01"


@pytest.mark.parametrize(
    "text", ["31.02.2026", "13/13/2026", "13/02/26", "2569-01-01", "soon", "1 Foo 2026", "2026", "99999"]
)
def test_what_is_no_day_is_refused_with_a_cure(text: str) -> None:
    (remark,) = read_date(text).remarks
    assert "2026-03-01" in remark.cure


@settings(deadline=None)
@given(st.text(max_size=20) | st.text("0123456789./- ", max_size=12))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    reading = read_date(text)
    assert (reading.value is None) == bool(reading.remarks)


def test_every_day_number_of_five_digits_is_named() -> None:
    assert all(read_date(str(n)).remarks[0].nearest for n in range(10_000, 100_000, 9_999))
    assert date(1899, 12, 30) + timedelta(99_999) == date(2173, 10, 13)
