"""One accepted job, and the words for where it stands."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from emulator.films import Flaws
from emulator.works import Blob, Work, as_json, of_json


class State(StrEnum):
    """Where a job stands; each vendor has its own words for it."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Fate(StrEnum):
    """What becomes of a job. FAILED and MODERATED are refunded, BILLED is a failure that costs."""

    DONE = "done"
    FAILED = "failed"
    BILLED = "billed"
    MODERATED = "moderated"
    STUCK = "stuck"


@dataclass(slots=True, kw_only=True)
class Job:
    """One accepted job. `answer` is for its vendor: whatever it must repeat later (the request's model, ttl ...)."""

    id: str
    vendor: str
    client_id: str | None
    work: Work
    accepted_at: float
    starts_at: float
    ends_at: float
    fate: Fate
    flaws: Flaws
    answer: dict[str, Any] = field(default_factory=dict)
    odd_state: str = ""
    goes_back: bool = False
    empty_until: float = 0.0
    visible_at: float = 0.0
    cancelled_at: float | None = None
    outputs: dict[str, Blob] | None = None
    broken: str = ""
    downloads: int = 0


def line_of(job: Job) -> dict[str, Any]:
    """A job as a line of the journal has it."""
    told = {name: getattr(job, name) for name in Job.__dataclass_fields__}
    for passing in ("outputs", "broken", "downloads"):
        del told[passing]
    return told | {"work": as_json(job.work), "flaws": job.flaws.as_json(), "fate": str(job.fate)}


def of_line(line: dict[str, Any]) -> Job:
    """A job from a line of the journal."""
    return Job(**line | {"work": of_json(line["work"]), "fate": Fate(line["fate"]), "flaws": Flaws(**line["flaws"])})
