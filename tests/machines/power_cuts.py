"""One campaign made by several machines, some of which lose their power; told by the vendor's bill and the films on disk."""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from chaos.campaign_of_kills import DOUBT, resolve
from chaos.judging import films_of
from chaos.place import RATIOS, make_place
from machines.crew import POOL, Machine, crew, database, open_pool, prefect_on_postgresql
from object_storage import object_storage

from emulator.options import Options
from emulator.server import Emulator

SLOTS = 2
MORE = f"""
[machines]
work_pool = "{POOL}"

[provider.slots.luma]
modify = {SLOTS}
reframe = {SLOTS}
"""
PATIENCE_S = 180


@dataclass(frozen=True)
class Outcome:
    """How it ended. `asked` counts charges for the same thing, `refused` requests that passed the vendor's slots,
    `kept` files in the bucket at the first cut and at the end, `said` is what the run told."""

    code: int
    charges: int
    asked: tuple[int, ...]
    refused: int
    films: int
    wanted: int
    broken: tuple[str, ...]
    kept: tuple[int, int]
    said: str

    @property
    def sound(self) -> bool:
        """Whether all is there, and paid once."""
        return not self.broken and self.code == 0 and self.films == self.wanted and set(self.asked) == {1}


def campaign_with_cuts(
    folder: Path, *, rows: int, names: tuple[str, ...], cuts: int, seed: int = 0, answered: bool = False
) -> Outcome:
    """Make `rows` variants in two markets on the machines called `names`, `cuts` of which lose their power in mid-work, when
    nothing that was asked of the vendor waits for its answer (`answered`) or at any moment: then what is in doubt is
    resolved, as a person would do from the vendor's dashboard.

    The vendor takes as many jobs as the campaign has slots for, all machines together, and refuses one more.
    """
    chance = random.Random(seed)
    with (
        prefect_on_postgresql(folder / "prefect") as prefect,
        database() as ledger,
        object_storage(folder / "storage") as storage,
        Emulator(Options(fast=True, seed=seed, takes_s=(1.0, 2.0), slots={"luma": 2 * SLOTS})) as emulator,
    ):
        place = make_place(
            folder / "campaign",
            "luma",
            rows,
            cap=str(rows),
            vendor=emulator.environment() | storage.environment(),
            prefect=prefect,
            database=f"postgresql://{ledger}",
            markets=("DE", "FR"),
            more=MORE,
        )
        open_pool(prefect["PREFECT_API_URL"], "chaos")
        with crew(folder, names, place.environment) as machines, place.run() as running, _ending(running):
            alive, first = list(machines), 0
            for _ in range(cuts):
                doomed = _at_work(alive, chance)
                if answered:
                    _wait_for_answers(doomed, f"postgresql://{ledger}")
                assert doomed.power_cut() >= 2, f"its flow run ran in the worker itself: {doomed.said()}"
                alive.remove(doomed)
                first = first or len(storage.objects())
            code = running.wait(3 * PATIENCE_S)
            if code == DOUBT and resolve(place, emulator.books.bill()):
                with place.run() as again, _ending(again):
                    code = again.wait(3 * PATIENCE_S)
        charges = [charge for charge in emulator.books.bill() if not charge.refunded]
        films, broken = films_of(place)
        return Outcome(
            code=code,
            charges=len(charges),
            asked=tuple(Counter((charge.operation, charge.prompt, charge.ratio) for charge in charges).values()),
            refused=sum(seen.status == 429 for seen in emulator.books.requests()),
            films=films,
            wanted=rows * len(RATIOS),
            broken=broken,
            kept=(first, len(storage.objects())),
            said=(place.folder / "said.log").read_text(encoding="utf-8") + "".join(each.said() for each in machines),
        )


@contextmanager
def _ending(running: "subprocess.Popen[str]") -> Iterator[None]:
    """Leave no run behind when a test fails."""
    try:
        yield
    finally:
        running.kill()


def _wait_for_answers(machine: Machine, ledger: str) -> None:
    """Return with the machine frozen in a moment when no job's answer is outstanding: it is certain what was bought."""
    with psycopg.connect(ledger, autocommit=True) as asking:
        for _ in range(2000):
            machine.freeze()
            if not asking.execute("SELECT 1 FROM job WHERE state IN ('intent', 'reconciling')").fetchone():
                return
            machine.thaw()
            time.sleep(0.01)
    raise AssertionError("there was always an answer outstanding")


def _at_work(machines: list[Machine], chance: random.Random) -> Machine:
    """One that has paid and kept something, a moment later."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        busy = [machine for machine in machines if machine.at_work]
        if busy:
            time.sleep(chance.uniform(0, 1))
            return chance.choice(busy)
        time.sleep(0.05)
    raise AssertionError("\n".join(machine.said() for machine in machines))
