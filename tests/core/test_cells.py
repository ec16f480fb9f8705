"""What is cleaned out of a cell, what stays, and what is damage."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.intake.cells import clean_code, clean_copy, damage, read_whole, read_yes_no, slug, split_list
from campaign.intake.nearest import distance, nearest, within


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_code(clean_code(text)) == clean_code(text)
    assert clean_copy(clean_copy(text)) == clean_copy(text)
    assert slug(slug(text)) == slug(text)


@settings(deadline=None)
@given(st.text())
def test_a_code_holds_nothing_that_cannot_be_seen(text: str) -> None:
    assert not {unicodedata.category(sign) for sign in clean_code(text)} & {"Cc", "Cf", "Zl", "Zp"}


@settings(deadline=None)
@given(st.text())
def test_codes_that_differ_in_case_or_normal_form_have_one_slug(text: str) -> None:
    assert slug(unicodedata.normalize("NFD", text)) == slug(unicodedata.normalize("NFC", text))
    assert slug(text.casefold()) == slug(text)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1))
def test_copy_keeps_every_sign_within_it(text: str) -> None:
    inner = f"a{text}b"
    assert clean_copy(f" {inner}\u00a0") == unicodedata.normalize("NFC", inner)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Größe & Wärme", "grosse-warme"), ("İstanbul", "istanbul"), ("冬 季", "冬-季"), ("हिन्दी", "हिन्दी"), ("!!", "")],
)
def test_a_slug_is_lower_case_words_of_any_script(text: str, expected: str) -> None:
    assert slug(text) == unicodedata.normalize("NFC", expected)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("#REF!", "csv.spreadsheet_error"),
        ("Jetzt #N/A kaufen", "csv.spreadsheet_error"),
        ("#BEZUG!", "csv.spreadsheet_error"),
        ("#¡VALOR!", "csv.spreadsheet_error"),
        ("=A1", "csv.formula"),
        ("=Sheet1!B2", "csv.formula"),
        ("='My sheet'!B2", "csv.formula"),
        ('=IMPORTRANGE("x";"A1")', "csv.formula"),
        ("1.23E+15", "csv.scientific"),
        ("4,00638E+12", "csv.scientific"),
        ("a\0b", "csv.control_character"),
        ("fÃ¼r", "csv.encoding"),
        ("f�r", "csv.encoding"),
    ],
)
def test_damage_is_seen(text: str, rule: str) -> None:
    found = damage(text)
    assert found
    assert found.rule == rule


@pytest.mark.parametrize(
    "text",
    [
        "#summer",
        "#1",
        "= mehr",
        "=)",
        "+49",
        "-50%",
        "@acme",
        "1E5",
        "E+",
        "für",
        "São Paulo",
        "Ã",
        "C#",
        "日本\nの冬",
        "\u200fمرحبا",
    ],
)
def test_ordinary_copy_is_not_taken_for_damage(text: str) -> None:
    assert damage(text) is None


@settings(deadline=None)
@given(st.text("äöüßéèñçãõÄÖ", min_size=1, max_size=8))
def test_text_that_was_read_in_the_wrong_encoding_is_given_back(text: str) -> None:
    twice = text.encode().decode("cp1252", "ignore")
    found = damage(twice) if twice.encode("cp1252") == text.encode() else None
    assert found is None or found.nearest == text


def test_yes_and_no_are_read_in_many_tongues() -> None:
    assert all(read_yes_no(word).value is True for word in ("yes", "TRUE", "x", "1", "Ja", "WAHR", "sí"))
    assert all(read_yes_no(word).value is False for word in ("no", "False", "0", "nein", "FALSCH", "não"))
    assert read_yes_no("perhaps").remarks[0].cure == "Write yes or no."


@settings(deadline=None)
@given(st.integers(-200, 200))
def test_whole_numbers_are_read_within_their_range(number: int) -> None:
    for text in (str(number), f"{number}.0", f"{number},00"):
        reading = read_whole(text, "rule", -100, 100)
        assert reading.value == (number if abs(number) <= 100 else None)
    assert read_whole(f"{number}.5", "rule", -100, 100).value is None


def test_a_list_is_split_at_any_usual_sign() -> None:
    assert split_list("a|b; c,\nd | ") == ["a", "b", "c", "d"]


WORDS = st.text("abcde", min_size=1, max_size=8)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_distance_is_the_same_both_ways_and_none_only_for_equals(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) == (one == other)
    assert within(one, other, 2) == (distance(one, other, 9) <= 2)


@settings(deadline=None)
@given(WORDS, st.integers(0, 7), st.sampled_from("xyz"))
def test_one_slip_of_the_pen_is_one_letter_away(word: str, position: int, letter: str) -> None:
    at = position % len(word)
    slips = (word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :], word[:at] + word[at + 1 :])
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    assert all(within(word, slip, 1) for slip in (*slips, swapped))


def test_the_nearest_word_is_named_and_nothing_far_off_is() -> None:
    assert nearest("lien", ("market", "line")) == "line"
    assert nearest("global_campain", ("relighting", "global_campaign")) == "global_campaign"
    assert nearest("relight", ("relighting",)) == "relighting"
    assert nearest("WINTER", ("winter",)) == "winter"
    assert nearest("zebra", ("market", "season")) is None
    assert nearest("", ("market",)) is None
