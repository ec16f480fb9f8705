"""Which finals may be bought: only on the bytes and the words that a person approved."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import a_variant
from decided import decision, film_of, stills_for
from standings import FAILED, a_campaign_in, a_job_standing, contents, finish, finish_all

from campaign.delivery.manifest import build_manifest
from campaign.delivery.placing import place
from campaign.ledger.ledger import Ledger
from campaign.model.approvals import Approval, Verdict
from campaign.model.controls import Controls
from campaign.model.finished import Finished
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Plan
from campaign.model.standing import FilmStanding
from campaign.preparing.clearance import Clearance
from campaign.preparing.standing import stand, stand_film
from campaign.store.depot import Depot
from campaign.store.files import Store

ROWS = (a_variant(), a_variant(key="fr", line=3, market="FR", locale="fr-FR", values=(("setting", "a lane"),)))
WIDE, TALL, OTHER = "de-de-winter-families 16:9", "de-de-winter-families 9:16", "fr 16:9"


class Desk:
    """A campaign on disk whose drafts are made, delivered and judged; what is asked for may change afterwards."""

    def __init__(
        self, root: Path, ledger: Ledger, *, made: bool = True, beyond: Depot | None = None, **campaign: Any
    ) -> None:
        self.root, self.ledger, self.campaign = root, ledger, campaign
        self.store = Store(root / "home" / "store", beyond=beyond)
        self.draft = self.plan(draft=True)
        self.finished: dict[str, Finished] = {}
        if made:
            self.deliver(self.draft, finish_all(self.draft, self.store))

    def plan(self, **changes: Any) -> Plan:
        return a_campaign_in(self.root, *ROWS, **(self.campaign | changes))

    def deliver(self, plan: Plan, finished: dict[str, Finished]) -> None:
        for done in finished.values():
            self.ledger.record_finished(done)
        self.finished |= finished
        place(plan, self.finished, self.store, contents(plan.out, "deliverables"))

    def judged(self, film: str, verdict: Verdict = Verdict.APPROVED, **changes: Any) -> Approval:
        draft = changes.pop("draft", self.draft)
        sha256 = self.finished[film_of(draft, film).outputs[0].key].sha256
        made = decision(draft, film, verdict=verdict, file_sha256=sha256, **changes)
        self.ledger.decide([made])
        return made

    def file(self, film: str) -> Path:
        return self.draft.out / film_of(self.draft, film).outputs[0].file

    def clearance(self, *, draft_first: bool = True, draft: Plan | None = None, **changes: Any) -> Clearance:
        decisions = self.ledger.decisions("fresh-days")
        stills = changes.pop("stills", stills_for(self.draft, decisions))
        plan = self.plan(decisions=decisions, stills=stills, **changes)
        return Clearance(
            plan=plan,
            decisions=decisions,
            draft_first=draft_first,
            pins=plan.generative,
            stills=stills,
            ledger=self.ledger,
            store=self.store,
            drafts=lambda: draft or self.draft,
        )

    def held(self, **changes: Any) -> dict[str, str]:
        clearance = self.clearance(**changes)
        return clearance.held(clearance.plan.films)

    def films(self, **changes: Any) -> dict[str, FilmStanding]:
        clearance = self.clearance(**changes)
        standing = stand(clearance.plan, self.ledger, self.store, clearance.plan.out, None, clearance)
        return {film.film.id: film for film in standing.films}


@pytest.fixture
def desk(tmp_path: Path, ledger: Ledger) -> Desk:
    return Desk(tmp_path, ledger)


def test_only_what_is_approved_may_be_bought_and_the_others_say_what_they_wait_for(desk: Desk) -> None:
    desk.judged(WIDE)
    desk.judged(TALL, Verdict.REJECTED, by="Kim", note="too dark")
    held = desk.held()
    assert set(held) == {film.id for film in desk.draft.films} - {WIDE}
    assert held[TALL].startswith("its draft was rejected by Kim at 2026-11-20 09:30 UTC (too dark)")
    assert held[OTHER] == "its draft waits for a decision: look at it, then `fanout approve` or `fanout reject` it"


def test_what_was_never_drafted_says_so(tmp_path: Path, ledger: Ledger) -> None:
    desk = Desk(tmp_path, ledger, made=False)
    assert all(why.startswith("it was never drafted: make the draft") for why in desk.held().values())
    desk.deliver(desk.draft, finish(film_of(desk.draft, WIDE), desk.store, report=FAILED))
    assert desk.held()[WIDE].startswith("it was never drafted"), "a draft that failed quality control is none to judge"


def test_without_draft_first_only_rejected_and_void_films_are_held(desk: Desk) -> None:
    assert desk.held(draft_first=False) == {}
    desk.judged(WIDE)
    desk.judged(TALL, Verdict.REJECTED)
    desk.judged(OTHER)
    desk.file(OTHER).write_bytes(b"another film")
    held = desk.held(draft_first=False)
    assert set(held) == {TALL, OTHER}
    assert "has changed since" in held[OTHER]


def test_the_newest_decision_counts(desk: Desk) -> None:
    approved = desk.judged(WIDE)
    desk.judged(WIDE, Verdict.REJECTED, at=approved.at + timedelta(hours=1))
    assert "was rejected" in desk.held()[WIDE]
    desk.judged(WIDE, at=approved.at + timedelta(hours=2))
    assert WIDE not in desk.held()


@pytest.mark.parametrize("keep_time", [False, True])
def test_one_changed_byte_of_the_delivered_draft_refuses_the_film(desk: Desk, keep_time: bool) -> None:
    desk.judged(WIDE)
    clearance, path = desk.clearance(), desk.file(WIDE)
    assert WIDE not in clearance.held(clearance.plan.films)
    told, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    why = clearance.held(clearance.plan.films)[WIDE]
    assert why.startswith("its draft was approved by Maria at 2026-11-20 09:30 UTC, but the file has changed since")
    assert film_of(desk.draft, WIDE).outputs[0].file in why


def test_a_link_in_place_of_the_draft_is_not_the_file_that_was_approved(desk: Desk) -> None:
    desk.judged(WIDE)
    path = desk.file(WIDE)
    path.rename(path.with_name("aside.mp4"))
    path.symlink_to(path.with_name("aside.mp4"))
    assert "has changed since" in desk.held()[WIDE]


def test_one_changed_byte_in_the_stores_copy_refuses_the_film_too(desk: Desk) -> None:
    approved = desk.judged(WIDE)
    kept = desk.store.local(approved.file_sha256)
    kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    assert desk.held()[WIDE].startswith("the store's copy of the draft approved by Maria")
    kept.unlink()
    assert WIDE not in desk.held(), "the delivered file itself is what was approved"


@pytest.mark.parametrize("changes", [{"modify_controls": Controls(strength="adhere_1")}, {"focus": (0.2, 0.5)}])
def test_an_approval_is_void_when_what_is_asked_for_has_changed(desk: Desk, changes: dict[str, Any]) -> None:
    desk.judged(TALL)
    assert TALL not in desk.held()
    assert "what it is asked for has changed since" in desk.held(**changes)[TALL]


def test_an_approval_is_void_when_its_prompt_has_changed_by_a_byte(desk: Desk) -> None:
    desk.judged(OTHER)
    assert OTHER not in desk.held()
    rows = (ROWS[0], replace(ROWS[1], values=(("setting", "a lane."),)))
    decisions = desk.ledger.decisions("fresh-days")
    plan = a_campaign_in(desk.root, *rows, decisions=decisions)
    clearance = replace(desk.clearance(), plan=plan)
    assert "what it is asked for has changed since" in clearance.held(plan.films)[OTHER]


def test_a_draft_by_another_engine_approves_nothing_here(tmp_path: Path, ledger: Ledger) -> None:
    desk = Desk(tmp_path, ledger, provider="local")
    desk.judged(WIDE)
    assert WIDE not in desk.held()
    why = desk.held(provider="luma")[WIDE]
    assert "is a draft by local/1, this final is by ray-3.2" in why
    assert "--provider luma" in why
    assert desk.held(provider="luma", draft_first=False) == {}


def test_a_draft_made_anew_takes_the_approval_with_it(desk: Desk) -> None:
    approved = desk.judged(WIDE)
    asks = {("de-de-winter-families", job.job.ask_key): 2 for job in desk.draft.jobs.values() if job.job.parent is None}
    anew = desk.plan(draft=True, editions=asks)
    desk.deliver(anew, finish_all(anew, desk.store, content="anew"))
    assert not (desk.draft.out / approved.file).exists()
    assert approved.file_sha256[:8] in " ".join(contents(desk.draft.out, "superseded"))
    assert "another draft took its place" in desk.held(draft=anew)[WIDE]
    desk.judged(WIDE, draft=anew)
    assert WIDE not in desk.held(draft=anew)


def test_a_draft_under_its_old_name_with_new_bytes_is_not_the_approved_one(desk: Desk) -> None:
    desk.judged(WIDE)
    desk.deliver(desk.draft, finish_all(desk.draft, desk.store, content="another take"))
    assert "has changed since" in desk.held()[WIDE]


def test_an_approved_draft_that_placing_took_away_and_that_is_still_asked_for_counts_where_it_lies(desk: Desk) -> None:
    """A row left out for a while loses its names; its draft goes to superseded/, and no other takes its place."""
    desk.judged(OTHER)
    fewer = a_campaign_in(desk.root, ROWS[0], draft=True)
    place(fewer, desk.finished, desk.store, contents(desk.draft.out, "deliverables"))
    moved = [desk.draft.out / name for name in contents(desk.draft.out, "superseded")]
    assert len(moved) == 2
    assert not desk.file(OTHER).exists()
    assert OTHER not in desk.held()
    for path in moved:
        path.write_bytes(path.read_bytes() + b"!")
    assert "has changed since" in desk.held()[OTHER]
    for path in moved:
        path.unlink()
    assert "is gone" in desk.held()[OTHER]
    assert "`fanout run --draft` puts it back" in desk.held()[OTHER]


def test_a_take_that_can_give_no_pictures_any_more_holds_its_film(desk: Desk) -> None:
    desk.judged(WIDE)
    assert "is lost or cannot be read, and there are no pictures of it" in desk.held(stills={})[WIDE]


def test_what_is_not_approved_is_skipped_in_every_count_and_what_was_delivered_stays(desk: Desk) -> None:
    desk.judged(WIDE)
    final = desk.clearance().plan
    desk.deliver(final, finish(film_of(final, WIDE), desk.store, content="final"))
    films = desk.films()
    assert {film: (each.status, each.reason) for film, each in films.items()} == {
        WIDE: (Status.DELIVERED, None),
        **{other: (Status.SKIPPED, Reason.NOT_APPROVED) for other in films if other != WIDE},
    }
    desk.file(WIDE).write_bytes(b"changed after the final was made")
    desk.judged(WIDE, Verdict.REJECTED)
    assert desk.films()[WIDE].status is Status.DELIVERED
    clearance = desk.clearance()
    standing = stand(clearance.plan, desk.ledger, desk.store, clearance.plan.out, None, clearance)
    manifest = build_manifest(clearance.plan, standing, frozenset(films))
    assert manifest["counts"] == {"planned": 4, "delivered": 1, "failed": 0, "skipped": 3}
    told = {item["variant"] + " " + item["ratio"]: item for item in manifest["items"]}
    assert (told[OTHER]["status"], told[OTHER]["reason"]) == ("skipped", "not_approved")
    assert "waits for a decision" in told[OTHER]["sentence"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (JobState.BUDGET, Reason.NOT_APPROVED),
        (JobState.CANCELLED, Reason.NOT_APPROVED),
        (JobState.REJECTED, Reason.NOT_APPROVED),
        (JobState.IN_DOUBT, Reason.IN_DOUBT),
    ],
)
def test_a_film_that_is_held_stays_held_whatever_became_of_its_jobs_but_doubt_about_money_is_told(
    desk: Desk, state: JobState, expected: Reason
) -> None:
    plan = desk.plan()
    film = plan.films[0]
    jobs = {film.jobs[0]: a_job_standing(state)}
    assert stand_film(film, plan, jobs, {}, lambda _: True, held="not approved").reason is expected


def test_a_machine_that_has_not_seen_the_drafts_fetches_none_to_judge_them(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def depot() -> Depot:
        return Depot((tmp_path / "beyond").as_uri(), {}, "beyond")

    desk = Desk(tmp_path, ledger, beyond=depot())
    desk.judged(WIDE)
    desk.judged(TALL)
    desk.file(TALL).write_bytes(b"another film")
    new = Store(tmp_path / "new" / "store", beyond=depot())
    monkeypatch.setattr(Depot, "fetch", lambda *asked: pytest.fail("a draft was fetched"))
    clearance = replace(desk.clearance(), store=new)
    held = clearance.held(clearance.plan.films)
    assert new.exists(desk.finished[film_of(desk.draft, WIDE).outputs[0].key].sha256)
    assert WIDE not in held
    assert "has changed since" in held[TALL]


def test_nothing_is_read_and_no_draft_planned_where_nothing_was_decided(tmp_path: Path) -> None:
    def never() -> Plan:
        raise AssertionError("there is nothing to look up")

    class Shut:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} is not needed")

    plan = a_campaign_in(tmp_path)
    clearance = Clearance(
        plan=plan,
        decisions=(),
        draft_first=False,
        pins=True,
        stills={},
        ledger=Shut(),  # type: ignore[arg-type] # nothing of it may be used
        store=Shut(),  # type: ignore[arg-type] # nothing of it may be used
        drafts=never,
    )
    assert clearance.held(plan.films) == {}


def test_a_draft_tier_that_cannot_be_planned_leaves_the_others_judged(desk: Desk) -> None:
    desk.judged(WIDE)
    clearance = replace(desk.clearance(), drafts=lambda: None)
    held = clearance.held(clearance.plan.films)
    assert WIDE not in held
    assert held[OTHER].startswith("it was never drafted")
