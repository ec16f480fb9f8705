"""Films are judged anew when limits change: by what was measured, or measured again, never made again."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import a_waiver
from desks import OUTPUT, Desk
from footage import a_film

from campaign.delivery.finishing import finish
from campaign.delivery.placing import place
from campaign.media.engine import Engine
from campaign.media.quality.keeping import MEASURES
from campaign.model.finished import Finished
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film, Plan
from campaign.model.qc import Finding, QCReport, Region
from campaign.preparing.standing import stand

NO_ENGINE = Engine(Path("/no/ffmpeg"), "0")
WRONG = QCReport((Finding(check="frames", severity="error", message="by other limits", measured="1", expected="2"),))
LOGO = Region(name="logo", box=(0.1, 0.1, 0.5, 0.5), start_frame=30, end_frame=48)


@pytest.fixture
def done(desk: Desk, tmp_path: Path) -> Finished:
    """A film that was made, whose job's result is gone since: it cannot be made again."""
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    (done,) = desk.finish(desk.film())
    assert done.report.passed, done.report
    (record,) = desk.ledger.records([desk.job.key]).values()
    desk.store.local(str(record.artifact_sha256)).unlink()
    return done


def finished(desk: Desk, film: Film, plan: Plan, engine: Engine) -> Finished:
    kit = {"ledger": desk.ledger, "store": desk.store, "home": desk.home}
    (done,) = asyncio.run(finish(film, plan, engine=engine, **kit))
    return done


def test_another_number_of_the_spec_judges_the_same_film_without_an_engine(desk: Desk, done: Finished) -> None:
    strict = replace(OUTPUT, key="b" * 64, spec=replace(OUTPUT.spec, max_seconds=Fraction(1)))
    film = desk.film(strict)
    other = finished(desk, film, desk.plan(film), NO_ENGINE)
    assert (other.sha256, other.facts) == (done.sha256, done.facts)
    assert [error.check for error in other.report.errors] == ["duration"]
    assert desk.ledger.finished([done.key])[done.key].report.passed


def test_a_verdict_by_former_limits_is_brought_up_to_date_wherever_it_is_looked_at(desk: Desk, done: Finished) -> None:
    desk.ledger.record_finished(replace(done, report=WRONG, judged_by="former limits"))
    plan = desk.plan(desk.film())
    place(plan, {done.key: done}, desk.store)
    (film,) = stand(plan, desk.ledger, desk.store, desk.home, None).films
    assert film.status is Status.DELIVERED
    assert desk.ledger.finished([done.key])[done.key] == done


def test_a_waiver_outlives_a_new_verdict_as_long_as_the_error_does(desk: Desk, done: Finished) -> None:
    strict = replace(OUTPUT, spec=replace(OUTPUT.spec, max_seconds=Fraction(1)))
    plan = desk.plan(desk.film(strict))
    desk.ledger.record_finished(replace(done, judged_by="former limits"))
    desk.ledger.waive((a_waiver(done, check="duration"),))
    standing = stand(plan, desk.ledger, desk.store, desk.home, None)
    (waived,) = (each for each in standing.finished[done.key].report.findings if each.severity == "error")
    assert (waived.check, waived.waiver is not None) == ("duration", True)


@pytest.mark.parametrize("lost", ["nothing", "measures"])
def test_what_is_measured_otherwise_is_measured_again_and_not_made_again(desk: Desk, done: Finished, lost: str) -> None:
    film = desk.film()
    plan = replace(desk.plan(film), regions=(LOGO,))
    place(plan, {done.key: done}, desk.store)
    if lost == "measures":
        for path in (desk.home / MEASURES).iterdir():
            path.unlink()
    standing = stand(plan, desk.ledger, desk.store, desk.home, None)
    (stood,) = standing.films
    assert (stood.status, stood.reason, stood.todo) == (None, None, ())
    assert "judged anew" in stood.sentence
    assert not standing.settled(film) and standing.stale == {done.key}
    assert done.key in standing.finished, "what is delivered stays until the new verdict"
    again = finished(desk, film, plan, desk.engine)
    assert again.sha256 == done.sha256 and again.judged_by != done.judged_by
    assert stand(plan, desk.ledger, desk.store, desk.home, None).films[0].status is Status.DELIVERED


def test_an_error_of_its_making_is_kept_by_every_later_verdict(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=24, sound=None))
    (short,) = desk.finish(desk.film())
    desk.ledger.record_finished(replace(short, judged_by="former limits"))
    (film,) = stand(desk.plan(desk.film()), desk.ledger, desk.store, desk.home, None).films
    assert (film.status, film.reason) == (Status.FAILED, Reason.QC)
    assert "6 frames short of 30" in film.sentence
