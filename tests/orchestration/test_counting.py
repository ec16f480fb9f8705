"""What is worked out around the flows without a server: what is left, pages, counts, verdicts, escaping."""

import pickle
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from orchestration.fake_workshop import SIX, FakeHands, a_plan, a_standing, a_workshop, variants

from campaign.errors import LedgerBusy, ProviderBusy, ProviderRejected, SetupError, StoreError
from campaign.ledger.records import Money
from campaign.model.jobs import How, Operation
from campaign.model.orders import CapUse, Progress
from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Plan
from flows.markets.pages import pages
from flows.showing.escaping import code, in_cell, key_of, plain
from flows.showing.failing import failure_rows, failure_words
from flows.showing.gaps import AGAIN, ANEW, grouped, next_steps
from flows.showing.progress import progress, seconds_left
from flows.showing.tables import MOST, bar_words, clock, live_rows, live_words, places, ratio_rows, ratio_words, summary
from flows.showing.verdict import verdict
from tasks.outstanding import outstanding
from tasks.policy import NotMade, is_passing
from tasks.tally import FilmEnd, Tally

NOWHERE = Path("/nowhere")
LYING = places(NOWHERE, "file:///nowhere/report/index.html")


def test_a_new_campaign_needs_a_modify_a_variant_and_a_reframe_and_finish_a_film() -> None:
    hands = FakeHands(a_plan(variants(2), SIX, shots=4, out=NOWHERE))
    left = a_workshop(hands).left
    assert [work.task_runs for work in left.works.values()] == [1 + 5 + 6] * 2
    work = left.works["de-winter-0"]
    assert len(work.modifies) == 4
    assert [len(film.reframes) for film in work.films] == [0, 4, 4, 4, 4, 4]
    assert left.settled == ()


def test_what_is_stored_makes_no_task_run() -> None:
    hands = FakeHands(a_plan(variants(1), out=NOWHERE))
    modify, reframe = hands.plan.films[1].jobs
    hands.stored = {modify}
    work = a_workshop(hands).left.works["de-winter-0"]
    assert (work.modifies, [film.reframes for film in work.films]) == ((), [(), ((reframe,),)])
    hands.stored = {modify, reframe}
    work = a_workshop(hands).left.works["de-winter-0"]
    assert [film.reframes for film in work.films] == [(), ()]


def test_a_derived_ratio_drives_its_neighbour_first() -> None:
    plan = derived_from_neighbour(a_plan(variants(1), ("16:9", "3:4", "4:5"), out=NOWHERE))
    _, neighbour, derived = plan.films
    work = a_workshop(FakeHands(plan)).left.works["de-winter-0"]
    assert work.films[2].reframes == ((neighbour.jobs[-1], derived.jobs[-1]),)


def derived_from_neighbour(plan: Plan) -> Plan:
    """The last film's reframe hangs on the film's before it."""
    neighbour, derived = plan.films[-2:]
    planned = plan.jobs[derived.jobs[-1]]
    assert planned.job.framing is not None
    framing = replace(planned.job.framing, how=How.DERIVE)
    job = replace(planned.job, parent=neighbour.jobs[-1], framing=framing)
    film = replace(derived, jobs=(*neighbour.jobs, job.key))
    return replace(plan, jobs={**plan.jobs, job.key: replace(planned, job=job)}, films=(*plan.films[:-1], film))


@pytest.mark.parametrize("state", [JobState.REJECTED, JobState.DEAD, JobState.LOST, JobState.IN_DOUBT])
def test_a_film_that_no_run_can_make_is_settled_as_failed(state: JobState) -> None:
    hands = FakeHands(a_plan(variants(2), ("16:9",), out=NOWHERE))
    standing = hands.standing()
    lost = hands.plan.films[0]
    films = (replace(standing.films[0], reason=Reason.LOST, sentence="gone"), standing.films[1])
    standing = replace(standing, films=films, jobs={lost.jobs[0]: a_standing(state)})
    left = outstanding(hands.plan, standing, hands.plan.films)
    assert left.settled == (FilmEnd(film=lost, made=False, reason=Reason.LOST, sentence="gone"),)
    assert list(left.works) == ["fr-winter-1"]


@pytest.mark.parametrize("state", [JobState.BUDGET, JobState.CANCELLED, JobState.SUBMITTED, JobState.READY])
def test_a_film_that_stopped_on_its_way_is_taken_up_again(state: JobState) -> None:
    hands = FakeHands(a_plan(variants(1), ("16:9",), out=NOWHERE))
    standing = replace(hands.standing(), jobs={hands.plan.films[0].jobs[0]: a_standing(state)})
    assert list(outstanding(hands.plan, standing, hands.plan.films).works) == ["de-winter-0"]


def test_urgent_variants_come_first() -> None:
    rows = variants(3)
    rows[2] = replace(rows[2], priority=5)
    shop = a_workshop(FakeHands(a_plan(rows, out=NOWHERE)))
    assert list(shop.left.works) == ["jp-winter-2", "de-winter-0", "fr-winter-1"]


def test_a_large_market_is_split_into_pages_a_person_can_take_in() -> None:
    shop = a_workshop(FakeHands(a_plan(variants(40, ["DE", "DE", "DE", "FR"]), SIX, out=NOWHERE)))
    made = pages(shop.left.works.values())
    assert [page.title for page in made] == [
        "DE, part 1 of 2: 16 variants",
        "DE, part 2 of 2: 14 variants",
        "FR: 10 variants",
    ]
    assert all(sum(work.task_runs for work in page.works) <= 200 for page in made)
    assert sum(len(page.works) for page in made) == 40


def test_a_variant_larger_than_a_page_has_one_of_its_own() -> None:
    shop = a_workshop(FakeHands(a_plan(variants(2, ["DE"]), SIX, out=NOWHERE)))
    assert len(pages(shop.left.works.values(), limit=5)) == 2


def test_shared_jobs_count_once_and_dropped_ones_as_done() -> None:
    now = [0.0]
    tally = Tally(2, {"a": ["shared", "only-a"], "b": ["shared", "only-b"]}, clock=lambda: now[0])
    assert (tally.jobs_total, tally.jobs_done) == (3, 0)
    for _ in range(2):
        tally.job_began("shared", "modify")
    now[0] = 4.0
    for _ in range(2):
        tally.job_ended("shared")
    assert (tally.jobs_done, tally.jobs.count, tally.jobs.mean) == (1, 1, 4.0)
    film = a_plan(variants(1), ("16:9",), out=NOWHERE).films[0]
    tally.film_ended(FilmEnd(film=film, made=False))
    assert tally.failures[0].film is film


def test_time_left_weighs_jobs_and_finishes_by_their_own_time() -> None:
    now = [0.0]
    films = a_plan(variants(2), ("16:9",), out=NOWHERE).films
    tally = Tally(2, {film.id: film.jobs for film in films}, clock=lambda: now[0])
    assert seconds_left(tally) is None
    tally.job_began(films[0].jobs[0], "modify")
    now[0] = 10.0
    tally.job_ended(films[0].jobs[0])
    tally.finish_began(films[0].id)
    now[0] = 40.0
    tally.finish_ended(films[0].id)
    tally.film_ended(FilmEnd(film=films[0], made=True))
    assert seconds_left(tally) == pytest.approx(40.0)


def test_time_left_counts_what_ended_elsewhere_between_two_looks_though_nobody_timed_it() -> None:
    now = [0.0]
    films = a_plan(variants(4), ("16:9",), out=NOWHERE).films
    tally = Tally(4, {film.id: film.jobs for film in films}, clock=lambda: now[0])
    tally.film_ended(FilmEnd(film=films[0], made=True))  # by an earlier run
    tally.begin()
    now[0] = 30.0
    for film in films[1:3]:
        tally.job_ended(film.jobs[0])
        tally.film_ended(FilmEnd(film=film, made=True))
    assert seconds_left(tally) == pytest.approx(15.0)


def test_progress_names_what_takes_unusually_long() -> None:
    now = [0.0]
    shop = a_workshop(FakeHands(a_plan(variants(1), ("16:9",), out=NOWHERE)))
    tally = Tally(1, {film.id: film.jobs for film in shop.films}, clock=lambda: now[0])
    tally.job_began("key", "modify of hero at luma")
    now[0] = 360.0
    told = progress(replace(shop, tally=tally), Money(Decimal(1), Decimal(2)))
    assert told.note == "waiting for modify of hero at luma for 6 min"
    assert (told.jobs_running, told.reserved_usd, told.spent_usd) == (1, Decimal(1), Decimal(2))


def test_the_verdict_is_computed_from_the_films() -> None:
    film = a_plan(variants(1), ("16:9",), out=NOWHERE).films[0]
    made, failed = FilmEnd(film=film, made=True), FilmEnd(film=film, made=False, reason=Reason.QC, sentence="black")
    assert verdict([made], 1, stopped=False).name == "Completed"
    assert verdict([], 0, stopped=False).name == "Completed"
    gaps = verdict([made, failed], 2, stopped=False)
    assert (gaps.name, gaps.is_completed()) == ("Completed with gaps", True)
    assert gaps.message == "1 of 2 films are made. Missing: de-winter-0 16:9: qc: black."
    assert verdict([failed], 1, stopped=False).is_failed()
    assert verdict([made], 2, stopped=True).is_cancelled()


def test_a_verdict_on_many_gaps_is_short_enough_to_be_read() -> None:
    films = a_plan(variants(40), ("16:9",), out=NOWHERE).films
    ends = [FilmEnd(film=film, made=False, reason=Reason.MODERATED, sentence="refused " * 90) for film in films]
    message = verdict(ends, 40, stopped=False).message or ""
    assert message.startswith("0 of 40 films are made. Missing: de-winter-0 16:9: moderated: refused refused")
    assert message.endswith(" And 35 more.")
    assert len(message) < 1500


def test_the_live_table_counts_markets_by_ratios_with_failures_first() -> None:
    shop = a_workshop(FakeHands(a_plan(variants(3), out=NOWHERE)))
    films = {film.id: film for film in shop.films}
    shop.tally.film_ended(FilmEnd(film=films["de-winter-0 16:9"], made=True))
    shop.tally.film_ended(FilmEnd(film=films["jp-winter-2 9:16"], made=False, reason=Reason.QC, sentence="black"))
    assert live_rows(shop.films, shop.tally) == [
        {"market": "all markets", "16:9": "1 of 3", "9:16": "0 of 3, 1 failed"},
        {"market": "JP", "16:9": "0 of 1", "9:16": "0 of 1, 1 failed"},
        {"market": "DE", "16:9": "1 of 1", "9:16": "0 of 1"},
        {"market": "FR", "16:9": "0 of 1", "9:16": "0 of 1"},
    ]
    tall, wide = ([film for film in shop.films if film.ratio.label == ratio] for ratio in ("9:16", "16:9"))
    rows = ratio_rows(tall, shop.tally)
    assert list(rows[0])[:4] == ["status", "variant", "why", "files"]
    assert "why" not in ratio_rows(wide, shop.tally)[0]
    assert ratio_words(tall, shop.tally) == "0 of 3 films made in 9:16, 1 failed"
    assert [(row["variant"], row["status"], row["why"]) for row in rows] == [
        ("jp-winter-2", "failed", "qc: black"),
        ("de-winter-0", "not made", ""),
        ("fr-winter-1", "not made", ""),
    ]


def test_markets_that_are_through_stand_last() -> None:
    shop = a_workshop(FakeHands(a_plan(variants(3), ("16:9",), out=NOWHERE)))
    shop.tally.film_ended(FilmEnd(film=shop.films[0], made=True))
    assert [row["market"] for row in live_rows(shop.films, shop.tally)] == ["all markets", "FR", "JP", "DE"]


def test_a_card_tells_counts_and_its_neighbour_time_and_money_before_they_are_cut_off() -> None:
    now = Progress(
        films=15,
        delivered=5,
        failed=2,
        jobs_total=15,
        jobs_done=9,
        jobs_running=2,
        spent_usd=Decimal("10.56"),
        reserved_usd=Decimal("0.88"),
        elapsed_s=60.0,
        seconds_left=125.0,
        note="finishing de 1:1",
    )
    cap = CapUse(name="budget.day_usd (x)", cap_usd=Decimal(40), spent_usd=Decimal("10.56"), reserved_usd=Decimal(0))
    market = replace(cap, name="budget.market_usd (DE)")
    counted = "5 of 15 films made, 2 failed; 9 of 15 jobs done, 2 running"
    time = "about 2 min 5 s left; finishing de 1:1"
    money = "10.56 USD spent on the campaign so far, 0.88 USD reserved; 10.56 of 40.00 USD of budget.day_usd (x) spent"
    told = [words(now, [cap, market], "file:///x").replace("\\", "") for words in (live_words, bar_words)]
    assert told == [f"{counted}; {time}; {money}", f"{time}; {money}; {counted}"]
    early = replace(now, seconds_left=None, note="")
    assert live_words(early, [], "file:///x") == f"{counted}; {money.partition(';')[0]}"
    campaign = replace(cap, name="budget.campaign_usd (x)", spent_usd=Decimal(39))
    assert "so far" not in live_words(now, [campaign], "file:///x"), "said once"
    assert "(DE)" in live_words(now, [replace(market, spent_usd=Decimal(33))], "file:///x").replace("\\", "")


def test_what_failed_is_counted_by_reason_and_listed_in_the_sheets_order() -> None:
    films = a_plan(variants(3), ("16:9",), out=NOWHERE).films
    ends = [
        FilmEnd(film=films[2], made=False, reason=Reason.MODERATED, sentence="no"),
        FilmEnd(film=films[0], made=False, sentence="OSError"),
        FilmEnd(film=films[1], made=False, reason=Reason.MODERATED, sentence="no"),
    ]
    assert failure_words(ends) == "3 films failed: 2 moderated, 1 fault"
    assert failure_words([]) == "nothing failed"
    assert [row["row"] for row in failure_rows(ends, {})] == ["2", "3", "4"]


def test_a_table_holds_what_a_page_can_show_failed_films_first() -> None:
    films = a_plan(variants(MOST + 1), ("16:9",), out=NOWHERE).films
    tally = Tally(len(films), {})
    tally.film_ended(FilmEnd(film=films[-1], made=False, reason=Reason.QC, sentence="black"))
    rows = ratio_rows(films, tally)
    assert (len(rows), rows[0]["variant"]) == (MOST, films[-1].variant.key)
    assert ratio_words(films, tally).endswith(f"1 failed; {MOST} are listed, all of them in the gallery")


def test_hostile_text_stays_text_in_artifacts() -> None:
    hostile = "<img src=x onerror=alert(1)> [click](javascript:alert(1)) ![x](http://evil.example/x.png) a|b\n# title"
    shown = plain(hostile)
    assert not set("<>") & set(shown)
    for mark in "[]()!|#":
        assert shown.count(mark) == shown.count(f"\\{mark}")
    assert "javascript:alert" not in shown
    assert "http://" not in shown
    assert "\n" not in shown
    assert in_cell(hostile) == shown
    assert in_cell("[a]: //evil.example") == plain("[a]: //evil.example")
    readable = "qc: full-range pixels? (measured 7.6% of the picture) [range]; say 'fanout approve --waive range'"
    assert in_cell(readable.replace("'", "`")) == readable, "one of the two UIs shows cells letter by letter"
    film = a_plan(variants(1), ("16:9",), out=NOWHERE).films[0]
    tally = Tally(1, {})
    tally.film_ended(FilmEnd(film=film, made=False, sentence=hostile))
    shop = replace(a_workshop(FakeHands(a_plan(variants(1), out=NOWHERE))), tally=tally)
    money = Money(Decimal(0), Decimal(0))
    page = summary(
        "fresh-days: Failed", progress(shop, money), tally, run_usd=Decimal(0), places=LYING, limits=(), stopped=False
    )
    assert "<" not in page
    assert key_of("Fresh Days", "ratio", "1.91x1") == "fresh-days-ratio-1-91x1"


def test_ratios_that_lack_for_one_cause_share_a_line_and_every_kind_of_gap_has_its_cure() -> None:
    films = a_plan(variants(2), out=NOWHERE).films
    refused = [
        FilmEnd(film=film, made=False, reason=Reason.REJECTED, sentence="modify is rejected: a brand")
        for film in films[:2]
    ]
    ends = [*refused, FilmEnd(film=films[2], made=False, sentence="OSError: gone"), FilmEnd(film=films[3], made=True)]
    assert grouped(ends) == [
        ("de-winter-0 16:9, 9:16", "modify is rejected: a brand"),
        ("fr-winter-1 16:9", "OSError: gone"),
    ]
    assert next_steps(ends, stopped=False) == [ANEW, AGAIN]
    assert next_steps([], stopped=True) == [AGAIN]
    assert next_steps(ends[3:], stopped=False) == []


def test_the_summary_says_what_to_do_and_where_the_films_lie() -> None:
    shop = a_workshop(FakeHands(a_plan(variants(1), ("16:9",), out=NOWHERE)))
    shop.tally.film_ended(FilmEnd(film=shop.films[0], made=False, reason=Reason.BUDGET, sentence="no budget left"))
    shop.tally.fault = StoreError("the disk is full")
    now = progress(shop, Money(Decimal(0), Decimal(0)))
    page = summary(
        "fresh-days: Failed", now, shop.tally, run_usd=Decimal("1.25"), places=LYING, limits=(), stopped=False
    )
    for words in (
        "This run took 0 s and cost 1.25 USD; 0.00 USD spent on the campaign so far.",
        "Raise the budget",
        "StoreError: the disk is full",
        "`fanout report`",
        "`/nowhere/report/index.html`",
    ):
        assert words in page
    assert [clock(seconds) for seconds in (41.7, 185, 7440)] == ["42 s", "3 min 5 s", "2 h 4 min"]
    assert code("9x16/a b.mp4") == "`9x16/a b.mp4`"
    assert "`" not in code("a`<b>`")[1:].replace("\\`", "")


def test_a_summary_of_many_causes_is_a_page_all_the_same() -> None:
    shop = a_workshop(FakeHands(a_plan(variants(50), ("16:9",), out=NOWHERE)))
    for film in shop.films:
        shop.tally.film_ended(FilmEnd(film=film, made=False, reason=Reason.QC, sentence="black"))
    now = progress(shop, Money(Decimal(0), Decimal(0)))
    page = summary("x", now, shop.tally, run_usd=Decimal(0), places=LYING, limits=(), stopped=False)
    assert page.count("qc: black") == 20
    assert "- and 30 more, in the table of failures\n\n## What to do" in page


def test_only_passing_trouble_is_worth_a_retry() -> None:
    passing = [
        ProviderBusy("luma", "429"),
        LedgerBusy("locked"),
        TimeoutError(),
        ConnectionResetError(),
        OSError(11, "x"),
    ]
    lasting = [
        ProviderRejected("luma", "no"),
        StoreError("full"),
        SetupError("x"),
        OSError(28, "full"),
        ValueError(),
        None,
    ]
    assert all(is_passing(trouble) for trouble in passing)
    assert not any(is_passing(trouble) for trouble in lasting)
    error = NotMade("black", Reason.QC)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.reason) == (str(error), error.reason)


def test_operations_have_the_names_of_tasks() -> None:
    from tasks.modify import modify, modify_name
    from tasks.reframe import reframe

    assert {modify.name, reframe.name} == set(Operation)
    assert modify_name({"variant": "de", "shots": (("k",),)}) == "Modify de (1 shot)"
