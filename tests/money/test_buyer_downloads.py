"""From done to stored: results are fetched before anything new is bought, looked at, and never given up while they live."""

import asyncio
import errno
from dataclasses import replace
from pathlib import Path

import pytest
from builders import a_job
from fakes.provider import FakeProvider
from fakes.vendor import Fate
from shops import Shop, a_wanted_job, open_shop

from campaign.buying.downloads import Downloads
from campaign.errors import ProviderBarred, ProviderBusy, StoreError
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import KeptExtra
from campaign.model.outcomes import JobState
from campaign.providers.base import Extra, Generation
from campaign.store.files import Store


@pytest.fixture
def shop(tmp_path: Path, ledger: Ledger) -> Shop:
    return open_shop(tmp_path, ledger)


def test_a_link_that_died_is_asked_for_anew_and_nothing_is_bought_again(shop: Shop) -> None:
    shop.provider.sends.extend([b"", b"<Error>expired</Error>"])
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.STORED
    assert shop.store.local(str(bought.sha256)).read_bytes() == b"film gen-1"
    assert (shop.vendor.downloads, shop.vendor.posts) == (3, 1)
    assert shop.vendor.polls == 3  # the one that found it done, and one for each fresh link


def test_a_result_that_cannot_be_fetched_stays_where_it_is_with_its_name(shop: Shop) -> None:
    shop.provider.sends.extend([b""] * 5)
    with pytest.raises(ProviderBusy, match=r"\(gen-1\) could not be fetched in 5 tries: the link died"):
        shop.buy(a_wanted_job())
    record = shop.record(a_wanted_job())
    assert (record.state, record.lease_owner) == (JobState.READY, None)
    assert "run again, nothing is bought twice" in record.note
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.billed() == 1


def test_a_film_of_which_much_is_missing_is_fetched_until_it_is_whole(shop: Shop) -> None:
    shop.provider.sends.extend([b"film 1 short", b"film 2 short"])
    bought = shop.buy(a_wanted_job())
    assert shop.store.local(str(bought.sha256)).read_bytes() == b"film gen-1"
    assert bought.note == ""


def test_a_film_that_is_short_twice_the_same_is_what_was_made_and_is_kept_with_a_finding(shop: Shop) -> None:
    shop.provider.sends.extend([b"film 1 short", b"film 1 short"])
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.note) == (JobState.STORED, "It is short.")
    assert shop.store.local(str(bought.sha256)).read_bytes() == b"film 1 short"


def test_the_extra_files_of_a_result_are_kept_with_it_and_brought_back_with_it(shop: Shop) -> None:
    shop.provider.extras = ("exr",)
    bought = shop.buy(a_wanted_job())
    (kept,) = bought.record.extras
    assert kept == KeptExtra("exr", kept.sha256, len(b"exr gen-1"))
    path = shop.store.local(kept.sha256)
    assert (path.read_bytes(), path.suffix) == (b"exr gen-1", ".exr")
    path.unlink()
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.store.exists(kept.sha256)
    assert shop.vendor.posts == 1


def test_a_file_that_nobody_ordered_does_not_hold_back_the_film(shop: Shop) -> None:
    shop.provider.extras, shop.provider.dead_extras = ("timings", "poster"), frozenset({"timings"})
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.STORED
    assert bought.note == "Not kept with it, and not ordered: the timings's link died"
    assert [kept.kind for kept in bought.record.extras] == ["poster"]


def test_an_export_that_was_ordered_is_waited_for(shop: Shop) -> None:
    shop.provider.extras, shop.provider.dead_extras = ("timings", "exr"), frozenset({"timings", "exr"})
    with pytest.raises(ProviderBusy, match="the exr's link died"):
        shop.buy(replace(a_wanted_job(), job=a_job("deep", hdr=True, exr=True)))
    shop.provider.dead_extras = frozenset({"timings"})
    bought = shop.buy(replace(a_wanted_job(), job=a_job("deep", hdr=True, exr=True)))
    assert [kept.kind for kept in bought.record.extras] == ["exr"]
    assert shop.billed() == 1


@pytest.mark.parametrize(
    ("kind", "suffix"), [("exr-2", ".exr"), ("image/png", ".imagepng"), ("thumbnail", ".thumbnai"), ("../ü", ".bin")]
)
def test_a_further_file_is_kept_whatever_the_vendor_calls_it(shop: Shop, kind: str, suffix: str) -> None:
    shop.provider.extras = (kind,)
    (kept,) = shop.buy(a_wanted_job()).record.extras
    assert (kept.kind, shop.store.local(kept.sha256).suffix) == (kind, suffix)


def test_an_export_that_was_asked_for_and_did_not_come_is_a_finding(shop: Shop) -> None:
    job = replace(a_wanted_job(), job=a_job("deep", hdr=True, exr=True))
    assert shop.buy(job).note == "fake sent no EXR file with it."


def test_a_disk_without_room_for_a_result_keeps_it_where_it_is(shop: Shop) -> None:
    class Filling(Store):
        def require_room(self, expected: int = 0) -> None:
            if expected:
                raise StoreError(f"no room for {expected} bytes")

    roomy, shop.store = shop.store, Filling(shop.store._root)
    with pytest.raises(StoreError, match="no room"):
        shop.buy(a_wanted_job())
    assert shop.record(a_wanted_job()).state is JobState.READY
    shop.store = roomy
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.vendor.posts == 1


def test_a_disk_that_fills_up_in_the_middle_is_named_and_leaves_nothing_behind(shop: Shop) -> None:
    class Flooded(FakeProvider):
        async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
            into.write_bytes(b"film, the first part")
            raise OSError(errno.ENOSPC, "No space left on device")

    whole, shop.provider = shop.provider, Flooded(shop.vendor)
    with pytest.raises(StoreError, match=r"disk.full"):
        shop.buy(a_wanted_job())
    assert shop.record(a_wanted_job()).state is JobState.READY
    assert list(shop.store._partials()) == []
    shop.provider = whole
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.vendor.posts == 1


def test_nothing_is_sent_while_a_result_waits_for_its_first_download() -> None:
    async def run() -> list[str]:
        downloads, order = Downloads(at_once=1), list[str]()

        async def fetch(name: str, *, first: bool, gate: asyncio.Event) -> None:
            async with downloads.turn(first=first):
                order.append(name)
                await gate.wait()

        async def send() -> None:
            await downloads.none_waiting()
            order.append("sent")

        gates = [asyncio.Event() for _ in range(2)]
        one = asyncio.create_task(fetch("one", first=True, gate=gates[0]))
        await asyncio.sleep(0)
        two = asyncio.create_task(fetch("two", first=True, gate=gates[1]))
        await asyncio.sleep(0)
        sending = asyncio.create_task(send())
        await asyncio.sleep(0.01)
        gates[0].set()
        await sending
        gates[1].set()
        await asyncio.gather(one, two)
        return order

    assert asyncio.run(run()) == ["one", "two", "sent"]


def test_who_gives_up_waiting_for_a_download_holds_nobody_back() -> None:
    async def run() -> None:
        downloads = Downloads(at_once=1)
        async with downloads.turn(first=True):

            async def wait() -> None:
                async with downloads.turn(first=True):
                    pass

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait({waiting})
            await asyncio.wait_for(downloads.none_waiting(), 1)

    asyncio.run(run())


def test_a_second_try_for_a_download_holds_nobody_back() -> None:
    async def run() -> None:
        downloads = Downloads(at_once=1)

        async def wait() -> None:
            async with downloads.turn(first=False):
                pass

        async with downloads.turn(first=True):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            await asyncio.wait_for(downloads.none_waiting(), 1)
        await waiting

    asyncio.run(run())


def test_a_state_that_no_document_knows_is_taken_for_running_and_told_once(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.2)
    shop.provider.odd = "simmering"
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.STORED
    told = [event for event in ledger.history(bought.key) if "simmering" in event.note]
    assert len([event for event in told if event.to_state is event.from_state]) == 1
    assert told[0].answer == '{"state": "odd"}'


def test_silence_and_a_refused_key_fail_no_job_that_is_paid(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.5)

    async def run() -> JobState:
        buying = asyncio.create_task(shop.obtain(a_wanted_job()))
        while shop.billed() < 1:
            await asyncio.sleep(0.005)
        for trouble in ("unreachable", "barred"):
            setattr(shop.provider, trouble, True)
            await asyncio.sleep(0.2)
            assert not buying.done()
            setattr(shop.provider, trouble, False)
        return (await buying).state

    assert asyncio.run(run()) is JobState.STORED


def test_work_that_never_ends_is_left_for_the_next_run_by_name(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, deadline_s=0.3, send_s=0.1)
    shop.vendor.bend(Fate.ENDLESS)
    with pytest.raises(ProviderBusy, match="is there as gen-1 and stays there: it is still running"):
        shop.buy(a_wanted_job())
    assert shop.record(a_wanted_job()).state is JobState.SUBMITTED
    assert ledger.money("fresh-days").reserved_usd == 1


def test_a_provider_that_refuses_our_key_for_long_keeps_what_it_has_for_the_next_run(
    tmp_path: Path, ledger: Ledger
) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=60.0)

    async def run() -> None:
        buyer = shop.buyer()
        buying = asyncio.create_task(shop.obtain(a_wanted_job(), buyer))
        while shop.vendor.polls < 1:
            await asyncio.sleep(0.005)
        shop.provider.barred = True
        buyer._counter.patience._refused["fake"] = float("-inf")  # it has done so since ever
        await buying

    with pytest.raises(ProviderBarred, match="is there as gen-1 and stays there: the key is not taken"):
        asyncio.run(run())
    assert shop.record(a_wanted_job()).state is JobState.SUBMITTED
