"""Starting and ending processes."""

import asyncio
import os
import pickle
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import until

from campaign.errors import MediaError, SetupError
from campaign.media.run import KEPT_BYTES, run

SLEEPER = "import subprocess, sys, pathlib, os; child = subprocess.Popen(['sleep', '60']); \
pathlib.Path(sys.argv[1]).write_text(f'{os.getpid()} {child.pid}'); child.wait()"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def written(path: Path) -> list[int]:
    while not (path.exists() and path.read_text().count(" ")):
        await asyncio.sleep(0.02)
    return [int(pid) for pid in path.read_text().split()]


def test_what_was_said_on_stderr_comes_back() -> None:
    said = asyncio.run(run(python("import sys; sys.stderr.write('hello')"), deadline_s=20))
    assert said == "hello"


def test_a_failure_tells_the_command_and_its_last_words_and_pickles() -> None:
    with pytest.raises(MediaError) as caught:
        asyncio.run(run(python("import sys; sys.exit('no such filter')"), deadline_s=20))
    assert "no such filter" in str(caught.value) and caught.value.command.startswith(sys.executable)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_missing_binary_is_a_fault_of_the_machine() -> None:
    with pytest.raises(SetupError, match="doctor"):
        asyncio.run(run(["/nowhere/ffmpeg"], deadline_s=5))


def test_a_process_gets_no_environment_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANOUT_CANARY", "secret")
    said = asyncio.run(run(python("import os, sys; sys.stderr.write(' '.join(sorted(os.environ)))"), deadline_s=20))
    assert "FANOUT_CANARY" not in said and "PATH" in said and "HOME" not in said.split()


def test_endless_words_are_bounded() -> None:
    code = "import sys; [sys.stderr.write('x' * 1_000_000) for _ in range(20)]; sys.stderr.write('end')"
    said = asyncio.run(run(python(code), deadline_s=60))
    assert len(said) <= KEPT_BYTES and said.endswith("end")


def test_cancelling_kills_the_process_and_its_children_at_once(tmp_path: Path) -> None:
    async def scene() -> None:
        task = asyncio.create_task(run(python(SLEEPER, str(tmp_path / "pids")), deadline_s=60))
        pids = await written(tmp_path / "pids")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(until, lambda: not any(lives(pid) for pid in pids), 5)

    asyncio.run(scene())


def test_a_process_past_its_deadline_is_killed_and_named(tmp_path: Path) -> None:
    async def scene() -> None:
        with pytest.raises(MediaError, match="did not finish within 1 s"):
            await run(python(SLEEPER, str(tmp_path / "pids")), deadline_s=1)
        pids = await written(tmp_path / "pids")
        await asyncio.to_thread(until, lambda: not any(lives(pid) for pid in pids), 5)

    asyncio.run(scene())


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits a process from outside")
def test_a_process_whose_runner_was_killed_ends_by_itself(tmp_path: Path) -> None:
    """Nobody is left to end it at its deadline: what it may compute is bounded by the kernel."""
    code = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(f'{os.getpid()} 0')\nwhile True: pass"
    runner = "import asyncio, sys; from campaign.media.run import run; asyncio.run(run(sys.argv[1:], deadline_s=600))"
    killed = subprocess.Popen(python(runner, *python(code, str(tmp_path / "pids"))))
    pid = asyncio.run(written(tmp_path / "pids"))[0]
    try:
        until(lambda: resource.prlimit(pid, resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY)
        killed.kill()
        killed.wait()
        assert lives(pid)
        most, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
        assert 600 <= most < hard <= 600 * (os.cpu_count() or 1) + 60
        resource.prlimit(pid, resource.RLIMIT_CPU, (1, hard))
        until(lambda: not lives(pid))
    finally:
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_process_that_the_kernel_kills_is_told_as_such() -> None:
    with pytest.raises(MediaError, match="memory"):
        asyncio.run(run(python("import os; os.kill(os.getpid(), 9)"), deadline_s=20))


def test_nothing_reads_our_terminal() -> None:
    code = "import os, sys; sys.stderr.write(f'{sys.stdin.read()!r} {os.getsid(0) == os.getpid()}')"
    assert asyncio.run(run(python(code), deadline_s=20)) == "'' True"
