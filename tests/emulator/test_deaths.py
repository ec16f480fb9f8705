"""The victim dies at the instant that was named, and nobody else does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import control
from fakes.luma_client import LumaClient
from waiting import until

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg

BUYER = """
import sys, urllib.request
said = sys.stdin.readline()
request = urllib.request.Request(sys.argv[1], data=sys.argv[3].encode() or None, method="POST" if sys.argv[3] else "GET")
if sys.argv[2]:
    request.add_header("authorization", "Bearer " + sys.argv[2])
print(urllib.request.urlopen(request).read()[:40], flush=True)
import time; time.sleep(30)
"""


def name(emulator: Emulator, pid: int, **said: Any) -> None:
    with control(emulator) as client:
        assert client.post("/victim", json={"pid": pid, **said}).status_code == 200


@pytest.fixture
def buyer(emulator: Emulator) -> Iterator[Any]:
    """Starts a process that waits to be named, then makes one request."""
    started = []

    def start(url: str, body: str = "", key: str = "") -> "subprocess.Popen[str]":
        argv = [sys.executable, "-c", BUYER, url, key, body]
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        name(emulator, process.pid)
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("instant", "heard"), [("kill_pre_accept", False), ("kill_post_accept", False), ("kill_after_reply", None)]
)
def test_killed_around_a_submit(
    emulator: Emulator, source: dict[str, Any], buyer: Any, instant: str, heard: bool | None
) -> None:
    emulator.faults.set({instant: 1})
    body = {"model": "ray-3.2", "type": "video_edit", "prompt": "snow", "source": source}
    process = buyer(f"{emulator.url}/v1/generations", json.dumps(body), emulator.world.keyring.key("luma"))
    out, _ = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    assert heard is None or bool(out) is heard
    until(emulator.books.bill)
    assert len(emulator.books.bill()) == 1
    with control(emulator) as client:
        told = client.get("/victim").json()
    assert told["named"] is False  # forgotten after the kill
    assert [(one["pid"], one["instant"]) for one in told["killed"]] == [(process.pid, instant)]


def test_killed_in_the_middle_of_a_download(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], buyer: Any
) -> None:
    url = luma.bought(source)["output"][0]["url"]
    emulator.faults.set({"kill_on_download": 1})
    process = buyer(url)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    assert emulator.world.jobs.all()[0].downloads == 0


def test_without_a_victim_nothing_changes(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"kill_pre_accept": 1, "kill_post_accept": 1, "kill_after_reply": 1, "kill_on_download": 1})
    assert luma.bought(source)["state"] == "completed"


def test_a_victim_is_spared_again(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"kill_pre_accept": 1})
    with subprocess.Popen(["sleep", "30"]) as process:
        name(emulator, process.pid)
        with control(emulator) as client:
            client.delete("/victim")
        luma.edit(source)
        assert process.poll() is None
        process.kill()


def test_a_whole_group_dies(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"kill_pre_accept": 1})
    argv = ["sh", "-c", "sleep 30 & echo $!; wait"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        name(emulator, process.pid, group=True)
        luma.edit(source)
        assert process.wait(10) == -signal.SIGKILL
        ends = time.monotonic() + 5
        while runs(child) and time.monotonic() < ends:
            time.sleep(0.02)
        assert not runs(child)


def runs(pid: int) -> bool:
    """Whether a process is there and more than a name in the table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().partition(") ")[2][:1] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("pid", [0, 1, -1, "me", 2**22 + 1])
def test_some_cannot_be_victims(emulator: Emulator, pid: int | str) -> None:
    with control(emulator) as client:
        assert client.post("/victim", json={"pid": pid}).status_code == 400
        assert client.post("/victim", json={"pid": os.getpid()}).status_code == 400
        assert client.get("/victim").json()["named"] is False
