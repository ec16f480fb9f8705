"""Markets, groups of markets, and locales."""

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.intake.locales import is_spoken, languages_of, main_locale, read_locale, region_of
from campaign.intake.places import GROUPS, MARKETS, nearest_market, read_markets


def test_the_markets_are_the_249_countries_of_iso_3166_and_kosovo() -> None:
    pseudo = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
    known = {code for code in Locale("en").territories if len(code) == 2} - pseudo
    assert known == MARKETS
    assert len(MARKETS) == 250


@settings(deadline=None)
@given(st.sampled_from(sorted(MARKETS)))
def test_every_country_is_read_in_any_case_and_offered_for_its_name(code: str) -> None:
    assert read_markets(code.lower()).value == (code,)
    assert nearest_market(Locale("en").territories[code]) == code


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_is_read_as_its_countries_and_says_so(name: str) -> None:
    reading = read_markets(name.upper())
    assert set(reading.value or ()) <= MARKETS
    assert len(reading.value or ()) > 1
    assert [str(remark.level) for remark in reading.remarks] == ["info"]


def test_groups_and_countries_may_be_listed_and_count_once() -> None:
    assert read_markets("DACH|de, fr").value == ("DE", "AT", "CH", "FR")
    assert read_markets("DE/AT").value == ("DE", "AT")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("UK", "GB"),
        ("EL", "GR"),
        ("DEU", "DE"),
        ("Deutschland", "DE"),
        ("Germny", "DE"),
        ("Alemania", "DE"),
        ("Nordic", "Nordics"),
        ("de-AT", "AT"),
        ("XX", None),
        ("ZZ", None),
    ],
)
def test_a_wrong_code_is_refused_with_the_one_that_was_meant(wrong: str, meant: str | None) -> None:
    reading = read_markets(wrong)
    assert reading.value is None
    assert [remark.nearest for remark in reading.remarks] == [meant]


def test_a_row_of_totals_is_called_so() -> None:
    assert "totals" in read_markets("Total").remarks[0].problem


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("pt_br", "pt-BR"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("es-419", "es-419"),
        ("de", "de"),
        ("tr-DE", "tr-DE"),
        ("ca-valencia", "ca-valencia"),
        ("en-001", "en-001"),
        ("iw-IL", "iw-IL"),
    ],
)
def test_locales_are_read_in_their_usual_capitals(typed: str, tag: str) -> None:
    assert read_locale(typed).value == tag
    assert read_locale(tag).value == tag


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("en-UK", "en-GB"),
        ("english", "en"),
        ("jp-JP", "ja-JP"),
        ("dk", "da-DK"),
        ("xx-YY", None),
        ("de-ZZ", None),
        ("", None),
    ],
)
def test_a_wrong_locale_is_refused_with_what_was_meant(typed: str, meant: str | None) -> None:
    reading = read_locale(typed)
    assert reading.value is None
    assert reading.remarks[0].nearest == meant


@pytest.mark.parametrize(
    ("market", "locale"),
    [
        ("DE", "de-DE"),
        ("NO", "nb-NO"),
        ("TW", "zh-Hant-TW"),
        ("CH", "de-CH"),
        ("US", "en-US"),
        ("NA", "en-NA"),
        ("AQ", None),
    ],
)
def test_a_market_speaks_its_first_language(market: str, locale: str | None) -> None:
    assert main_locale(market) == locale


def test_every_derived_locale_is_a_locale_of_its_market() -> None:
    derived = {market: locale for market in MARKETS if (locale := main_locale(market))}
    assert len(derived) == 246
    assert all(read_locale(locale).value == locale for locale in derived.values())
    assert all(region_of(locale) == market for market, locale in derived.items())


def test_languages_of_a_market_are_known() -> None:
    assert "fr" in languages_of("CH")
    assert is_spoken("fr-FR", "CH")
    assert is_spoken("en-GB", "JP")
    assert is_spoken("tr-DE", "DE")
    assert not is_spoken("ja-JP", "DE")


@settings(deadline=None)
@given(st.text(max_size=12) | st.text("abzDE-_0149", max_size=10))
def test_no_text_makes_a_reader_raise(text: str) -> None:
    assert bool(read_locale(text).value) != bool(read_locale(text).remarks)
    reading = read_markets(text)
    assert reading.value or reading.remarks
