"""Runs ffmpeg: the one place that starts its processes and ends them."""

import asyncio
import contextlib
import math
import os
import resource
import shlex
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

from campaign.errors import MediaError, SetupError

KEPT_BYTES = 4_000_000  # of stderr: detectors of a two-minute film at 60 fps write less than 1 MB
TAIL_LINES = 20
LARGEST_FILE = 64 * 2**30
OPEN_FILES = 512
GRACE_S = 10
"""CPU seconds between the signal that a process may heed and the one that it cannot."""


async def run(argv: Sequence[str], *, deadline_s: float, cwd: Path | None = None) -> str:
    """Run `argv` in a process group of its own and return what it wrote on stderr (the last 4 MB).

    The process gets no stdin, no environment but PATH and TMPDIR. On cancellation or past `deadline_s` the group is
    killed at once and reaped before this returns. Raises MediaError with the tail of stderr when it fails, SetupError
    when the binary is missing.
    """
    process = await _start(argv, cwd, deadline_s)
    try:
        async with asyncio.timeout(deadline_s):
            stderr = await _read(process)
            code = await process.wait()
    except TimeoutError:
        raise MediaError(f"ffmpeg did not finish within {deadline_s:.0f} s", shlex.join(argv)) from None
    finally:
        await _end(process)
    if code != 0:
        raise MediaError(_verdict(code), shlex.join(argv), "\n".join(stderr.splitlines()[-TAIL_LINES:]))
    return stderr


async def _start(argv: Sequence[str], cwd: Path | None, deadline_s: float) -> asyncio.subprocess.Process:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            cwd=cwd,
            env={"PATH": os.defpath, "TMPDIR": tempfile.gettempdir()},
        )
    except FileNotFoundError:
        raise SetupError(f"{argv[0]} is missing. Run `fanout doctor`.") from None
    _limit(process.pid, math.ceil(deadline_s) * (os.cpu_count() or 1))
    return process


def _limit(pid: int, cpu_s: int) -> None:
    """Bound what a hostile file can make ffmpeg write, open or compute. Only Linux can limit a process from outside.

    `cpu_s` is no less than it can use before its deadline: it ends what goes on after we were killed ourselves.
    """
    if hasattr(resource, "prlimit"):
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
            resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_s, cpu_s + GRACE_S))
        except (OSError, ValueError):  # it has ended already, or the machine's own limit is lower
            return


async def _read(process: asyncio.subprocess.Process) -> str:
    """All of stderr, the oldest dropped beyond KEPT_BYTES."""
    assert process.stderr is not None
    kept = bytearray()
    while chunk := await process.stderr.read(65536):
        kept += chunk
        if len(kept) > 2 * KEPT_BYTES:
            del kept[:-KEPT_BYTES]
    return bytes(kept[-KEPT_BYTES:]).decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the whole group if it still lives and reap it, even when this task is cancelled again meanwhile."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def _verdict(code: int) -> str:
    if code == -signal.SIGKILL:
        return "ffmpeg was killed, most likely because memory ran out; run fewer films at a time"
    if code < 0:
        return f"ffmpeg died of signal {-code}"
    return f"ffmpeg failed (exit {code})"
