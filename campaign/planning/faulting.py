"""How planning words a fault: in which file, where, and which known name was meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from campaign.model.campaign import Campaign
from campaign.model.edit import Shot
from campaign.model.faults import Fault, Level

LIKE = 0.55
"""How alike (0 to 1.1) two words must be for one to be offered in place of the other."""


def close(word: str, known: Iterable[str]) -> str | None:
    """The known name that a wrong word most likely meant; the first letter is seldom the wrong one."""
    likeness = {name: _likeness(word.casefold(), name.casefold()) for name in known}
    best = max(likeness, key=lambda name: likeness[name], default=None)
    return best if best is not None and likeness[best] >= LIKE else None


def _likeness(word: str, name: str) -> float:
    return SequenceMatcher(None, word, name).ratio() + (0.1 if word[:1] == name[:1] else 0.0)


def in_campaign(
    campaign: Campaign,
    place: str,
    problem: str,
    cure: str,
    rule: str,
    *,
    level: Level = Level.ERROR,
    value: str | None = None,
    known: Iterable[str] = (),
) -> Fault:
    """A fault at a key of campaign.toml; `known` are names among which the nearest is looked for."""
    return Fault(
        file=campaign.shown(campaign.file),
        place=place,
        problem=problem,
        cure=cure,
        rule=rule,
        level=level,
        value=value,
        nearest=close(value, known) if value is not None else None,
    )


def shot_place(shot: Shot, index: int) -> str:
    """Where campaign.toml tells of a shot: its own `[[shots]]`, or the key that brings the cuts."""
    if shot.entry is not None:
        return f"shots[{shot.entry}]"
    return "inputs.cuts" if shot.found else f"shots[{index}]"


def in_sheet(campaign: Campaign, line: int, problem: str, cure: str, rule: str, *, value: str | None = None) -> Fault:
    """An error of one row; `line` is the row's line in the sheet (from 1)."""
    file = campaign.shown(campaign.sheet)
    return Fault(file=file, place=f"{line}:1", problem=problem, cure=cure, rule=rule, value=value)


def unknown_provider(campaign: Campaign, provider: str, known: Iterable[str]) -> Fault:
    """The fault of a provider that the catalogue does not have, named in campaign.toml or on the command line."""
    names = tuple(known)
    cure = f"Choose one of {', '.join(names)}."
    problem = "there is no such provider"
    return in_campaign(campaign, "provider.name", problem, cure, "provider.name", value=provider, known=names)
