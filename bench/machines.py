"""A campaign on one, two and four workers of a pool: ledger and Prefect on PostgreSQL, a bucket, tiny clips, real films.

BENCH_VARIANTS=2000 BENCH_WORKERS=4 is the large one; what it takes then is near to what the cores allow.
"""

import os
import time

import httpx

from bench.campaigns import ROOT
from bench.measuring import FANOUT, Cost, measure
from bench.reporting import Report
from bench.room.crews import POOL, shared
from bench.room.load import LOCALES, Load, a_load

VARIANTS = int(os.environ.get("BENCH_VARIANTS", "60"))
WORKERS = tuple(map(int, os.environ.get("BENCH_WORKERS", "1 2 4").split()))
JOB_S, FRAMES = 0.5, 12


def run(report: Report) -> None:
    """Report each crew on a load of its own; CPU is of the run and all workers, memory of the largest process tree."""
    costs: dict[str, Cost] = {}
    for workers in WORKERS:
        with a_load(VARIANTS, JOB_S, frames=FRAMES, markets=tuple(LOCALES), work_pool=POOL) as load:
            cost, again = _measured(load, workers)
        costs[f"{workers} worker{'s' if workers > 1 else ''}"] = cost
        costs[f"{workers}, run again"] = again
    report.table(f"{VARIANTS} variants x 6 ratios by a crew", costs)


def _measured(load: Load, workers: int) -> tuple[Cost, Cost]:
    argv = [*FANOUT, "run", "--draft", "--yes", "--campaign", str(load.folder / "campaign.toml")]
    with shared(load.folder / "crew", "load", workers, load.emulator.environment()) as (environment, worked):
        environment["PYTHONPATH"] = str(ROOT)
        cost = measure(argv, cwd=load.folder, environment=environment)
        lag = _server_lag_s(environment["PREFECT_API_URL"])
        again = measure(argv, cwd=load.folder, environment=environment)
    _print_flow(load, worked.samples, lag)
    return Cost(cost.wall_s, cost.cpu_s + worked.cpu_s, max(cost.peak_mb, worked.peak_mb)), again


def _server_lag_s(api: str) -> float:
    """Seconds from the run's own end until the server shows every run of the campaign as ended."""
    began = time.monotonic()
    open_runs = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING", "SCHEDULED", "CANCELLING"]}}}}
    while httpx.post(f"{api}/flow_runs/count", json=open_runs, trust_env=False).json():
        time.sleep(0.1)
    return time.monotonic() - began


def _print_flow(load: Load, samples: list[float], lag_s: float) -> None:
    """What a table of totals hides: nothing bought twice, whether memory grows, how late the server is."""
    charges = [charge for charge in load.emulator.books.bill() if not charge.refunded]
    things = {(charge.operation, charge.prompt, charge.ratio) for charge in charges}
    films = len(list((load.folder / "out/load/deliverables").rglob("*.mp4")))
    thirds = [samples[at * len(samples) // 3 : (at + 1) * len(samples) // 3] or [0.0] for at in range(3)]
    peaks = " ".join(f"{max(third):.0f}" for third in thirds)
    print(f"  {len(charges)} charges for {len(things)} things, {films} films")
    print(f"  largest worker in MB, by thirds of the time: {peaks}; the server showed the end {lag_s:.1f} s after it")
    assert len(charges) == len(things), "something was bought twice"
