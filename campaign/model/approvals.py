"""Decisions about drafts: what a person saw, in which words it was asked for, and what was decided."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What a person decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Take:
    """The modify result that a draft shows in frames [start_frame, end_frame) of the master, by its sha256 in the store."""

    start_frame: int
    end_frame: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A decision about one draft film. Void as soon as the file or the words are others.

    `file` is the draft's path relative to out/<campaign>, `file_sha256` its hash. `prompt_sha256` is the hash of all prompts
    that the film hangs on, and of what steers them (planning.words). `model` is the engine that made the draft. `by` is who
    decided, `at` when (UTC).
    """

    campaign: str
    variant: str
    ratio: str
    verdict: Verdict
    file: str
    file_sha256: str
    prompt_sha256: str
    model: str
    takes: tuple[Take, ...]
    by: str
    at: datetime
    note: str = ""
