"""Draws what becomes of a job: how long it takes, how it ends, what is wrong with it on the way."""

import heapq
import uuid
from collections.abc import Callable, Container

from emulator.faults import Faults
from emulator.films import flaws_of
from emulator.job import Fate, Job
from emulator.options import Options
from emulator.works import Work

_ODD_IDS: dict[str, Callable[[str], str]] = {
    "long": lambda plain: plain.replace("-", "") * 6,
    "short": lambda plain: plain[:6],
    "upper": str.upper,
    "odd": lambda plain: f"gen_{plain[:8]}.A~{plain[9:13]}",
}


class Fates:
    """Settles a job when it is accepted, by the options, the faults in force and the seed."""

    def __init__(self, options: Options, faults: Faults) -> None:
        self._options = options
        self._faults = faults
        self._free_at: dict[str, list[float]] = {}

    def draw(self, vendor: str, work: Work, now: float, *, queues: bool) -> Job:
        """A job that is accepted now and has no name yet. `queues`: it waits until one of the vendor's slots is free."""
        about = f"{vendor} {work.asked}"
        starts, ends = self._times(vendor, now, about, queues)
        faults = self._faults
        odd = faults.strikes("p_odd_state", vendor, about)
        empty = faults.strikes("p_no_output", vendor, about)
        return Job(
            id="",
            vendor=vendor,
            client_id=None,
            work=work,
            accepted_at=now,
            starts_at=starts,
            ends_at=ends,
            fate=self._fate(vendor, work, about),
            flaws=flaws_of(faults, vendor, about),
            odd_state=faults.word("odd_state", vendor) if odd else "",
            goes_back=faults.strikes("p_back", vendor, about),
            empty_until=ends + faults.number("no_output_s", vendor) if empty else 0.0,
            visible_at=now + faults.number("visible_s", vendor),
        )

    def name(self, vendor: str, work: Work, taken: Container[tuple[str, str]]) -> str:
        """A new id, as the vendor makes them."""
        drawn = self._faults.chance("job id", f"{vendor} {work.asked}").getrandbits(128)
        while True:
            plain = str(uuid.UUID(int=drawn, version=4))
            name = _ODD_IDS.get(self._faults.word("odd_id", vendor), str)(plain)
            if (vendor, name) not in taken:
                return name
            drawn = uuid.uuid4().int

    def _times(self, vendor: str, now: float, about: str, queues: bool) -> tuple[float, float]:
        """When it begins and when it ends."""
        least, most = self._span(vendor)
        takes = least + (most - least) * self._faults.draw("takes", about)
        begins = now + min(0.2, takes / 10)
        if queues:
            free = self._free_at.setdefault(vendor, [0.0] * self._options.slots.get(vendor, 10))
            begins = max(begins, free[0])
            heapq.heapreplace(free, begins + takes)
        return begins, begins + takes

    def _span(self, vendor: str) -> tuple[float, float]:
        least, most = self._options.takes_s
        low, high = self._faults.number("job_min", vendor), self._faults.number("job_max", vendor)
        if high >= 0:
            least, most = min(least, high), high
        if low >= 0:
            least, most = low, max(most, low)
        return least, most

    def _fate(self, vendor: str, work: Work, about: str) -> Fate:
        faults = self._faults
        prompt = work.prompt.casefold()
        late = faults.word("mod_when", vendor) == "async"
        if late and (_holds(prompt, faults.word("mod", vendor)) or faults.strikes("p_mod", vendor, about)):
            return Fate.MODERATED
        if _holds(prompt, faults.word("fail", vendor)) or faults.strikes("p_fail", vendor, about):
            return Fate.FAILED
        if faults.strikes("p_fail_billed", vendor, about):
            return Fate.BILLED
        return Fate.STUCK if faults.strikes("p_stuck", vendor, about) else Fate.DONE


def _holds(prompt: str, word: str) -> bool:
    return bool(word) and word.casefold() in prompt
