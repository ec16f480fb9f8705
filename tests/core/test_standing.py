"""Where films stand: read from ledger and files, never guessed."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_variant
from buying_terms import planned_and_intended, stored, submitted
from standings import (
    FAILED,
    PASSED,
    WARNED,
    a_campaign_in,
    a_job_standing,
    a_standing,
    finish,
    finish_all,
    keep,
    two_files_in,
)

from campaign.delivery.placing import place
from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Plan
from campaign.model.qc import QCReport
from campaign.model.standing import FilmStanding
from campaign.preparing.standing import stand
from campaign.store.files import Store

SAID = "not the master's length (measured 191, expected 192)"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "store")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return a_campaign_in(tmp_path)


def told(film: FilmStanding) -> tuple[Status | None, Reason | None]:
    return film.status, film.reason


def test_before_anything_is_made_everything_is_to_do(plan: Plan) -> None:
    standing = a_standing(plan)
    assert [told(film) for film in standing.films] == [(None, None)] * 2
    assert [film.todo for film in standing.films] == [film.jobs for film in plan.films]


def test_a_film_counts_as_delivered_only_when_its_file_lies_there(plan: Plan, store: Store) -> None:
    finished = finish_all(plan, store)
    waiting = a_standing(plan, finished).films[0]
    assert told(waiting) == (None, None)
    assert waiting.sentence == "finished, waiting to be gathered"
    place(plan, finished, store)
    assert told(a_standing(plan, finished).films[0]) == (Status.DELIVERED, None)


@pytest.mark.parametrize("spoil", ["delete", "truncate", "link", "folder"])
def test_a_deliverable_that_is_not_the_whole_plain_file_is_none(plan: Plan, store: Store, spoil: str) -> None:
    finished = finish_all(plan, store)
    place(plan, finished, store)
    path = plan.out / plan.films[0].outputs[0].file
    content = path.read_bytes()
    path.unlink()
    if spoil == "truncate":
        path.write_bytes(content[:-1])
    elif spoil == "link":
        path.with_name("aside").write_bytes(content)
        path.symlink_to(path.with_name("aside"))
    elif spoil == "folder":
        path.mkdir()
    films = a_standing(plan, finished).films
    assert [told(film) for film in films] == [(None, None), (Status.DELIVERED, None)]


def test_one_missing_output_of_several_keeps_the_film_open(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",), placements=("x.video",))
    finished = finish_all(plan, store)
    place(plan, finished, store)
    (plan.out / plan.films[0].outputs[1].file).unlink()
    assert told(a_standing(plan, finished).films[0]) == (None, None)


def test_a_quality_error_fails_the_film_though_its_file_lies_there(plan: Plan, store: Store) -> None:
    good = finish_all(plan, store)
    place(plan, good, store)
    failed = {key: replace(done, report=FAILED) for key, done in good.items()}
    film = a_standing(plan, failed).films[0]
    assert told(film) == (Status.FAILED, Reason.QC)
    assert film.sentence == "not the master's length (measured 191, expected 192) [frames]"


@pytest.mark.parametrize(
    ("check", "statuses", "sentence"),
    [
        ("bytes", [Status.DELIVERED, Status.FAILED], f"1 of 2 files held back: x.video: {SAID} [bytes]"),
        ("seam", [Status.FAILED, Status.FAILED], f"2 of 2 files held back: 16:9, x.video: {SAID} [seam]"),
    ],
)
def test_each_file_is_judged_by_itself_but_for_the_picture_they_share(
    tmp_path: Path, store: Store, check: str, statuses: list[Status], sentence: str
) -> None:
    plan = two_files_in(tmp_path)
    finished = finish_all(plan, store)
    bad = plan.films[0].outputs[1].key
    report = QCReport((replace(FAILED.findings[0], check=check),))
    finished[bad] = replace(finished[bad], report=report)
    place(plan, finished, store)
    film = a_standing(plan, finished).films[0]
    assert (told(film), film.sentence) == ((Status.FAILED, Reason.QC), sentence)
    assert [each.status for each in film.outputs] == statuses
    assert film.outputs[1].sentence == f"{SAID} [{check}]"


def test_a_file_that_could_not_be_written_leaves_its_sibling_delivered(tmp_path: Path, store: Store) -> None:
    plan = two_files_in(tmp_path)
    finished = finish_all(plan, store)
    del finished[plan.films[0].outputs[1].key]
    place(plan, finished, store)
    film = a_standing(plan, finished).films[0]
    assert told(film) == (None, None)
    assert [each.status for each in film.outputs] == [Status.DELIVERED, None]


@pytest.mark.parametrize("report", [PASSED, WARNED])
def test_warnings_hold_no_film_back(plan: Plan, store: Store, report: QCReport) -> None:
    finished = finish_all(plan, store, report=report)
    place(plan, finished, store)
    assert {film.status for film in a_standing(plan, finished).films} == {Status.DELIVERED}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (JobState.REJECTED, Reason.REJECTED),
        (JobState.DEAD, Reason.REJECTED),
        (JobState.LOST, Reason.LOST),
        (JobState.IN_DOUBT, Reason.IN_DOUBT),
        (JobState.BUDGET, Reason.BUDGET),
        (JobState.CANCELLED, Reason.CANCELLED),
    ],
)
def test_a_job_that_ended_badly_fails_the_films_that_hang_on_it(plan: Plan, state: JobState, reason: Reason) -> None:
    wide, tall = plan.films
    reframe = next(key for key in tall.jobs if key not in wide.jobs)
    films = a_standing(plan, jobs={reframe: a_job_standing(state, note="as the engine says")}).films
    assert told(films[0]) == (None, None)
    assert told(films[1]) == (Status.FAILED, reason)
    assert films[1].sentence == f"job {reframe[:12]}: as the engine says"
    films = a_standing(plan, jobs={wide.jobs[0]: a_job_standing(state, reason=Reason.MODERATED)}).films
    assert [told(film) for film in films] == [(Status.FAILED, Reason.MODERATED)] * 2


@pytest.mark.parametrize(
    "state",
    [
        JobState.PLANNED,
        JobState.INTENT,
        JobState.RECONCILING,
        JobState.SUBMITTED,
        JobState.READY,
        JobState.CANCELLING,
        JobState.STORED,
    ],
)
def test_a_job_under_way_leaves_its_films_open(plan: Plan, state: JobState) -> None:
    jobs = {key: a_job_standing(state) for key in plan.jobs}
    films = a_standing(plan, jobs=jobs).films
    assert [told(film) for film in films] == [(None, None)] * 2
    assert [film.todo == () for film in films] == [state is JobState.STORED] * 2


def test_a_row_that_is_left_out_says_why(tmp_path: Path) -> None:
    plan = a_campaign_in(tmp_path, a_variant(), a_variant(key="later", line=7, skip=Reason.NOT_DUE))
    left_out = a_standing(plan).films[2:]
    assert [told(film) for film in left_out] == [(Status.SKIPPED, Reason.NOT_DUE)] * 2
    assert "7" in left_out[0].sentence
    assert left_out[0].todo == ()


def test_rows_that_ask_for_the_same_are_delivered_from_one_film(tmp_path: Path, store: Store) -> None:
    twin = a_variant(key="at", market="AT", locale="de-AT", line=3)
    plan = a_campaign_in(tmp_path, a_variant(), twin, ratios=("16:9",))
    finished = finish(plan.films[0], store)
    place(plan, finished, store)
    assert {film.status for film in a_standing(plan, finished).films} == {Status.DELIVERED}
    files = {output.file for film in plan.films for output in film.outputs}
    assert len(files) == 2
    assert len({(plan.out / file).read_bytes() for file in files}) == 1


def test_the_ledger_and_the_files_are_read_together(plan: Plan, store: Store, ledger: Ledger) -> None:
    film = plan.films[0]
    first, second, third = (plan.jobs[key] for key in film.jobs)
    clip, _ = keep(store, "clip", ".mp4")
    stored(ledger, first, clip)
    submitted(ledger, second, "gen-2")
    record = planned_and_intended(ledger, third)
    record = ledger.purchases.reconciling(record.lease, "no answer")
    ledger.purchases.in_doubt(record.lease, "the answer was lost")
    standing = stand(plan, ledger, store, plan.out.parent, None)
    assert {key: job.state for key, job in standing.jobs.items()} == {
        first.job.key: JobState.STORED,
        second.job.key: JobState.SUBMITTED,
        third.job.key: JobState.IN_DOUBT,
    }
    assert standing.jobs[second.job.key].price_reserved_usd == Decimal("1.08")
    assert told(standing.films[0]) == (Status.FAILED, Reason.IN_DOUBT)
    assert standing.films[0].todo == film.jobs[1:]


def test_a_finished_film_is_known_by_the_ledger_as_long_as_the_store_has_it(
    plan: Plan, store: Store, ledger: Ledger
) -> None:
    finished = finish(plan.films[0], store)
    for done in finished.values():
        ledger.record_finished(done)
    place(plan, finished, store)
    assert told(stand(plan, ledger, store, plan.out.parent, None).films[0]) == (Status.DELIVERED, None)


def test_a_result_that_the_store_lost_is_to_be_made_again(plan: Plan, store: Store, ledger: Ledger) -> None:
    planned = plan.jobs[plan.films[0].jobs[0]]
    clip, _ = keep(store, "clip", ".mp4")
    stored(ledger, planned, clip)
    assert planned.job.key not in stand(plan, ledger, store, plan.out.parent, None).films[0].todo
    store.local(clip).unlink()
    assert planned.job.key in stand(plan, ledger, store, plan.out.parent, None).films[0].todo


def test_a_delivered_film_that_the_store_lost_is_still_delivered(plan: Plan, store: Store, ledger: Ledger) -> None:
    finished = finish_all(plan, store)
    for done in finished.values():
        ledger.record_finished(done)
        place(plan, finished, store)
    for done in finished.values():
        store.local(done.sha256).unlink()
    (plan.out / plan.films[1].outputs[0].file).unlink()
    films = stand(plan, ledger, store, plan.out.parent, None).films
    assert [told(film) for film in films] == [(Status.DELIVERED, None), (None, None)]
