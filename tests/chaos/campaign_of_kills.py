"""One campaign, killed again and again, then brought to its end: first by nobody's help, then with an operator's."""

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chaos.judging import Verdict, judge, partial_films
from chaos.killing import Instant, kill_once
from chaos.place import RATIOS, Place
from emulator.books import Charge
from emulator.server import Emulator

DOUBT = 5


@dataclass(frozen=True)
class Ending:
    """How a campaign ended. `alone` are the films that were whole before a person resolved what was in doubt."""

    kills: tuple[str, ...]
    films: int
    alone: int
    doubts: int
    verdict: Verdict


def torment(place: Place, emulator: Emulator, *, kills: int, seed: int, rows: int, cap: Decimal) -> Ending:
    """Kill the runs of a campaign `kills` times (fewer when it is done before), then finish and judge it."""
    before, chance, done = len(emulator.books.bill()), random.Random(seed), []
    instants = list(Instant)
    for number in range(kills):
        instant = instants[(number + seed) % len(instants)]
        if not kill_once(place, emulator, instant, chance):
            break
        done.append(instant.value)
        broken = partial_films(place)
        assert not broken, f"{place.folder}: after a kill {instant.value} these are not whole films: {broken}"
    _finish(place)
    alone = judge(place, emulator, _since(emulator, before), cap).whole
    doubts = resolve(place, _since(emulator, before))
    if doubts:
        _finish(place)
    verdict = judge(place, emulator, _since(emulator, before), cap)
    return Ending(tuple(done), rows * len(RATIOS), alone, doubts, verdict)


def _since(emulator: Emulator, before: int) -> list[Charge]:
    return emulator.books.bill()[before:]


def _finish(place: Place) -> None:
    """Run until nothing is left that a run can do."""
    running = place.run()
    running.wait(300)
    assert running.returncode in (0, 3, DOUBT), (place.folder / "said.log").read_text(encoding="utf-8")[-4000:]


def resolve(place: Place, charges: list[Charge]) -> int:
    """What an operator does: look each doubtful job up in the vendor's dashboard, and say what is there."""
    attempts = place.attempts()
    known = {line["remote_id"] for line in attempts}
    unknown = [charge for charge in charges if charge.job not in known]
    doubtful = [line for line in attempts if line["state"] == "in_doubt"]
    for line in doubtful:
        found = [charge for charge in unknown if _is_of(charge, line)]
        answer = ("--paid", found[0].job) if found else ("--not-paid",)
        place.ask("jobs", "resolve", line["work_key"], *answer, "--by", "operator", "--yes", "--json")
    return len(doubtful)


def _is_of(charge: Charge, line: dict[str, Any]) -> bool:
    """Whether a charge on the dashboard is this job: the same operation, asked for in the words of its row."""
    return charge.operation == line["operation"] and f"crowd {line['variant'][-2:]}" in charge.prompt
