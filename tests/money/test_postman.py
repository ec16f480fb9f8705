"""The postman: what kills the run does not kill the request, and its answer is written down all the same."""

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from buying_terms import states
from fakes.errand import Errand, buying, finish, run, start
from shops import GONE_OWNER
from waiting import until

from campaign.buying.postman import Postman
from campaign.ledger.ledger import Ledger
from campaign.ledger.owner import is_dead
from campaign.ledger.records import JobRecord
from campaign.model.outcomes import JobState
from campaign.settings import Settings, read_settings
from emulator.books import Charge
from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg

BOUGHT = ["planned", "intent", "submitted"]
STALL = {"p_stall": 1.0, "stall_s": 2.0}


@pytest.fixture
def settings(emulator: Emulator) -> Settings:
    return read_settings(emulator.environment())


def an_errand(url: str, folder: Path, **terms: object) -> Errand:
    return Errand(url, str(folder), **terms)  # type: ignore[arg-type] # the fields' own types


def the_job(errand: Errand) -> JobRecord:
    with Ledger.open(errand.url) as ledger:
        [record] = ledger.matching("")
        return record


def history(errand: Errand) -> list[str]:
    with Ledger.open(errand.url) as ledger:
        [record] = ledger.matching("")
        assert ledger.verify() == []
        return list(states(ledger, record.key))


def poster(record: JobRecord) -> str:
    """The owner of an intent that is under way: the postman."""
    assert record.state is JobState.INTENT
    assert record.lease_owner is not None
    return record.lease_owner


def pid_of(owner: str) -> int:
    return int(owner.split(":")[1])


async def and_his_postman(errand: Errand, settings: Settings, **terms: float) -> tuple[list[JobState], Postman]:
    async with buying(errand, settings, **terms) as (buyer, postman, _):
        return await run(errand, buyer), postman


def left(postman: Postman) -> int | None:
    """The code that his process left with, once it was seen to have ended."""
    assert postman._process is not None
    return postman._process.returncode


def charges(emulator: Emulator) -> list[Charge]:
    return [charge for charge in emulator.books.bill() if not charge.refunded]


def buried(running: "subprocess.Popen[str]") -> None:
    running.communicate(timeout=30)
    assert running.returncode == -signal.SIGKILL


@pytest.mark.parametrize("provider", ["luma", "fal"])
@pytest.mark.parametrize("kill", [os.kill, os.killpg], ids=["run", "group"])
def test_an_answer_that_comes_after_the_run_was_killed_is_written_down(
    ledger_url: str,
    tmp_path: Path,
    emulator: Emulator,
    settings: Settings,
    provider: str,
    kill: Callable[[int, int], None],
) -> None:
    errand = an_errand(ledger_url, tmp_path, provider=provider)
    emulator.faults.set(STALL)
    running = start(errand, emulator.environment())
    until(emulator.books.bill)
    owner = poster(the_job(errand))
    kill(running.pid, signal.SIGKILL)
    buried(running)
    emulator.faults.clear()
    assert not is_dead(owner)
    assert finish(errand, settings) == [JobState.STORED]
    assert len(charges(emulator)) == 1
    assert history(errand)[:3] == BOUGHT
    until(lambda: is_dead(owner))


def test_who_comes_after_waits_for_the_postman_and_no_longer(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    emulator.faults.set(STALL)
    running = start(errand, emulator.environment())
    until(emulator.books.bill)
    os.kill(running.pid, signal.SIGKILL)
    buried(running)
    owner = poster(the_job(errand))
    until(lambda: the_job(errand).state is JobState.SUBMITTED)
    assert the_job(errand).lease_owner in (None, owner)
    until(lambda: is_dead(owner))
    assert the_job(errand).lease_owner is None, "anybody may go on with it, also on another machine"


@pytest.mark.parametrize(
    ("faults", "after"),
    [({"p_500": 1.0}, "planned"), ({"p_429": 1.0}, "planned"), ({"p_401": 1.0}, "planned")],
    ids=["busy", "throttled", "barred"],
)
def test_a_refusal_that_comes_after_the_run_was_killed_leaves_no_doubt(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings, faults: dict[str, float], after: str
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    emulator.faults.set({"kill_pre_accept": 1.0, **faults})
    running = start(errand, emulator.environment())
    emulator.world.victim.name(running.pid)
    buried(running)
    until(lambda: the_job(errand).state is not JobState.INTENT)
    assert history(errand) == ["planned", "intent", after]
    emulator.faults.clear()
    assert finish(errand, settings) == [JobState.STORED]
    assert len(charges(emulator)) == 1


def test_moderation_that_speaks_after_the_run_was_killed_is_heard(
    ledger_url: str, tmp_path: Path, emulator: Emulator
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    emulator.faults.set({"kill_pre_accept": 1.0, "mod": "snowy", "mod_when": "sync"})
    running = start(errand, emulator.environment())
    emulator.world.victim.name(running.pid)
    buried(running)
    until(lambda: the_job(errand).state is JobState.REJECTED)
    assert the_job(errand).note.startswith("refused by moderation")
    assert the_job(errand).price_reserved_usd == 0


def test_an_answer_is_kept_though_another_has_taken_the_job_over_meanwhile(
    ledger_url: str, tmp_path: Path, emulator: Emulator
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    emulator.faults.set(STALL)
    running = start(errand, emulator.environment())
    until(emulator.books.bill)
    record = the_job(errand)
    with Ledger.open(ledger_url) as ledger:
        with ledger._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE job SET lease_until = 0")
        other = ledger.purchases.claim(record.key, state=record.state, owner=GONE_OWNER, lease_s=60)
        assert other.fence > record.fence
        os.kill(running.pid, signal.SIGKILL)
        buried(running)
        until(lambda: the_job(errand).state is JobState.SUBMITTED)
        assert the_job(errand).fence > other.fence
        assert ledger.history(record.key)[-1].answer


def test_an_intent_that_never_reached_the_postman_is_given_back(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings
) -> None:
    errand = an_errand(ledger_url, tmp_path, dies=True)
    buried(start(errand, emulator.environment()))
    until(lambda: the_job(errand).state is JobState.PLANNED)
    assert history(errand) == ["planned", "intent", "planned"]
    assert finish(an_errand(ledger_url, tmp_path), settings) == [JobState.STORED]
    assert len(charges(emulator)) == 1


def test_a_postman_killed_with_his_run_leaves_the_doubt_that_there_is(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    emulator.faults.set(STALL)
    running = start(errand, emulator.environment())
    until(emulator.books.bill)
    owner = poster(the_job(errand))
    os.kill(pid_of(owner), signal.SIGSTOP)  # so that he does nothing between the two
    os.kill(running.pid, signal.SIGKILL)
    os.kill(pid_of(owner), signal.SIGKILL)
    buried(running)
    began = time.monotonic()
    assert finish(errand, settings) == [JobState.IN_DOUBT]
    assert time.monotonic() - began < 60, "he is provably dead: there is nothing to wait for"
    assert history(errand) == ["planned", "intent", "intent", "reconciling", "in_doubt"]
    assert len(charges(emulator)) == 1


def test_without_its_postman_a_run_goes_on_by_itself_and_says_so_once(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    emulator.faults.set(STALL)

    async def both() -> list[JobState]:
        async with buying(errand, settings) as (buyer, postman, _):
            first = asyncio.create_task(run(errand, buyer))
            while not emulator.books.bill():
                await asyncio.sleep(0.02)
            emulator.faults.clear()
            assert postman.name is not None
            os.kill(pid_of(postman.name), signal.SIGKILL)
            more = an_errand(ledger_url, tmp_path, jobs=3)
            found = await first
            with Ledger.open(ledger_url) as ledger:
                ledger.plan("fresh-days", more.planned)
            return [*found, *await run(more, buyer)]

    with caplog.at_level(logging.WARNING, logger="campaign.buying.postman"):
        found = asyncio.run(both())
    assert found == [JobState.IN_DOUBT, JobState.IN_DOUBT, JobState.STORED, JobState.STORED]
    assert len(charges(emulator)) == 3
    assert [record.getMessage() for record in caplog.records if "has ended" in record.getMessage()]
    assert len(caplog.records) == 1


def test_a_postman_who_does_not_get_ready_is_not_waited_for(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="campaign.buying.postman"):
        found, postman = asyncio.run(and_his_postman(an_errand(ledger_url, tmp_path), settings, ready_s=0.0))
    assert found == [JobState.STORED]
    until(lambda: left(postman) is not None)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "The process that posts did not get ready"
    ]


def test_he_leaves_with_the_run_and_leaves_no_zombie(ledger_url: str, tmp_path: Path, settings: Settings) -> None:
    errand = an_errand(ledger_url, tmp_path, jobs=2)
    found, postman = asyncio.run(and_his_postman(errand, settings))
    assert found == [JobState.STORED] * 2
    with Ledger.open(ledger_url) as ledger:
        owners = {event.owner for event in ledger.history(errand.planned[0].job.key)}
    assert postman.name in owners, "he was the one who held the intent"
    until(lambda: left(postman) is not None)
    assert left(postman) == 0


def test_nobody_is_started_where_nothing_is_bought(ledger_url: str, tmp_path: Path, settings: Settings) -> None:
    errand = an_errand(ledger_url, tmp_path)
    assert finish(errand, settings) == [JobState.STORED]
    found, postman = asyncio.run(and_his_postman(errand, settings))
    assert (found, postman._process) == ([JobState.STORED], None)


def test_media_that_the_vendor_forgot_are_uploaded_again(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings
) -> None:
    assert finish(an_errand(ledger_url, tmp_path), settings) == [JobState.STORED]
    uploads = [seen for seen in emulator.books.requests() if seen.method == "PUT"]
    emulator.faults.set({"forget_files_s": 0.01})
    more = an_errand(ledger_url, tmp_path, jobs=2)

    async def again() -> list[JobState]:
        async with buying(more, settings) as (buyer, _, _):
            buying_more = asyncio.create_task(run(more, buyer))
            while not any(seen.status == 404 for seen in emulator.books.requests()):
                await asyncio.sleep(0.02)
            emulator.faults.clear()
            return await buying_more

    assert asyncio.run(again()) == [JobState.STORED] * 2
    assert len([seen for seen in emulator.books.requests() if seen.method == "PUT"]) > len(uploads)
    assert len(charges(emulator)) == 2


def test_no_key_is_in_his_arguments_or_his_environment(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path("/proc/self/cmdline")
    if not place.exists():
        pytest.skip("only Linux shows them")
    key = emulator.environment()["LUMA_AGENTS_API_KEY"]
    monkeypatch.setenv("LUMA_AGENTS_API_KEY", key)

    async def seen() -> bytes:
        async with buying(an_errand(ledger_url, tmp_path), settings) as (_, postman, _):
            owner = await postman.owner()
            assert owner is not None
            shown = Path(f"/proc/{pid_of(owner)}")
            return (shown / "cmdline").read_bytes() + (shown / "environ").read_bytes()

    shown = asyncio.run(seen())
    assert b"PATH=" in shown
    assert key.encode() not in shown


def test_what_is_too_late_is_not_posted(
    ledger_url: str, tmp_path: Path, emulator: Emulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    errand = an_errand(ledger_url, tmp_path)
    ordinary, posted = Postman.post, []

    async def held_up(self: Postman, provider, lease, parcel, send_by):
        if not posted:
            send_by._boot -= 60
        posted.append(lease)
        return await ordinary(self, provider, lease, parcel, send_by)

    monkeypatch.setattr(Postman, "post", held_up)
    assert finish(errand, settings) == [JobState.STORED]
    assert history(errand)[:4] == ["planned", "intent", "planned", "intent"]
    assert (len(posted), len(charges(emulator))) == (2, 1)
