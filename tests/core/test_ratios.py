"""Every spelling of a ratio reads back as the ratio."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.intake.fields import read_ratios
from campaign.intake.ratios import parse_ratio
from campaign.model.ratios import RATIOS, AspectRatio

WHOLE = [ratio for ratio in RATIOS if "." not in ratio.label]


def spellings(ratio: AspectRatio) -> Iterator[str]:
    width, height = ratio.label.split(":")
    for separator in (":", "x", "X", "×", "/", "-", "–", "_", " : ", " x ", "：", "∶", " to ", " by ", "*"):
        yield f"{width}{separator}{height}"
    value = ratio.value
    yield f"{float(value):.4f}"
    yield f"{float(value):.2f}"
    yield f"{float(value):.3f}".replace(".", ",")
    yield f"{float(value):.2f}:1"
    yield f"1:{float(1 / value):.2f}"
    yield f"{round(1080 * value)}x1080"
    yield f"\u200a{ratio.label} "


def clock_spellings(ratio: AspectRatio) -> Iterator[str]:
    hours, minutes = map(int, ratio.label.split(":"))
    yield f"{hours:02}:{minutes:02}"
    yield f"{hours}:{minutes:02}:00"
    yield f"{hours:02}:{minutes:02}:00.000"
    yield f"{(hours - 1) % 12 + 1}:{minutes:02} {'PM' if hours >= 12 else 'AM'}"
    yield f"1899-12-30 {hours:02}:{minutes:02}:00"
    yield f"1899-12-30T{hours:02}:{minutes:02}:00"
    yield f"{(hours * 60 + minutes) / 1440:.9f}"


@pytest.mark.parametrize("ratio", RATIOS, ids=str)
def test_every_way_to_type_a_ratio_is_understood(ratio: AspectRatio) -> None:
    assert {spelt: parse_ratio(spelt) for spelt in spellings(ratio)} == dict.fromkeys(spellings(ratio), ratio)


@pytest.mark.parametrize("ratio", WHOLE, ids=str)
def test_what_a_spreadsheet_makes_of_a_ratio_is_undone(ratio: AspectRatio) -> None:
    assert {s: parse_ratio(s) for s in clock_spellings(ratio)} == dict.fromkeys(clock_spellings(ratio), ratio)


@settings(deadline=None)
@given(st.sampled_from(WHOLE), st.integers(1, 40), st.sampled_from(":x/×"))
def test_a_multiple_of_a_ratio_is_the_ratio(ratio: AspectRatio, factor: int, separator: str) -> None:
    width, height = map(int, ratio.label.split(":"))
    assert parse_ratio(f"{width * factor}{separator}{height * factor}") == ratio


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vertical",
        "5:4",
        "16:90",
        "1/2",
        "0",
        "0:0",
        "1:0",
        "1",
        "16",
        "9",
        "1.8",
        "0.57",
        "16:9:1",
        "-9:16",
        "9:16:30",
    ],
)
def test_what_is_no_known_ratio_is_none(text: str) -> None:
    assert parse_ratio(text) is None


@settings(deadline=None)
@given(st.text(max_size=30) | st.text("0123456789.,:x/- ", max_size=12))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    assert parse_ratio(text) is None or parse_ratio(text) in RATIOS


@settings(deadline=None)
@given(st.lists(st.sampled_from(RATIOS), min_size=1, max_size=6), st.sampled_from(["|", " | ", ",", ", ", ";", "\n"]))
def test_a_list_of_ratios_reads_back_each_once(ratios: list[AspectRatio], separator: str) -> None:
    reading = read_ratios(separator.join(ratio.label for ratio in ratios))
    assert reading.value == tuple(dict.fromkeys(ratios))
    assert not reading.remarks


def test_a_list_may_hold_decimal_commas_and_blanks() -> None:
    assert read_ratios("1,91:1|9:16").value == (AspectRatio("1.91:1"), AspectRatio("9:16"))
    assert read_ratios("9:16 1:1").value == (AspectRatio("9:16"), AspectRatio("1:1"))


def test_a_ratio_that_became_a_date_is_refused_as_such() -> None:
    (remark,) = read_ratios("03. Apr").remarks
    assert "date" in remark.problem
