"""Which asks get a new edition, and that an interrupted regeneration is finished before another begins."""

from dataclasses import replace

import pytest
from builders import a_variant
from plans import a_brief, a_campaign, a_plan

from campaign.model.jobs import How, Operation
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film, Plan
from campaign.model.ratios import AspectRatio
from campaign.model.standing import FilmStanding
from campaign.planning.regeneration import asks_of, begun, windows
from campaign.preparing.regenerating import words_of_windows

BRIEF = a_brief(
    a_variant(key="de-winter"),
    a_variant(key="fr-summer", line=3, market="FR", season="summer", locale="fr-FR"),
)
PLAN = a_plan(BRIEF)


def operations(plan: Plan, films: list[Film]) -> set[tuple[str, Operation, str | None]]:
    """What is bumped: variant, operation, ratio."""
    asks = asks_of(plan, films)
    found = set()
    for planned in plan.jobs.values():
        ratio = planned.job.ratio.label if planned.job.ratio else None
        found |= {(v, planned.job.operation, ratio) for v, ask in asks if ask == planned.job.ask_key}
    return found


def films(plan: Plan, *ids: str) -> list[Film]:
    return [film for film in plan.films if film.id in ids]


def test_a_whole_variant_gets_new_modifies_from_which_all_else_follows() -> None:
    chosen = [film for film in PLAN.films if film.variant.key == "de-winter"]
    assert operations(PLAN, chosen) == {("de-winter", Operation.MODIFY, None)}
    assert len(asks_of(PLAN, chosen)) == 3


def test_one_ratio_gets_new_reframes_only() -> None:
    assert operations(PLAN, films(PLAN, "de-winter 9:16")) == {("de-winter", Operation.REFRAME, "9:16")}


def test_a_variant_selected_whole_is_whole_though_a_ratio_of_it_may_not_be_made_now() -> None:
    row = [film for film in PLAN.films if film.variant.key == "de-winter"]
    asks = asks_of(PLAN, row[1:], beside=row[:1])
    assert asks == asks_of(PLAN, row)
    assert asks_of(PLAN, row[1:2], beside=row[:1]) == asks_of(PLAN, row[1:2])


def test_the_masters_own_ratio_has_nothing_but_its_modifies() -> None:
    assert operations(PLAN, films(PLAN, "fr-summer 16:9")) == {("fr-summer", Operation.MODIFY, None)}


def test_a_derived_ratio_gets_a_new_reframe_of_its_neighbour() -> None:
    brief = a_brief(campaign=a_campaign(how={AspectRatio("4:5"): How.DERIVE}))
    plan = a_plan(brief)
    (film,) = (film for film in plan.films if film.ratio.label == "4:5")
    bumped = operations(plan, [film])
    assert {(operation, ratio) for _, operation, ratio in bumped} == {(Operation.REFRAME, "3:4")}


@pytest.mark.parametrize("how", [How.CROP, How.PAD])
def test_a_window_has_nothing_of_its_own_to_make_anew(how: How) -> None:
    plan = a_plan(a_brief(campaign=a_campaign(how={AspectRatio("1:1"): how})))
    (square,) = (film for film in plan.films if film.ratio.label == "1:1")
    (tall,) = (film for film in plan.films if film.ratio.label == "9:16")
    assert asks_of(plan, [square]) == {}
    assert windows(plan, [square], ()) == (square,)
    beside = asks_of(plan, [square, tall])
    assert beside == asks_of(plan, [tall])
    assert windows(plan, [square, tall], beside) == (square,)
    assert words_of_windows([square]) == (
        "1:1 only shows, cropped or padded, what was made for the row's other ratios, and is made anew with them. "
        f"Select the row without a ratio: `--only variant={square.variant.key}`."
    )


def test_a_window_follows_its_whole_row_and_the_masters_own_ratio() -> None:
    plan = a_plan(a_brief(campaign=a_campaign(how={AspectRatio("1:1"): How.CROP})))
    row = list(plan.films)
    own = asks_of(plan, [film for film in row if film.ratio.label == "16:9"])
    assert own == asks_of(plan, row)
    assert windows(plan, row, own) == ()
    after = a_plan(a_brief(campaign=a_campaign(how={AspectRatio("1:1"): How.CROP})), editions=dict.fromkeys(own, 2))
    assert {film.edition for film in after.films} == {2}


def test_what_is_bumped_changes_those_films_and_leaves_the_others_alone() -> None:
    asks = asks_of(PLAN, films(PLAN, "de-winter 9:16"))
    after = a_plan(BRIEF, editions=dict.fromkeys(asks, 2))
    changed = {new.id for old, new in zip(PLAN.films, after.films, strict=True) if old.jobs != new.jobs}
    assert changed == {"de-winter 9:16"}
    assert {film.edition for film in after.films if film.id in changed} == {2}
    assert asks_of(after, films(after, "de-winter 9:16")) == dict.fromkeys(asks, 2)
    assert all("_v2" in output.file for film in after.films if film.id in changed for output in film.outputs)


def standing(film: Film, status: Status | None, reason: Reason | None = None, *, left: bool = True) -> FilmStanding:
    return FilmStanding(film=film, status=status, reason=reason, sentence="", todo=film.jobs if left else ())


def test_an_edition_that_was_begun_and_not_made_is_not_bumped_again() -> None:
    first, later = PLAN.films[0], replace(PLAN.films[0], edition=2)
    assert begun([standing(later, None)]) == {"de-winter"}
    assert begun([standing(later, Status.FAILED, Reason.CANCELLED)]) == {"de-winter"}
    assert begun([standing(first, None)]) == frozenset()
    assert begun([standing(later, Status.DELIVERED, left=False)]) == frozenset()
    assert begun([standing(later, Status.FAILED, Reason.REJECTED)]) == frozenset()
    assert begun([standing(later, None, left=False)]) == frozenset(), "made, only its file was taken away"
