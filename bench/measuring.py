"""Times whole processes: wall and CPU seconds, peak memory; medians of several runs, peers in turn."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FANOUT = (sys.executable, "-m", "fanout")
INSIDE = "inside: "
"""Begins the line in which a process tells what its work took, less what it did before (bench.inside)."""
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process, with its children, took. `peak_mb` is held by all of them at one moment."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(argv: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, with `environment` over ours. Raises RuntimeError with its last words when it fails."""
    with (cwd / "bench.log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        watch = _Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        peak = max(watch.ended(), usage.ru_maxrss / 1024)
    said = (cwd / "bench.log").read_text(encoding="utf-8", errors="replace")
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(map(str, argv[:6]))} failed: {said[-500:]}")
    for line in said.splitlines():
        if line.startswith(INSIDE):
            return Cost(*json.loads(line.removeprefix(INSIDE)), peak)
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


def compare(peers: Mapping[str, Sequence[str]], *, cwd: Path, runs: int = 3) -> dict[str, Cost]:
    """Median cost of each command after one warm-up, the peers run in turn so that a busy moment hits all alike."""
    found: dict[str, list[Cost]] = {name: [] for name in peers}
    for turn in range(runs + 1):
        for name, argv in peers.items():
            cost = measure(argv, cwd=cwd)
            if turn:
                found[name].append(cost)
    return {name: _median(costs) for name, costs in found.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
    )


class _Watch:
    """Adds up, again and again, what a process and its descendants hold in memory. Linux only; elsewhere 0."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._over = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def ended(self) -> float:
        """The most that was seen, in MB."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while not self._over.wait(PAUSE_S):
            self._peak = max(self._peak, resident_mb(self._pid))


def resident_mb(pid: int) -> float:
    """What a process and its descendants hold in memory at this moment. Linux only; elsewhere 0."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = [
            child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
        ]
    except (OSError, IndexError):  # it has just ended
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(resident_mb(int(child)) for child in children)
