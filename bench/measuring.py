"""Times whole processes: wall and CPU seconds, peak memory; medians of several runs, peers in turn."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FANOUT = (sys.executable, "-m", "fanout")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process, with its children, took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(argv: Sequence[str], *, cwd: Path) -> Cost:
    """Run a command to its end. Raises RuntimeError with its last words when it fails."""
    with (cwd / "bench.log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(argv[:6])} failed: {(cwd / 'bench.log').read_text()[-500:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compare(peers: Mapping[str, Sequence[str]], *, cwd: Path, runs: int = 3) -> dict[str, Cost]:
    """Median cost of each command after one warm-up, the peers run in turn so that a busy moment hits all alike."""
    found: dict[str, list[Cost]] = {name: [] for name in peers}
    for turn in range(runs + 1):
        for name, argv in peers.items():
            cost = measure(argv, cwd=cwd)
            if turn:
                found[name].append(cost)
    return {name: _median(costs) for name, costs in found.items()}


def report(costs: Mapping[str, Cost]) -> None:
    """Print each cost and its ratio to the first, by CPU and by wall."""
    first = next(iter(costs.values()))
    print(f"  {'':34} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'x CPU':>7} {'x wall':>7}")
    for name, cost in costs.items():
        print(
            f"  {name:34} {cost.cpu_s:8.2f} {cost.wall_s:8.2f} {cost.peak_mb:8.0f} "
            f"{first.cpu_s / cost.cpu_s:7.2f} {first.wall_s / cost.wall_s:7.2f}"
        )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
    )
