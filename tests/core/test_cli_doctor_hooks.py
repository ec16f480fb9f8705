"""`fanout doctor` on hooks: who tells of its work, who holds the port, whether the address leads to our receiver."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.listener import listening, says

from campaign.net.loopback import is_free
from campaign.settings import Settings, read_settings
from fanout.doctor_hooks import examine_hooks
from fanout.doctor_room import examine_room
from flows.hosting.seats import lock, room_lock
from flows.room.hook_server import hooks_heard

KEYED = {"FAL_KEY": "an-id:0123456789"}


@pytest.fixture
def port() -> int:
    """Free, and none that the system hands out: another test would have it by the time it is looked at."""
    return next(port for port in random.sample(range(20000, 32000), 1000) if is_free(port))


def settings_of(port: int, folder: Path, **environment: str) -> Settings:
    usual = {
        "FANOUT_WEBHOOK_URL": "https://hooks.example",
        "FANOUT_WEBHOOK_PORT": str(port),
        "FANOUT_HOME": str(folder),
    }
    return read_settings({**usual, **KEYED, **environment})


def told(settings: Settings, *, is_open: bool) -> list[tuple[bool, str, str]]:
    checks = list(examine_hooks(settings, is_open=is_open))
    assert not any(check.needed for check in checks if not check.ok), "work is done without hooks"
    return [(check.ok, check.found, check.cure) for check in checks]


@contextmanager
def heard(settings: Settings, folder: Path) -> Iterator[None]:
    """Our receiver, listening."""
    ready, done = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def hear() -> None:
        async with hooks_heard(settings, folder):
            ready.set()
            await done.wait()

    hearing = threading.Thread(target=lambda: loop.run_until_complete(hear()))
    hearing.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(done.set)
        hearing.join()
        loop.close()


def test_without_an_address_nothing_is_looked_at() -> None:
    assert told(Settings(), is_open=True) == []


def test_while_the_room_is_closed_the_port_must_be_free(tmp_path: Path, port: int) -> None:
    settings = settings_of(port, tmp_path)
    assert [(ok, found) for ok, found, _ in told(settings, is_open=False)] == [
        (True, "https://hooks.example is told to fal"),
        (True, f"port {port} is free, the room is closed"),
    ]
    with heard(settings, tmp_path):
        _, (ok, found, cure) = told(settings, is_open=False)
    assert (ok, found) == (False, f"port {port} is held by the receiver of another campaign's room")
    assert "FANOUT_WEBHOOK_PORT" in cure


def test_an_open_room_must_hear_and_the_address_must_lead_there(tmp_path: Path, port: int) -> None:
    rehearsed = {"FAL_QUEUE_URL": "http://127.0.0.1:9", "FAL_REST_URL": "http://127.0.0.1:9"}
    settings = settings_of(port, tmp_path, FANOUT_WEBHOOK_URL=f"http://127.0.0.1:{port}/any/prefix", **rehearsed)
    with heard(settings, tmp_path):
        assert [found for ok, found, _ in told(settings, is_open=True) if ok] == [
            f"http://127.0.0.1:{port}/any/prefix is told to fal",
            f"the room listens on port {port}",
            f"http://127.0.0.1:{port}/any/prefix leads to our receiver",
        ]
    _, listens, leads = told(settings, is_open=True)
    assert listens[:2] == (False, f"port {port} is free: the room does not listen there")
    assert "close the room and open it again" in listens[2]
    assert (leads[0], "was not reached from here" in leads[1]) == (False, True)


def test_a_stranger_at_the_port_or_behind_the_address_is_named(tmp_path: Path) -> None:
    with listening(says(200, "hello")) as stranger:
        port = int(stranger.host.rpartition(":")[2])
        settings = settings_of(port, tmp_path, FANOUT_WEBHOOK_URL=f"http://127.0.0.1:{port}")
        _, listens, leads = told(settings, is_open=True)
    assert listens[:2] == (False, f"port {port} is held by another program")
    assert leads[:2] == (False, f"http://127.0.0.1:{port} answers HTTP 200, which our receiver does not")


def test_an_address_that_nobody_tells_or_nobody_reaches_is_told(tmp_path: Path, port: int) -> None:
    (unkeyed,) = told(settings_of(port, tmp_path, FAL_KEY=""), is_open=True)
    assert unkeyed[0] is False
    assert unkeyed[1] == "nobody is told of https://hooks.example: of fal and runware no key is set"
    near, _ = told(settings_of(port, tmp_path, FANOUT_WEBHOOK_URL="http://localhost:4290"), is_open=False)
    assert near[:2] == (False, "fal cannot reach http://localhost:4290: only this machine can")


def test_doctor_knows_whether_the_room_of_the_campaign_is_open(tmp_path: Path, port: int) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text('campaign = { name = "spring" }\n[inputs]\nmaster = "m.mov"\n[output]\nratios = ["16:9"]\n')
    (tmp_path / "prefect").mkdir()
    settings = settings_of(port, tmp_path)
    assert [check.found for check in examine_room(file, settings) if check.name == "hooks"][1].endswith("is closed")
    with lock(room_lock(tmp_path / "prefect", "spring")):
        found = [check.found for check in examine_room(file, settings) if check.name == "hooks"]
    assert found[1].endswith("the room does not listen there")
    assert len(found) == 3
