"""The ledger on both databases: what a job goes through, who may change it, and what is told of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_finished, a_job, a_planned_job
from buying_terms import OWNER, intend, planned_and_intended, states, stored, submitted

from campaign.errors import FenceLost, LedgerError
from campaign.ledger.ledger import Ledger
from campaign.ledger.owner import new_owner
from campaign.ledger.records import KeptExtra
from campaign.model.jobs import Operation
from campaign.model.outcomes import JobState, Reason
from campaign.model.qc import QCReport
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store

FIELDS = [
    "work_key", "campaign", "variant", "segment", "operation", "ratio", "provider", "attempt", "state", "remote_id",
    "request_sha256", "price_reserved_usd", "price_final_usd", "artifact_sha256", "artifact_path", "created_at",
    "updated_at", "note",
]  # fmt: skip


def test_only_unknown_jobs_are_planned(ledger: Ledger) -> None:
    first, second = a_planned_job("one"), a_planned_job("two")
    assert ledger.plan("fresh-days", [first]) == 1
    assert ledger.plan("other", [first, second, second]) == 1
    assert ledger.records([first.job.key, second.job.key, "f" * 64]).keys() == {first.job.key, second.job.key}
    assert ledger.record(first.job.key).campaign == "fresh-days"


def test_a_planned_job_is_told_as_it_was_planned(ledger: Ledger) -> None:
    planned = a_planned_job(
        price="1.08",
        provider="luma",
        job=a_job("r", operation=Operation.REFRAME, parent="c" * 64, ratio=AspectRatio("9:16")),
        variants=("jp-spring", "de-winter"),
    )
    ledger.plan("fresh-days", [planned])
    record = ledger.record(planned.job.key)
    assert record is not None
    assert (record.state, record.attempt, record.provider) == (JobState.PLANNED, 1, "luma")
    assert (record.variant, record.segment) == ("jp-spring", "shot-1")
    assert (record.operation, record.ratio, record.parent) == ("reframe", "9:16", "c" * 64)
    assert (record.price_usd, record.price_reserved_usd, record.price_final_usd) == (Decimal("1.08"), 0, None)
    assert abs(datetime.now(UTC) - record.created_at) < timedelta(minutes=1)


def test_thousands_of_jobs_are_planned_and_read_at_once(ledger: Ledger) -> None:
    jobs = [a_planned_job(job=a_job(f"job {n}")) for n in range(3000)]
    assert ledger.plan("fresh-days", jobs) == 3000
    assert ledger.plan("fresh-days", jobs) == 0
    assert len(ledger.records(planned.job.key for planned in jobs)) == 3000


def test_a_job_goes_from_plan_to_store(ledger: Ledger) -> None:
    planned = a_planned_job(price="0.54", provider="luma")
    record = planned_and_intended(ledger, planned)
    assert record.state is JobState.INTENT
    assert record.last_send_by is not None
    assert record.first_send_at is not None
    assert record.last_send_by - record.first_send_at == timedelta(seconds=30)
    record = ledger.purchases.submitted(record.lease, remote_id="gen-7", request_id="req-1")
    expires = datetime(2026, 11, 20, 12, tzinfo=UTC)
    record = ledger.purchases.ready(record.lease, price_usd=Decimal("0.5"), url_expires_at=expires)
    assert (record.price_final_usd, record.url_expires_at) == (Decimal("0.5"), expires)
    record = ledger.purchases.stored(record.lease, sha256="b" * 64, size=3)
    assert (record.state, record.artifact_sha256, record.bytes) == (JobState.STORED, "b" * 64, 3)
    assert record.lease_owner is None
    assert record == ledger.record(planned.job.key)
    assert states(ledger, planned.job.key) == ["planned", "intent", "submitted", "ready", "stored"]
    assert ledger.history(planned.job.key)[2].request_id == "req-1"
    assert ledger.verify() == []


def test_the_intent_id_belongs_to_key_and_attempt(ledger: Ledger) -> None:
    record = planned_and_intended(ledger, a_planned_job("one"))
    back = ledger.purchases.unsent(record.lease, "busy")
    assert back.intent_id == record.intent_id
    again = intend(ledger, a_planned_job("one")).record
    assert (again.attempt, again.intent_id) == (1, record.intent_id)
    next_one = ledger.purchases.again(ledger.purchases.submitted(again.lease, remote_id="g").lease, "failed")
    assert next_one.attempt == 2
    assert next_one.intent_id != record.intent_id


def test_a_job_that_was_never_planned_cannot_be_bought(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="must be planned"):
        intend(ledger, a_planned_job())


@pytest.mark.parametrize("end", ["stored", "rejected", "dead", "lost"])
def test_what_has_ended_is_not_bought_again(ledger: Ledger, end: str) -> None:
    planned = a_planned_job()
    if end == "stored":
        stored(ledger, planned)
    else:
        record = submitted(ledger, planned)
        ledger.purchases.ended(record.lease, JobState(end), note="so it ended", reason=Reason.REJECTED)
    intent = intend(ledger, planned)
    assert not intent.granted
    assert intent.record.state == end


def test_a_job_refused_by_one_provider_may_be_bought_at_another_unless_it_was_moderated(ledger: Ledger) -> None:
    refused, moderated = a_planned_job("one", provider="luma"), a_planned_job("two", provider="luma")
    for planned, reason in ((refused, Reason.REJECTED), (moderated, Reason.MODERATED)):
        record = planned_and_intended(ledger, planned)
        ledger.purchases.ended(record.lease, JobState.REJECTED, note="no", reason=reason)
    elsewhere = intend(ledger, a_planned_job("one", provider="fal"))
    assert elsewhere.granted
    assert (elsewhere.record.attempt, elsewhere.record.provider) == (2, "fal")
    assert not intend(ledger, a_planned_job("two", provider="fal")).granted


def test_an_intent_is_granted_once(ledger: Ledger) -> None:
    planned_and_intended(ledger, a_planned_job())
    assert not intend(ledger, a_planned_job()).granted
    assert not intend(ledger, a_planned_job(), owner="somebody").granted


def test_a_living_owner_keeps_its_job(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(), owner=new_owner())
    other = ledger.purchases.claim(record.key, state=record.state, owner="other", lease_s=60)
    assert other.lease_owner == record.lease_owner
    assert other.fence == record.fence


def test_a_job_is_taken_over_when_its_lease_has_run_out(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(), lease_s=-1.0)
    mine = ledger.purchases.claim(record.key, state=record.state, owner="other", lease_s=60)
    assert (mine.lease_owner, mine.fence) == ("other", record.fence + 1)


def test_a_job_is_taken_over_at_once_when_its_owner_is_dead(ledger: Ledger) -> None:
    machine, pid, _, token = new_owner().split(":")
    record = submitted(ledger, a_planned_job(), owner=f"{machine}:{pid}:1:{token}")  # this pid, an earlier start
    mine = ledger.purchases.claim(record.key, state=record.state, owner="other", lease_s=60)
    assert mine.lease_owner == "other"


def test_an_owner_on_another_machine_is_never_thought_dead(ledger: Ledger) -> None:
    _, pid, _, token = new_owner().split(":")
    record = submitted(ledger, a_planned_job(), owner=f"elsewhere/1/2:{pid}:1:{token}")
    assert ledger.purchases.claim(record.key, state=record.state, owner="me", lease_s=60).lease_owner != "me"


def test_a_released_job_is_free_for_anybody(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job())
    ledger.purchases.release(record.lease)
    assert ledger.purchases.claim(record.key, state=record.state, owner="other", lease_s=60).lease_owner == "other"


def test_renewing_prolongs_only_ones_own_leases(ledger: Ledger) -> None:
    mine, theirs = submitted(ledger, a_planned_job("one")), submitted(ledger, a_planned_job("two"), owner="them")
    ledger.purchases.renew(OWNER, [mine.key, theirs.key], lease_s=3600)
    records = ledger.records([mine.key, theirs.key])
    assert records[mine.key].lease_until > mine.lease_until + timedelta(minutes=30)
    assert records[theirs.key].lease_until == theirs.lease_until


def test_who_lost_the_fence_cannot_write(ledger: Ledger) -> None:
    old = submitted(ledger, a_planned_job(), lease_s=-1.0)
    new = ledger.purchases.claim(old.key, state=old.state, owner="other", lease_s=60)
    with pytest.raises(FenceLost, match="taken over by other"):
        ledger.purchases.ready(old.lease)
    ledger.purchases.release(old.lease)
    assert ledger.record(old.key) == new


def test_a_claim_of_what_has_moved_on_changes_nothing(ledger: Ledger) -> None:
    record = stored(ledger, a_planned_job())
    assert ledger.purchases.claim(record.key, state=JobState.SUBMITTED, owner="late", lease_s=60) == record


def test_an_impossible_step_is_refused(ledger: Ledger) -> None:
    record = planned_and_intended(ledger, a_planned_job())
    with pytest.raises(LedgerError, match="intent: it cannot become stored"):
        ledger.purchases.stored(record.lease, sha256="b" * 64, size=3)
    assert ledger.record(record.key) == record


def test_a_changed_request_never_goes_out_under_an_old_intent(ledger: Ledger) -> None:
    record = planned_and_intended(ledger, a_planned_job(price="1", provider="luma"))
    same = ledger.purchases.resend(record.lease, request_sha256="a" * 64, send_s=30)
    assert same.state is JobState.INTENT
    assert same.last_send_by >= record.last_send_by
    changed = ledger.purchases.resend(record.lease, request_sha256="c" * 64, send_s=30)
    assert (changed.state, changed.price_reserved_usd) == (JobState.PLANNED, 0)


def test_only_what_was_free_is_made_again(ledger: Ledger) -> None:
    free, paid = stored(ledger, a_planned_job("one")), stored(ledger, a_planned_job("two", price="1", provider="luma"))
    for record in (free, paid):
        mine = ledger.purchases.claim(record.key, state=record.state, owner=OWNER, lease_s=60)
        ledger.purchases.remake(mine.lease, "its file is gone")
    records = ledger.records([free.key, paid.key])
    assert records[free.key].state is JobState.PLANNED
    assert records[free.key].artifact_sha256 is None
    assert records[paid.key].state is JobState.STORED


def test_an_export_has_a_line_for_every_attempt_in_the_order_scripts_know(ledger: Ledger) -> None:
    planned = a_planned_job(price="0.54", provider="luma")
    record = submitted(ledger, planned, remote_id="gen-1")
    ledger.purchases.again(record.lease, "generation_failed")
    record = intend(ledger, planned).record
    record = ledger.purchases.submitted(record.lease, remote_id="gen-2")
    lines = list(ledger.export("fresh-days"))
    assert [list(line) for line in lines] == [FIELDS, FIELDS]
    assert [(line["attempt"], line["state"], line["remote_id"]) for line in lines] == [
        (1, "rejected", "gen-1"),
        (2, "submitted", "gen-2"),
    ]
    assert [line["price_reserved_usd"] for line in lines] == [0, 0.54]
    assert [line["price_final_usd"] for line in lines] == [0, None]
    assert lines[0]["note"] == "generation_failed"
    assert json.loads(json.dumps(lines)) == lines
    assert list(ledger.export("another")) == []


def test_an_export_tells_where_results_lie(ledger: Ledger) -> None:
    stored(ledger, a_planned_job())
    [line] = ledger.export(locate=lambda sha256: Path("/store") / sha256)
    assert line["artifact_path"] == "/store/" + "b" * 64
    assert (line["price_reserved_usd"], line["price_final_usd"]) == (0, 0)


def test_verify_finds_missing_and_rotten_files(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = store.temporary(".mp4")
    path.write_bytes(b"frames")
    kept = store.put(path, ".mp4")
    stored(ledger, a_planned_job("one"), sha256=kept.sha256)
    stored(ledger, a_planned_job("two"), sha256="d" * 64)
    assert [("d" * 64 in problem) for problem in ledger.verify(store=store)] == [True]
    store.local(kept.sha256).write_bytes(b"framez")
    deep = ledger.verify(store=store, deep=True)
    assert len(deep) == 2
    assert any("holds other bytes" in problem and kept.sha256 in problem for problem in deep)


def test_extra_files_of_a_result_are_kept_beside_it_and_looked_for(ledger: Ledger, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = store.temporary(".mp4")
    path.write_bytes(b"frames")
    film = store.put(path, ".mp4")
    record = ledger.purchases.ready(submitted(ledger, a_planned_job()).lease)
    extras = (KeptExtra("exr", "e" * 64, 12), KeptExtra("exr", film.sha256, 6))
    record = ledger.purchases.stored(record.lease, sha256=film.sha256, size=6, extras=extras)
    assert record.extras == extras
    assert ledger.record(record.key) == record
    [missing] = ledger.verify(store=store)
    assert missing == f"job {record.key[:12]}, its exr: its file {'e' * 64} is not in the store."
    mine = ledger.purchases.claim(record.key, state=record.state, owner=OWNER, lease_s=60)
    assert ledger.purchases.remake(mine.lease, "gone").extras == ()
    assert ledger.verify() == []


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("ready", {}),
        ("ended", {"to": JobState.LOST, "note": "gone"}),
        ("again", {"note": "failed"}),
        ("noted", {"note": "odd"}),
        ("submitted", {"remote_id": "gen-1"}),
    ],
)
def test_what_a_provider_said_is_kept_with_the_event_alone(
    ledger: Ledger, verb: str, arguments: dict[str, object]
) -> None:
    record = submitted(ledger, a_planned_job())
    count = len(ledger.history(record.key))
    getattr(ledger.purchases, verb)(record.lease, **arguments, answer='{"id": "gen-1"}')
    assert ledger.history(record.key)[count].answer == '{"id": "gen-1"}'
    assert all('"id"' not in str(line) for line in ledger.export())
    assert ledger.verify() == []


def test_runs_are_remembered(ledger: Ledger) -> None:
    assert ledger.last_run("fresh-days") is None
    ledger.begin_run("run-1", "fresh-days", order={"draft": True}, snapshot={"films": 3})
    ledger.begin_run("run-1", "fresh-days", order={}, snapshot={})
    last = ledger.last_run("fresh-days")
    assert last is not None
    assert (last.id, last.order, last.snapshot, last.outcome) == ("run-1", {"draft": True}, {"films": 3}, None)
    ledger.end_run("run-1", "delivered")
    ended = ledger.last_run("fresh-days")
    assert ended is not None
    assert ended.outcome == "delivered"
    assert ended.ended_at is not None


def test_jobs_are_found_by_the_start_of_their_key(ledger: Ledger) -> None:
    planned = a_planned_job()
    ledger.plan("fresh-days", [planned])
    assert [record.key for record in ledger.matching(planned.job.short)] == [planned.job.key]
    assert ledger.matching("%") == ()


def test_a_second_opening_finds_everything(ledger: Ledger, ledger_url: str) -> None:
    record = submitted(ledger, a_planned_job())
    with Ledger.open(ledger_url) as other:
        assert other.record(record.key) == record


def test_finished_films_come_back_as_they_were_recorded(ledger: Ledger) -> None:
    film = a_finished()
    ledger.record_finished(film)
    assert ledger.finished([film.key, "9" * 64]) == {film.key: film}
    better = replace(film, report=QCReport(()))
    ledger.record_finished(better)
    assert ledger.finished([film.key]) == {film.key: better}
