"""The master report: what was measured of the master edit, what it means, and which limits of the providers it breaks."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a fact means: nothing; it was mended, or will be; a person should know; it stops the campaign."""

    FINE = "fine"
    MENDED = "mended"
    TOLD = "told"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fact:
    """One measured fact: its name, its value as people write it, and, unless it is fine, a sentence that says what of it."""

    name: str
    value: str
    verdict: Verdict = Verdict.FINE
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLimit:
    """A limit of one provider that the master breaks, and the fix that will be applied or why there is none."""

    provider: str
    rule: str
    problem: str
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True)
class MasterReport:
    """All facts in the order they are shown, and every broken limit, providers in the catalogue's order."""

    facts: tuple[Fact, ...]
    limits: tuple[BrokenLimit, ...]
