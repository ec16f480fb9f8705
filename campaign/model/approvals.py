"""Decisions of people: about drafts (what was seen, in which words it was asked for) and about spending (what, how dear)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
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


class SpendState(StrEnum):
    """Where an approval of spending stands: a run asks, a person agrees or refuses, or nobody answered while it waited."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendApproval:
    """What was said about buying exactly what `plan_sha256` stands for: keys, providers and prices of all jobs that would be
    bought, and the run's limit where that ends it before.

    Anything else is another plan, about which nothing was said. `price_usd` is the most that its `jobs` jobs cost.
    `left_out` are keys of variants that are not to be bought. `by` is who said it (who asks, with ASKED), `at` when (UTC).
    """

    campaign: str
    plan_sha256: str
    state: SpendState
    price_usd: Decimal
    jobs: int
    by: str
    at: datetime
    left_out: tuple[str, ...] = ()
    note: str = ""
