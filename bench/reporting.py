"""Prints what was measured as tables with verdicts, and keeps it as JSON."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measuring import Cost
from campaign.media.engine import find_engine


@dataclass(frozen=True, slots=True)
class Target:
    """CPU seconds of `name` are to be at most `most` times those of the best of `peers`."""

    name: str
    peers: tuple[str, ...]
    most: float

    def measured(self, costs: Mapping[str, Cost]) -> float | None:
        """The ratio; None when no peer could be measured."""
        known = [costs[peer].cpu_s for peer in self.peers if peer in costs]
        return costs[self.name].cpu_s / min(known) if known else None


class Report:
    """All tables of one run of the bench."""

    def __init__(self) -> None:
        self._tables: list[dict[str, object]] = []
        self._machine = machine()

    def table(self, title: str, costs: Mapping[str, Cost], targets: Sequence[Target] = ()) -> None:
        """Print each cost and how many times the first it is, by CPU and by wall; then what became of each target."""
        first = next(iter(costs.values()))
        print(f"\n  {title:40} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'x CPU':>7} {'x wall':>7}")
        for name, cost in costs.items():
            times = f"{cost.cpu_s / first.cpu_s:7.2f} {cost.wall_s / first.wall_s:7.2f}"
            print(f"  {name:40} {cost.cpu_s:8.2f} {cost.wall_s:8.2f} {cost.peak_mb:8.0f} {times}")
        verdicts = [verdict for target in targets if (verdict := _verdict(target, costs)) is not None]
        rows = {name: asdict(cost) for name, cost in costs.items()}
        self._tables.append({"title": title, "load": load(), "costs": rows, "targets": verdicts})

    def within(self, title: str, measured: float, limit: float, most: float) -> None:
        """Print how many times a limit of the same run, in its unit, something took; it is to be at most `most` times."""
        ratio = measured / limit
        kept = ratio <= most
        print(f"  {'kept  ' if kept else 'MISSED'} {title}: {ratio:.2f}x of {limit:.1f}, to be at most {most:g}x")
        verdict = {"limit": limit, "measured": measured, "most": most, "ratio": round(ratio, 3), "kept": kept}
        self._tables.append({"title": title, "load": load(), **verdict})

    def write(self, path: Path) -> None:
        """Everything as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": self._machine, "tables": self._tables}, indent=2), encoding="utf-8")


def machine() -> dict[str, object]:
    """What was measured on, and how busy it was before."""
    engine = find_engine()
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "ffmpeg": engine.version,
        "load": load(),
    }


def load() -> list[float]:
    """Processes that wanted a core over the last minute, five and fifteen."""
    return [round(value, 2) for value in os.getloadavg()]


def _verdict(target: Target, costs: Mapping[str, Cost]) -> dict[str, object] | None:
    ratio = target.measured(costs)
    if ratio is None:
        return None
    kept = ratio <= target.most
    peers = " or ".join(target.peers)
    print(
        f"  {'kept  ' if kept else 'MISSED'} {target.name}: {ratio:.2f}x the CPU of {peers}, to be at most {target.most:g}x"
    )
    return {"name": target.name, "peers": target.peers, "most": target.most, "ratio": round(ratio, 3), "kept": kept}


def _processor() -> str:
    """The model's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
