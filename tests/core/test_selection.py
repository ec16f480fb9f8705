import pytest
from builders import a_variant
from plans import a_brief, a_plan

from campaign.errors import InputError
from campaign.planning.selection import parse_selection

ROWS = (
    a_variant(key="de-winter"),
    a_variant(key="fr-summer", line=3, market="FR", season="summer", locale="fr-FR", demographic="Young Urban"),
)
FILMS = a_plan(a_brief(*ROWS)).films


def chosen(*texts: str, status: str | None = None, changed: bool = False) -> list[str]:
    selection = parse_selection(texts)
    return [film.id for film in FILMS if selection.takes(film, status=status, changed=changed)]


def test_nothing_asked_takes_all() -> None:
    assert len(chosen()) == len(FILMS) == 8


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_a_selector_without_anything_in_it_is_refused_and_takes_not_all(text: str) -> None:
    with pytest.raises(InputError, match="a selector is written key=value"):
        chosen(text)
    with pytest.raises(InputError):
        chosen("market=DE", text)


@pytest.mark.parametrize(
    ("texts", "films"),
    [
        (["market=DE,ratio=9:16"], ["de-winter 9:16"]),
        (["market=de", "ratio=9x16"], ["de-winter 9:16"]),
        (["ratio=9:16, ratio = 1:1,market=FR"], ["fr-summer 9:16", "fr-summer 1:1"]),
        (["MARKET=DE", "market=FR", "ratio=4/5"], ["de-winter 4:5", "fr-summer 4:5"]),
        (["variant=FR-Summer,ratio=1:1"], ["fr-summer 1:1"]),
        (["demographic=young urban,ratio=1:1"], ["fr-summer 1:1"]),
        (["season=winter,season=summer,ratio=1:1"], ["de-winter 1:1", "fr-summer 1:1"]),
        (["market=DE,season=summer"], []),
    ],
)
def test_keys_combine_with_and_values_with_or(texts: list[str], films: list[str]) -> None:
    assert chosen(*texts) == films


@pytest.mark.parametrize(
    ("asked", "status", "taken"),
    [
        ("delivered", "delivered", True),
        ("failed", "delivered", False),
        ("missing", None, True),
        ("missing", "failed", True),
        ("missing", "skipped", True),
        ("missing", "delivered", False),
        ("delivered", None, False),
        ("Failed", "failed", True),
    ],
)
def test_status_is_what_ledger_and_files_say(asked: str, status: str | None, taken: bool) -> None:
    assert bool(chosen(f"status={asked}", status=status)) is taken


@pytest.mark.parametrize(("word", "changed", "taken"), [("yes", True, True), ("no", True, False), ("no", False, True)])
def test_changed_is_yes_or_no(word: str, changed: bool, taken: bool) -> None:
    assert bool(chosen(f"changed={word}", changed=changed)) is taken


def test_everything_wrong_is_named_at_once_with_the_nearest() -> None:
    with pytest.raises(InputError) as stopped:
        parse_selection(["markt=DE,ratio=9:17", "status=deliverd,changed=maybe,DE"])
    found = [(fault.value, fault.nearest) for fault in stopped.value.faults]
    assert found == [
        ("markt", "market"),
        ("9:17", "9:16"),
        ("deliverd", "delivered"),
        ("maybe", None),
        ("DE", None),
    ]


def test_values_that_no_film_has_are_named() -> None:
    selection = parse_selection(["market=DF,market=FR,ratio=21:9,season=wintr"])
    found = [(fault.value, fault.nearest) for fault in selection.unmatched(FILMS)]
    assert found == [("df", "DE"), ("wintr", "winter"), ("21:9", "16:9")]
