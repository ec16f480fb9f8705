"""How a run ended, market by market, in words for a notice: what is delivered, what is missing and why, where to look."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from campaign.model.plan import Film
from flows.showing.gaps import grouped, next_steps
from tasks.tally import FilmEnd, Tally

NAMED = 5
"""So many causes are told; the gallery and the tables have them all."""
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|javascript|data|file):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one notice says of one market."""

    market: str
    delivered: int
    films: int
    text: str


def digests(
    films: Sequence[Film], tally: Tally, link: str, *, money: Sequence[str] = (), stopped: bool
) -> tuple[Digest, ...]:
    """One for each market of a run that had something to make there, in the order of the sheet; `link` leads to the gallery,
    `money` are sentences about the whole run's.

    Nothing for a market whose films this run did not touch: a notice that tells nothing teaches people not to read them.
    """
    by_market: dict[str, list[Film]] = {}
    for film in films:
        by_market.setdefault(film.variant.market, []).append(film)
    return tuple(
        _digest(market, ours, [tally.ends[film.id] for film in ours if film.id in tally.ends], link, money, stopped)
        for market, ours in by_market.items()
    )


def _digest(
    market: str, films: Sequence[Film], ends: Sequence[FilmEnd], link: str, money: Sequence[str], stopped: bool
) -> Digest:
    made = sum(end.made for end in ends)
    lines = [f"{market}: {made} of {len(films)} films delivered{', then stopped' if stopped else ''}."]
    ratios = Counter(end.film.ratio.label for end in ends if end.made)
    if ratios:
        lines.append("Delivered: " + ", ".join(f"{label} x {count}" for label, count in ratios.items()) + ".")
    lines += money
    gaps = grouped(ends)
    lines += [f"Missing: {tame(which)}: {tame(cause)}" for which, cause in gaps[:NAMED]]
    lines += [f"And {len(gaps) - NAMED} more causes."] if len(gaps) > NAMED else []
    lines += [f"Next: {step}" for step in next_steps([end for end in ends if not end.made], stopped=stopped)]
    lines.append(f"Gallery: {link}")
    return Digest(market=market, delivered=made, films=len(films), text="\n".join(lines))


def tame(text: str) -> str:
    """Text from outside on one line, without what mail, Slack and the like take for a link or a mention."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    quiet = line.replace("<", "‹").replace(">", "›").replace("@", "@\u2060")
    return _LINK.sub(lambda match: f"{match[1]}\u2060:", quiet)
