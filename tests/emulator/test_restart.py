"""With a bill in a file an emulator goes on where the one before it stopped, however that ended."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN, quick
from fakes.luma_client import LumaClient, fetch

from fanout.__main__ import perform

pytestmark = pytest.mark.ffmpeg


def test_the_bill_jobs_files_and_films_outlive_a_restart(tmp_path: Path, clip: Path) -> None:
    bill = tmp_path / "bill.jsonl"
    with quick(bill=bill) as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        done = luma.bought(source, user_id="u-1")
        content = fetch(done)
        emulator.faults.set({"p_fail": 1})
        failed = luma.bought(source, prompt="fails")
        port, before = emulator.port, emulator.books.bill()
    with quick(bill=bill, port=port) as emulator, LumaClient(emulator) as luma:
        assert [charge.as_json() for charge in emulator.books.bill()] == [charge.as_json() for charge in before]
        assert emulator.books.spent() == before[0].usd
        again = luma.finished(done["id"])
        assert fetch(again) == content
        assert luma.finished(failed["id"])["failure_code"] == "generation_failed"
        assert luma.edit(source).status_code == 201
        assert luma.reframe({"generation_id": done["id"]}).status_code == 201
        assert emulator.books.bill()[-2].turn == 1


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path, clip: Path) -> None:
    bill = tmp_path / "bill.jsonl"
    with quick(bill=bill) as emulator, LumaClient(emulator) as luma:
        luma.bought({"file_id": luma.upload(clip)})
    with bill.open("ab") as file:
        file.write(b'{"line": "charge", "vendor": "lu')
    with quick(bill=bill) as emulator:
        assert len(emulator.books.bill()) == 1
    assert all(json.loads(line) for line in bill.read_text().splitlines())


def test_without_a_bill_nothing_is_left_behind(clip: Path) -> None:
    with quick() as emulator, LumaClient(emulator) as luma:
        luma.bought({"file_id": luma.upload(clip)})
        folder = emulator.world.folder
        assert folder.exists()
    assert not folder.exists()


@contextmanager
def emulating(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """`fanout emulate --json` as a process of its own, and what it told."""
    argv = [sys.executable, "-m", "fanout", "emulate", "--json", *arguments]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


def submit(told: dict[str, Any], clip: Path) -> httpx.Response:
    key = {"authorization": f"Bearer {told['environment']['LUMA_AGENTS_API_KEY']}"}
    url = told["environment"]["LUMA_BASE_URL"]
    made = httpx.post(f"{url}/files", headers=key, files={"file": ("c.mp4", clip.read_bytes(), "video/mp4")}, **PLAIN)
    body = {"model": "ray-3.2", "type": "video_edit", "prompt": "snow", "source": {"file_id": made.json()["id"]}}
    time.sleep(0.15)
    return httpx.post(f"{url}/generations", headers=key, json=body, **PLAIN)


def test_killed_with_jobs_in_flight_it_finishes_them_later(tmp_path: Path, clip: Path) -> None:
    bill = str(tmp_path / "bill.jsonl")
    with emulating("--port", "0", "--bill", bill, "--takes", "0.5,0.5") as (process, told):
        assert told["rehearsal"] is True
        generation = submit(told, clip).json()
        process.kill()
        process.wait(10)
    with emulating("--port", str(told["port"]), "--bill", bill) as (_, told):
        key = {"authorization": f"Bearer {told['environment']['LUMA_AGENTS_API_KEY']}"}
        for _ in range(200):
            url = f"{told['environment']['LUMA_BASE_URL']}/generations/{generation['id']}"
            state = httpx.get(url, headers=key, **PLAIN).json()["state"]
            if state == "completed":
                break
            time.sleep(0.05)
        assert state == "completed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_a_signal_it_says_the_bill_in_one_line(clip: Path, number: signal.Signals) -> None:
    with emulating("--port", "0", "--fast") as (process, told):
        assert submit(told, clip).status_code == 201
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert err.splitlines()[-1] == "ended: 1 jobs, 1.08 USD on the bill, 0.00 USD in truth"
    assert f"export LUMA_BASE_URL={told['url']}/v1" in err
    assert "Nothing is paid" in err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--faults", "p_haf=1"], "p_half"),
        (["--faults", "p_half=2"], "between 0 and 1"),
        (["--host", "0.0.0.0"], "this machine only"),
        (["--takes", "long"], "--takes"),
        (["--takes", "3,1"], "takes"),
        (["--slots", "luma=0"], "slots"),
        (["--slots", "sora=4"], "--slots"),
        (["--key", "sora=x"], "--key"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert perform(["emulate", "--port", "0", *arguments]) == 2
    assert word in capsys.readouterr().err


def test_a_port_that_is_taken_is_refused_by_name() -> None:
    with quick() as emulator:
        argv = [sys.executable, "-m", "fanout", "emulate", "--port", str(emulator.port)]
        ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, f"port {emulator.port}" in ended.stderr) == (2, True)
