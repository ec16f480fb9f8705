"""Everything that vendor modules work with, in one hand."""

import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from emulator.blobs import Blobs
from emulator.books import Books
from emulator.calls import Call, Trouble, Troubled
from emulator.clock import Clock
from emulator.faults import Faults
from emulator.films import FILM, Films
from emulator.footage import Footage
from emulator.hooks import Hooks
from emulator.job import Job
from emulator.jobs import Jobs, SlotsTaken
from emulator.journal import Journal
from emulator.keyring import Keyring
from emulator.links import DeadLink, Links
from emulator.options import Options
from emulator.throttle import Throttle
from emulator.victim import Victim
from emulator.works import Blob, Film, Work

STORAGE_TTL_S = 3600.0
EVIL = {
    "metadata": "http://169.254.169.254/latest/meta-data/iam",
    "file": "file:///etc/passwd",
    "private": "https://10.0.0.1/film.mp4",
    "http": "http://example.com/film.mp4",
    "userinfo": "https://user:word@example.com/film.mp4",
    "relative": "/media/film.mp4",
}


class World:
    """One emulator's books, faults, media and jobs; `jobs` and `footage` belong to its event loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock()
        self.faults = Faults(options.seed, self.clock, options.faults)
        self.books = Books(options.bill)
        self.links = Links(options.seed, self.clock)
        self.keyring = Keyring(options.keys)
        self.victim = Victim()
        self._passing = None if options.bill else tempfile.TemporaryDirectory(prefix="emulator-")
        folder = Path(self._passing.name) if self._passing else Path(f"{options.bill}.d")
        self.folder = folder
        self._journals: list[Journal] = []
        self.blobs = Blobs(folder / "media", self.journal("tails"))
        self.footage = Footage(self.blobs, self.journal("films"))
        self.throttle = Throttle()
        self.jobs = Jobs(
            options=options,
            clock=self.clock,
            faults=self.faults,
            books=self.books,
            films=Films(self.blobs, self.footage, options.fast),
            journal=self.journal("jobs"),
        )
        self.hooks = Hooks(options.seed, self.clock, self.faults, self.jobs)

    def journal(self, name: str) -> Journal:
        """Lines that outlive this emulator where its bill does."""
        journal = Journal(self.folder / f"{name}.jsonl" if self.options.bill else None)
        self._journals.append(journal)
        return journal

    async def measure(self, blob: Blob) -> Film:
        """What is in a film. Raises NotAFilm."""
        return await self.footage.measure(blob.core)

    def accept(
        self,
        call: Call,
        work: Work,
        *,
        client_id: str | None = None,
        job_id: str | None = None,
        queues: bool = True,
        answer: dict[str, Any] | None = None,
    ) -> Job:
        """Buy a job; `answer` is what the vendor must repeat of it later.

        Raises Troubled (MODERATED, REFUSED, UNUSABLE, OUT_OF_CREDIT, SLOTS): nothing is billed then.
        """
        faults, vendor, prompt = self.faults, call.vendor, work.prompt.casefold()
        self._moderate_at_once(call, prompt)
        for name, trouble in (("reject", Trouble.REFUSED), ("reject_422", Trouble.UNUSABLE)):
            word = faults.word(name, vendor).casefold()
            if word and word in prompt:
                raise Troubled(trouble, f"The prompt was refused: it holds {word!r}.")
        factor = faults.number("price", vendor)
        billed = replace(work, usd=work.usd * Decimal(f"{factor:g}"))
        left = self.credit_left()
        if left is not None and billed.usd > left:
            raise Troubled(Trouble.OUT_OF_CREDIT)
        try:
            job = self.jobs.accept(
                vendor,
                billed,
                body_sha256=call.body_sha256,
                job_id=job_id,
                client_id=client_id,
                queues=queues,
                answer=answer,
            )
        except SlotsTaken:
            raise Troubled(Trouble.SLOTS) from None
        call.accepted.append(job)
        return job

    def credit_left(self) -> Decimal | None:
        """USD that may still be spent; None when there is no end."""
        self.jobs.settle()
        told = self.faults.number("credit")
        credit = Decimal(str(told)) if told >= 0 else self.options.credit_usd
        return None if credit is None else credit - self.books.spent()

    def result_url(
        self, call: Call, job: Job, output: str = FILM, ttl_s: float | None = STORAGE_TTL_S, *, cdn: bool = False
    ) -> str:
        """A new address of a job's result for `ttl_s`: presigned, or as a CDN has it (`cdn`, where None means for ever).

        The fault url_ttl shortens either.
        """
        evil = self.faults.word("evil_url", call.vendor)
        name = f"job/{job.vendor}/{job.id}/{output}.{self.ending(job, output)}"
        if evil:
            return EVIL.get(evil) or f"{call.base}/_emulator/{evil}"
        short = self.faults.number("url_ttl", call.vendor)
        if cdn or ttl_s is None:
            return self.links.cdn(call.base, name, short or ttl_s)
        return self.links.storage(call.base, name, short or ttl_s)

    def ending(self, job: Job, output: str) -> str:
        """The name's ending of an output: mp4, zip or exr."""
        return "mp4" if output == FILM else job.flaws.exr

    def shows_output(self, job: Job) -> bool:
        """Whether a finished job shows its output already."""
        return self.clock.now() >= job.empty_until

    def blob_at(self, call: Call, address: str) -> Blob | None:
        """The bytes at an address of ours; None for any other host. Raises DeadLink when nothing is there (any more)."""
        name = self.links.read_address(address, call.hosts)
        return None if name is None else self.object(name)

    def object(self, name: str) -> Blob:
        """The bytes of a named object. Raises DeadLink when there is none (any more)."""
        kind, _, rest = name.partition("/")
        try:
            if kind == "blob":
                return self.blobs.of(rest.partition("/")[0])
            vendor, job_id, file = rest.split("/", 2)
            job = self.jobs.known(vendor, job_id)
            return (job.outputs if job and job.outputs else {})[file.partition(".")[0]]
        except (KeyError, ValueError):
            raise DeadLink(expired=False) from None

    def odd_fields(self, vendor: str) -> dict[str, Any]:
        """Fields that no document knows, while the fault extra_fields says so."""
        if not self.faults.number("extra_fields", vendor):
            return {}
        return {"x_region": "eu-9", "progress_detail": {"stage": 3, "of": None}, "costCenter": ["a", 1, {"deep": True}]}

    def close(self) -> None:
        """Let files go; without a bill everything is deleted."""
        self.books.close()
        self.footage.close()
        for journal in self._journals:
            journal.close()
        self.victim.forget()
        if self._passing:
            self._passing.cleanup()

    def _moderate_at_once(self, call: Call, prompt: str) -> None:
        if self.faults.word("mod_when", call.vendor) != "sync":
            return
        word = self.faults.word("mod", call.vendor).casefold()
        if (word and word in prompt) or self.faults.strikes("p_mod", call.vendor, call.about):
            raise Troubled(Trouble.MODERATED, "The prompt was refused by content moderation.")
