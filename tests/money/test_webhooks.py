"""Webhooks over real HTTP, from the emulator to the receiver: true ones wake and name, false ones change nothing at all."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN, quick
from fakes.errand import Errand, buying, run

from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState
from campaign.net.addresses import Addresses
from campaign.net.hooks import Hooks, token_of
from campaign.net.key_ring import KeyRing
from campaign.secrets import Secret
from campaign.settings import Settings, read_settings
from emulator.server import Emulator
from flows.room.hook_server import MOST_BYTES, HookDoor, Throttle, app_of, hooks_heard

INTENT = "0c5b2f2e-7f0a-5e5b-9b7e-6d6f4c2b1a00"
FALSE = {
    "fal": ("forged", "unsigned", "wrong_key", "stale", "future", "changed"),
    "runware": ("forged",),
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def settings_of(emulator: Emulator, folder: Path) -> Settings:
    port = free_port()
    return read_settings(
        {
            **emulator.environment(),
            "FANOUT_WEBHOOK_URL": f"http://127.0.0.1:{port}/any/prefix",
            "FANOUT_WEBHOOK_PORT": str(port),
            "FANOUT_HOME": str(folder),
        }
    )


def bought(
    emulator: Emulator, folder: Path, provider: str, *, heard: bool = True
) -> tuple[JobState, list[tuple[str, str]]]:
    """How a job ended that was bought with hooks, and the hints that came of it: who, and which name."""
    settings = settings_of(emulator, folder)
    errand = Errand(settings.ledger_url(folder), str(folder), provider)

    async def both() -> JobState:
        @asynccontextmanager
        async def deaf() -> AsyncIterator[None]:
            yield

        async with hooks_heard(settings, folder) if heard else deaf(), buying(errand, settings) as (buyer, _, _):
            (state,) = await run(errand, buyer)
            while heard and emulator.world.hooks.pending:  # a hook may come after the poll that found the work
                await asyncio.sleep(0.02)
            return state

    state = asyncio.run(both())
    with Ledger.open(errand.url) as ledger:
        (record,) = ledger.records([errand.planned[0].job.key]).values()
        assert ledger.verify() == []
        return state, [
            (hint.provider, "it" if hint.remote_id == record.remote_id else "other") for hint in ledger.hints_after(0)
        ]


def paid(emulator: Emulator) -> int:
    return len(emulator.books.bill())


@pytest.mark.parametrize("provider", ["fal", "runware"])
@pytest.mark.parametrize("manner", ["", "early", "replayed"])
def test_a_true_hook_is_one_hint_however_it_comes(tmp_path: Path, provider: str, manner: str) -> None:
    with quick(faults={"hook": manner} if manner else {}) as emulator:
        assert bought(emulator, tmp_path, provider) == (JobState.STORED, [(provider, "it")])
        assert paid(emulator) == 1
        assert set(emulator.world.hooks.answers) == {202}


@pytest.mark.parametrize(("provider", "manner"), [(name, manner) for name in FALSE for manner in FALSE[name]])
def test_a_false_hook_is_refused_and_leaves_nothing(tmp_path: Path, provider: str, manner: str) -> None:
    with quick(faults={"hook": manner}) as emulator:
        assert bought(emulator, tmp_path, provider) == (JobState.STORED, [])
        assert paid(emulator) == 1
        assert emulator.world.hooks.answers == [401]


def test_a_hook_about_work_that_nobody_knows_wakes_and_changes_nothing(tmp_path: Path) -> None:
    with quick(faults={"hook": "foreign"}) as emulator:
        assert bought(emulator, tmp_path, "fal") == (JobState.STORED, [("fal", "other")])
        assert paid(emulator) == 1


@pytest.mark.parametrize("provider", ["fal", "runware"])
def test_without_a_receiver_polling_does_it_all(tmp_path: Path, provider: str) -> None:
    with quick() as emulator:
        assert bought(emulator, tmp_path, provider, heard=False) == (JobState.STORED, [])
        assert paid(emulator) == 1


@pytest.mark.parametrize("manner", ["", "early"])
def test_paid_work_whose_answer_was_lost_is_named_by_its_hook(tmp_path: Path, manner: str) -> None:
    """fal lists nothing: without the hook this is a doubt for a person to settle."""
    faults: dict[str, float | str] = {"fal.p_post_drop": 1.0, **({"hook": manner} if manner else {})}
    with quick(faults=faults) as emulator:
        assert bought(emulator, tmp_path, "fal") == (JobState.STORED, [("fal", "it")])
        assert paid(emulator) == 1


@pytest.fixture
def room(tmp_path: Path) -> Iterator[tuple[Settings, Path]]:
    with quick() as emulator:
        yield settings_of(emulator, tmp_path), tmp_path


def posted(room: tuple[Settings, Path], requests: list[dict[str, Any]]) -> tuple[list[httpx.Response], int]:
    """What the receiver answers to requests, and how many hints there are then."""
    settings, folder = room

    async def ask() -> list[httpx.Response]:
        async with hooks_heard(settings, folder) as base, httpx.AsyncClient(base_url=str(base), **PLAIN) as client:
            return [await client.request(**{"method": "POST", **request}) for request in requests]

    answers = asyncio.run(ask())
    with Ledger.open(settings.ledger_url(folder)) as ledger:
        return answers, len(ledger.hints_after(0))


def test_errors_say_nothing_and_nothing_but_a_post_to_a_hook_is_answered(room: tuple[Settings, Path]) -> None:
    key = room[0].vendors.runware_key
    assert key is not None
    token = token_of("runware", key, INTENT)
    good = {"url": f"/runware/{INTENT}?token={token}", "content": json.dumps({"taskUUID": "a"})}
    refused = [
        {**good, "url": f"/runware/{INTENT}?token={token[:-1]}0" if token[-1] != "0" else f"/runware/{INTENT}?token=x"},
        {**good, "url": f"/runware/{INTENT}"},
        {**good, "url": f"/runware/{INTENT.replace('0c', '1c')}?token={token}"},
        {**good, "url": f"/fal/{INTENT}?token={token}"},
        {**good, "url": f"/luma/{INTENT}?token={token}"},
        {**good, "content": "no JSON"},
        {**good, "content": "[]"},
        {**good, "content": json.dumps({"taskUUID": 7})},
        {**good, "content": json.dumps({"taskUUID": "a" * 129})},
        {**good, "content": b"x" * (MOST_BYTES + 1)},
    ]
    answers, hints = posted(room, refused)
    assert [answer.status_code for answer in answers] == [401] * len(refused)
    assert {answer.content for answer in answers} == {b""}
    assert hints == 0
    answers, hints = posted(room, [good, good, {**good, "method": "GET"}, {**good, "url": "/docs", "method": "GET"}])
    assert [answer.status_code for answer in answers] == [202, 202, 405, 404]
    assert hints == 1


def test_a_list_in_data_is_read_as_the_bare_task_is(room: tuple[Settings, Path]) -> None:
    key = room[0].vendors.runware_key
    assert key is not None
    url = Hooks("", "runware", key).url(INTENT)
    (answer,), hints = posted(room, [{"url": url, "content": json.dumps({"data": [{"taskUUID": "a"}]})}])
    assert (answer.status_code, hints) == (202, 1)


def test_who_asks_too_often_is_told_to_wait() -> None:
    throttle = Throttle(2.0, 3.0)
    assert [throttle.lets_pass(now) for now in (9.0, 9.0, 9.0, 9.0, 9.5, 9.5, 99.0)] == [True] * 3 + [
        False,
        True,
        False,
        True,
    ]
    door = HookDoor(
        {}, KeyRing("https://rest.example/keys", Addresses()), lambda *_: True, strangers=Throttle(0.0, 2.0)
    )
    assert asked(door, [f"/fal/{INTENT}?token=x"] * 4) == [401, 401, 429, 429]


def test_a_flood_of_strangers_does_not_shut_the_provider_out() -> None:
    key, hints = Secret("rw-key"), []
    door = HookDoor(
        {"runware": key},
        KeyRing("https://rest.example/keys", Addresses()),
        lambda *hint: hints.append(hint) is None,
        known=Throttle(0.0, 2.0),
        strangers=Throttle(0.0, 1.0),
    )
    flood = [f"/{provider}/{INTENT}?token=x" for provider in ("runware", "nobody")] * 50
    true = Hooks("", "runware", key).url(INTENT)
    answers = asked(door, [*flood, true, *flood, true, true])
    assert [answers[len(flood)], answers[-2], answers[-1]] == [202, 202, 429], "who holds a token has a limit, too"
    assert set(answers[1 : len(flood)]) == {429}
    assert hints == [("runware", INTENT, "a")] * 2


def asked(door: HookDoor, urls: list[str]) -> list[int]:
    """What a door answers to hooks that say `a` is done."""

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app_of(door))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return [(await client.post(url, json={"taskUUID": "a"})).status_code for url in urls]

    return asyncio.run(ask())


def test_nothing_listens_where_no_provider_is_told_of_us(tmp_path: Path) -> None:
    async def address() -> str | None:
        async with hooks_heard(Settings(), tmp_path) as base:
            return base

    assert asyncio.run(address()) is None
    assert not list(tmp_path.iterdir())
