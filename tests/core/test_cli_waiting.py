"""What the command line says of films that wait for approval, and which films a new edition may be made of."""

from collections.abc import Iterable
from types import SimpleNamespace

import pytest
from builders import a_variant
from plans import a_brief, a_plan

from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film
from campaign.model.standing import FilmStanding
from campaign.preparing.regenerating import barred
from fanout.left_out import to_make
from fanout.plan_document import to_do
from fanout.waiting import say_causes, say_unapproved, unapproved

PLAN = a_plan(a_brief(a_variant(), a_variant(key="fr", line=3, market="FR", locale="fr-FR")))


def standing(film: Film, status: Status | None = None, reason: Reason | None = None, why: str = "") -> FilmStanding:
    return FilmStanding(film=film, status=status, reason=reason, sentence=why, todo=film.jobs)


WAITING = [standing(film, Status.SKIPPED, Reason.NOT_APPROVED, f"cause {n // 7}") for n, film in enumerate(PLAN.films)]


def test_films_with_one_cause_are_told_together(capsys: pytest.CaptureFixture[str]) -> None:
    say_unapproved(unapproved([*WAITING, standing(PLAN.films[0], Status.DELIVERED)]))
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert not out
    assert lines[0] == "not approved: 8 films are left out"
    assert lines[1].endswith("and 1 more: cause 0")
    assert lines[1].count("de-de-winter-families") == 4
    assert lines[2].strip() == "fr 4:5: cause 1"
    say_unapproved([])
    assert capsys.readouterr().err == ""


def test_a_thousand_causes_are_cut_short(capsys: pytest.CaptureFixture[str]) -> None:
    say_causes({f"film {n}": f"cause {n}" for n in range(1000)})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert lines[-1].strip() == "and 980 other causes; --json has them all"


def test_what_is_not_approved_is_neither_made_nor_counted_as_work() -> None:
    made = standing(PLAN.films[0])
    assert to_make([made, *WAITING]) == [made]
    assert to_do([made, *WAITING[1:]]) == set(PLAN.films[0].jobs)


def test_a_delivered_final_is_made_anew_only_on_a_valid_approval() -> None:
    asked: list[str] = []

    def held(films: Iterable[Film]) -> dict[str, str]:
        asked.extend(film.id for film in films)
        return {PLAN.films[1].id: "another draft took its place"}

    chosen = [standing(film, Status.DELIVERED) for film in PLAN.films[:2]]
    first, second = barred(SimpleNamespace(clearance=SimpleNamespace(held=held)), chosen)  # type: ignore[arg-type] # all it looks at
    assert asked == [film.id for film in PLAN.films[:2]]
    assert first == chosen[0]
    assert (second.status, second.reason) == (Status.SKIPPED, Reason.NOT_APPROVED)
    assert second.sentence == "another draft took its place"
    assert barred(SimpleNamespace(clearance=None), chosen) == tuple(chosen)  # type: ignore[arg-type] # a draft's
