"""Jobs over time. What becomes of a job is settled when it is accepted; where it stands then follows from the clock."""

import asyncio
import heapq
from bisect import bisect_left, bisect_right, insort
from typing import Any

from emulator.books import Books, Charge
from emulator.clock import Clock, iso
from emulator.fates import Fates
from emulator.faults import Faults
from emulator.films import Films
from emulator.footage import NotAFilm
from emulator.job import Fate, Job, State, line_of, of_line
from emulator.journal import Journal
from emulator.options import Options
from emulator.works import Work

SLOT_S = 3600.0
"""A slot is free again after an hour, whatever became of its job (providers.md 1.7)."""


class SlotsTaken(Exception):
    """As many jobs run as the vendor allows."""


class Jobs:
    """All jobs of one emulator. Call from its event loop only."""

    def __init__(
        self, *, options: Options, clock: Clock, faults: Faults, books: Books, films: Films, journal: Journal
    ) -> None:
        self._options = options
        self._fates = Fates(options, faults)
        self._clock = clock
        self._faults = faults
        self._books = books
        self._films = films
        self._journal = journal
        self._jobs: dict[tuple[str, str], Job] = {}
        self._running: dict[str, set[str]] = {}
        self._starts: dict[str, list[float]] = {}
        self._renders: set[asyncio.Task[None]] = set()
        self._refunds: list[tuple[float, str, str]] = []
        for line in journal.kept:
            self._again(line)

    def accept(
        self,
        vendor: str,
        work: Work,
        *,
        body_sha256: str,
        job_id: str | None,
        client_id: str | None,
        queues: bool,
        answer: dict[str, Any] | None = None,
    ) -> Job:
        """Take a job and put it on the bill. `queues`: the vendor lets it wait for a slot. Raises SlotsTaken, nothing billed."""
        now = self._clock.now()
        if not queues and self.running(vendor) >= self._options.slots.get(vendor, 10):
            raise SlotsTaken
        turn = self._books.turn(vendor, work.asked)
        job = self._fates.draw(vendor, work, now, queues=queues)
        job.client_id, job.answer = client_id, answer or {}
        job.id = job_id or self._fates.name(vendor, work, taken=self._jobs)
        self._journal.append({"line": "job"} | line_of(job))
        self._books.charge(_charge(job, body_sha256, turn))
        self._enter(job)
        self._begin(job)
        return job

    def find(self, vendor: str, job_id: str) -> Job | None:
        """The job, as far as the vendor lets it be seen: not before it is visible, not after it is forgotten."""
        job = self._jobs.get((vendor, job_id))
        now = self._clock.now()
        if job is None or now < job.visible_at:
            return None
        gone_s = self._faults.number("gone_s", vendor)
        return None if gone_s and now > job.ends_at + gone_s else job

    def known(self, vendor: str, job_id: str) -> Job | None:
        """The job, whether or not the vendor lets it be seen."""
        return self._jobs.get((vendor, job_id))

    def of(self, vendor: str) -> list[Job]:
        """All jobs of a vendor, oldest first."""
        return [job for (owner, _), job in self._jobs.items() if owner == vendor]

    def all(self) -> list[Job]:
        """All jobs."""
        return list(self._jobs.values())

    def state(self, job: Job) -> State:
        """Where the job stands now."""
        now = self._clock.now()
        if job.cancelled_at is not None and now >= job.cancelled_at:
            return State.CANCELLED
        if now < job.starts_at:
            return State.QUEUED
        if job.goes_back and 0.4 < (now - job.starts_at) / (job.ends_at - job.starts_at + 1e-9) < 0.6:
            return State.QUEUED
        if now < job.ends_at or job.fate is Fate.STUCK:
            return State.RUNNING
        if job.fate is not Fate.DONE or job.broken:
            self.settle()  # whoever learns of a failure finds it paid back
            return State.FAILED
        return State.RUNNING if job.outputs is None else State.DONE

    def odd_state(self, job: Job) -> str:
        """A word that no document knows, while the job shows one; else nothing."""
        return job.odd_state if self.state(job) is State.RUNNING else ""

    def place(self, job: Job) -> int:
        """How many jobs of the same vendor wait before this one."""
        starts = self._starts[job.vendor]
        return max(0, bisect_left(starts, job.starts_at) - bisect_right(starts, self._clock.now()))

    def cancel(self, job: Job) -> bool:
        """Call a job off that has not begun; its money goes back. False when it is too late."""
        if self.state(job) is not State.QUEUED:
            return False
        job.cancelled_at = self._clock.now()
        self._journal.append({"line": "cancelled", "vendor": job.vendor, "id": job.id, "at": job.cancelled_at})
        self._books.refund(job.vendor, job.id, job.cancelled_at)
        return True

    def running(self, vendor: str) -> int:
        """How many slots are taken."""
        now = self._clock.now()
        taken = self._running.setdefault(vendor, set())
        over = (State.DONE, State.FAILED, State.CANCELLED)
        for job_id in list(taken):
            job = self._jobs[vendor, job_id]
            if now > job.accepted_at + SLOT_S or (now >= job.ends_at and self.state(job) in over):
                taken.discard(job_id)
        return len(taken)

    def settle(self) -> None:
        """Give back the money of every failed job whose time has come."""
        now = self._clock.now()
        while self._refunds and self._refunds[0][0] <= now:
            ended, vendor, job_id = heapq.heappop(self._refunds)
            if self._jobs[vendor, job_id].cancelled_at is None:
                self._books.refund(vendor, job_id, ended)

    def resume(self) -> None:
        """After a restart: make the films of jobs that were accepted before. Call once, in the event loop."""
        for job in self._jobs.values():
            self._begin(job)

    def _enter(self, job: Job) -> None:
        self._jobs[job.vendor, job.id] = job
        self._running.setdefault(job.vendor, set()).add(job.id)
        insort(self._starts.setdefault(job.vendor, []), job.starts_at)
        if job.fate in (Fate.FAILED, Fate.MODERATED):
            heapq.heappush(self._refunds, (job.ends_at, job.vendor, job.id))

    def _begin(self, job: Job) -> None:
        """Start to make the film, so that it is there when the job ends."""
        if job.fate is Fate.DONE:
            task = asyncio.get_running_loop().create_task(self._render(job))
            self._renders.add(task)
            task.add_done_callback(self._renders.discard)

    async def _render(self, job: Job) -> None:
        try:
            job.outputs = await self._films.outputs(job.vendor, job.id, job.work, job.flaws)
        except NotAFilm as error:
            # A source that can be measured but not decoded: the vendor finds out while it works.
            job.broken = str(error)
            heapq.heappush(self._refunds, (job.ends_at, job.vendor, job.id))

    def _again(self, line: dict[str, Any]) -> None:
        kind = line.pop("line")
        if kind == "cancelled":
            self._jobs[line["vendor"], line["id"]].cancelled_at = line["at"]
            return
        self._enter(of_line(line))


def _charge(job: Job, body_sha256: str, turn: int) -> Charge:
    work = job.work
    return Charge(
        vendor=job.vendor,
        job=job.id,
        client_id=job.client_id,
        body_sha256=body_sha256,
        asked=work.asked,
        turn=turn,
        operation=work.operation,
        prompt=work.prompt,
        source=work.source,
        resolution=work.resolution,
        ratio=work.ratio,
        usd=work.usd,
        at=iso(job.accepted_at),
    )
