"""1,000 two-stage jobs of two seconds at fifty slots: the full path beside a plain script and another engine.

Celery's fifty threads serve looks and reframes alike, eight and forty-two the others: it may be quicker than the ideal. What is
measured of it is its worker; its broker and the Prefect server are not.
"""

import os
import subprocess
import time
from threading import Timer

from bench.campaigns import ROOT
from bench.measuring import FANOUT, Cost, measure
from bench.peers import PEERS, has
from bench.reporting import Report
from bench.room.ideal import ideal_s
from bench.room.load import JOB_S, LOOK_SLOTS, RATIOS, REFRAME_SLOTS, Load, a_load

VARIANTS = int(os.environ.get("BENCH_VARIANTS", "167"))
REDIS = "redis://127.0.0.1:6379/9"
MOST = 1.10
"""Times the ideal: DESIGN's target for a makespan."""


def run(report: Report) -> None:
    """Report the makespans, each on a load of its own: what is bought once is not bought again."""
    ideal = ideal_s(VARIANTS, len(RATIOS), LOOK_SLOTS, REFRAME_SLOTS, JOB_S)
    costs: dict[str, Cost] = {}
    for name, measured in (("plain script", _bare), ("Fanout", _full), ("Celery", _celery)):
        with a_load(VARIANTS) as load:
            cost = measured(load)
        if cost is not None:
            costs[name] = cost
    report.table(f"makespan of {VARIANTS * (1 + len(RATIOS))} jobs", costs)
    for name, cost in costs.items():
        report.within(f"makespan of {name} in s, against the ideal", cost.wall_s, ideal, MOST)


def _full(load: Load) -> Cost:
    return _measured(load, "bench.room.full")


def _bare(load: Load) -> Cost:
    return _measured(load, "bench.room.bare")


def _measured(load: Load, module: str, *words: str) -> Cost:
    argv = [FANOUT[0], "-m", module, str(load.folder / "campaign.toml"), *words]
    return measure(argv, cwd=load.folder, environment=load.environment() | {"PYTHONPATH": str(ROOT)})


def _celery(load: Load) -> Cost | None:
    if not has("celery") or not has("redis") or not _redis_answers():
        return None
    jobs = load.folder / "jobs.json"
    _measured(load, "bench.room.bare", str(jobs))
    environment = {
        **os.environ,
        **load.environment(),
        "BENCH_REDIS": REDIS,
        "BENCH_QUEUE": load.folder.name,
        "PYTHONPATH": str(ROOT / "bench" / "room"),
    }
    worker = subprocess.Popen(
        [PEERS, "-m", "celery", "-A", "celery_jobs", "worker", "--pool=threads", "--concurrency=50", "-l", "ERROR"],
        cwd=load.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(5)  # its start is not measured
    try:
        argv = [str(PEERS), str(ROOT / "bench" / "room" / "celery_jobs.py"), str(jobs)]
        client = measure(argv, cwd=load.folder, environment=environment)
    finally:
        worker.terminate()
        last = Timer(30, worker.kill)
        last.start()
        _, _, usage = os.wait4(worker.pid, 0)
        worker.returncode = 0
        last.cancel()
    return Cost(client.wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _redis_answers() -> bool:
    ping = f"import redis; redis.Redis.from_url({REDIS!r}).ping()"
    if subprocess.run([PEERS, "-c", ping], capture_output=True).returncode == 0:
        return True
    print("  Celery is not measured: no Redis server answers on this machine")
    return False
