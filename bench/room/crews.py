"""The machines of the tests, for measuring: a Prefect server and a ledger on PostgreSQL, a bucket, workers with own homes."""

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.campaigns import ROOT
from bench.measuring import resident_mb

sys.path.append(str(ROOT / "tests"))  # its crew is one for the eyes of a bench too

from machines.crew import POOL, Machine, crew, database, open_pool, prefect_on_postgresql
from object_storage import object_storage

__all__ = ["POOL", "Worked", "shared"]


class Worked:
    """What the workers took while the block lasted: CPU seconds of all, MB of the largest at its worst, as sampled."""

    def __init__(self, machines: Sequence[Machine]) -> None:
        self.cpu_s, self.peak_mb, self.samples = 0.0, 0.0, list[float]()
        self._pids = [machine.pid for machine in machines]
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Worked":
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()
        self.cpu_s = sum(map(_cpu_s, self._pids))

    def _look(self) -> None:
        while not self._over.wait(1.0):
            largest = max((resident_mb(pid) for pid in self._pids), default=0.0)
            self.samples.append(largest)
            self.peak_mb = max(self.peak_mb, largest)


@contextmanager
def shared(
    folder: Path, campaign: str, workers: int, vendor: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], Worked]]:
    """What several machines share, and `workers` of them idle and waiting; yields a run's variables and the watch."""
    with ExitStack() as standing:
        prefect = standing.enter_context(prefect_on_postgresql(folder / "prefect"))
        ledger = standing.enter_context(database())
        storage = standing.enter_context(object_storage(folder / "storage"))
        environment = {**vendor, **prefect, **storage.environment(), "FANOUT_DATABASE_URL": f"postgresql://{ledger}"}
        open_pool(prefect["PREFECT_API_URL"], campaign)
        names = tuple(f"worker-{number}" for number in range(1, workers + 1))
        machines = standing.enter_context(crew(folder, names, environment))
        time.sleep(8)  # their start is not measured
        yield environment, standing.enter_context(Worked(machines))


def _cpu_s(pid: int) -> float:
    """Of a process and of those below it that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
