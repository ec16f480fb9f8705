"""What is to be said of a plan's placements: what they refuse, what only hearsay states, what is old, what nobody knows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from campaign.model.catalogue import Evidence, Placement
from campaign.model.faults import Fault, Level
from campaign.model.rates import Cadence
from campaign.model.ratios import AspectRatio
from campaign.model.variants import Variant
from campaign.planning.acceptance import Broken, evidence, refuses
from campaign.planning.asked import placements_of, ratios_of
from campaign.planning.destinations import Destinations
from campaign.planning.faulting import in_campaign
from campaign.planning.setting import Setting

OLD = timedelta(days=180)
"""Platforms change their pages; a number older than this is to be read again."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A placement (None = a ratio by name) in a ratio and a market, and the first row that asks for it. `cadence` is that
    of its films where their rate is not the master's."""

    placement: str | None
    ratio: AspectRatio
    market: str
    first: Variant
    cadence: Cadence | None = None


def placement_faults(setting: Setting, destinations: Destinations, rows: Iterable[Variant]) -> tuple[Fault, ...]:
    """Errors (a number of the destination's own that the film would break) and warnings; `rows` are those to be made."""
    first: dict[object, Variant] = {}
    for row in rows:
        first.setdefault((row.ratios, row.placements, row.market), row)
    asked: dict[tuple[str | None, AspectRatio, str], _Asked] = {}
    for row in first.values():
        for ratio in ratios_of(row, setting.campaign, setting.brief.catalogue):
            for each in destinations.of(row, ratio):
                one = _Asked(each.placement, ratio, row.market, row, each.cadence)
                asked.setdefault((one.placement, one.ratio, one.market), one)
    named = {each.placement: each for each in reversed(asked.values()) if each.placement}
    remarks = [fault for each in reversed(named.values()) for fault in _remarks(setting, each)]
    return (*_refused(setting, destinations, asked.values()), *_converted(setting, asked.values()), *remarks)


def _refused(setting: Setting, destinations: Destinations, asked: Iterable[_Asked]) -> Iterator[Fault]:
    """One fault for each number that is broken; lengths that differ by market name the markets."""
    found: dict[tuple[str | None, AspectRatio, Broken], list[_Asked]] = {}
    for each in asked:
        for one in destinations.broken(each.placement, each.ratio, each.market):
            found.setdefault((each.placement, each.ratio, one), []).append(each)
    for (name, ratio, one), askers in found.items():
        placement = setting.brief.catalogue.placements[name] if name else None
        binding = refuses(placement, one.key)
        level = Level.ERROR if binding and not setting.draft else Level.WARNING
        sold = [each.market for each in askers if placement and each.market in placement.market_seconds]
        markets = f" in {', '.join(dict.fromkeys(sold))}" if one.key == "exact_seconds" and sold else ""
        subject = f"{name or f'spec {setting.spec.id}'} ({ratio}){markets}"
        problem = f"{subject} {one.problem}{_said(evidence(placement, one.key), binding)}"
        yield _fault(setting, askers[0], problem, _cure(setting, askers[0], one, binding), one.key, level)


def _converted(setting: Setting, asked: Iterable[_Asked]) -> Iterator[Fault]:
    """One warning for each placement and ratio whose films have another rate than the master."""
    rate = setting.master.rate
    told = {(each.placement, each.ratio): each for each in reversed(list(asked)) if _paced(each, rate)}
    for each in reversed(told.values()):
        assert each.cadence is not None
        subject = f"{each.placement or f'spec {setting.spec.id}'} ({each.ratio})"
        problem = f"{subject}: {each.cadence.words(setting.master.rate)}"
        cure = 'Look at one before all are made; convert = "refuse" in a file of the specs folder forbids it.'
        yield _fault(setting, each, problem, cure, "cadence", Level.WARNING)


def _paced(asked: _Asked, rate: Fraction) -> bool:
    return asked.cadence is not None and asked.cadence.rate != rate


def _said(by: Evidence | None, binding: bool) -> str:
    if by is None or binding:
        return ""
    return f"; that is {by.trust.value.replace('_', ' ')}, not the destination's own word, so it is not judged"


def _cure(setting: Setting, asked: _Asked, each: Broken, binding: bool) -> str:
    if setting.draft and binding:
        return f"Only a warning for a draft; the final would be refused. {each.cure}."
    if not binding:
        return "Ask the destination, and write its number in a file of the specs folder."
    out = f", or take {asked.placement} out" if asked.placement else ""
    return f"{each.cure}{out}. A file of the specs folder may say another number."


def _remarks(setting: Setting, asked: _Asked) -> Iterator[Fault]:
    placement = setting.brief.catalogue.placements[str(asked.placement)]
    yield from _old(setting, asked, placement)
    if placement.market_seconds:
        yield from _unsold(setting, asked, placement)
    if placement.lacks:
        problem = f"{placement.id}: the file is made without {_and(placement.lacks)}"
        cure = "Have it made from this file by whoever hands it in."
        yield _fault(setting, asked, problem, cure, "lacks", Level.WARNING)
    for note in placement.notes:
        yield _fault(setting, asked, f"{placement.id}: {note}", "Nothing to do.", "note", Level.INFO)
    if placement.unknown:
        names = ", ".join(placement.unknown)
        problem, cure = f"{placement.id}: no source states {names}: not checked", "A file of the specs folder may."
        yield _fault(setting, asked, problem, cure, "unknown", Level.INFO)


def _and(words: tuple[str, ...]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def _old(setting: Setting, asked: _Asked, placement: Placement) -> Iterator[Fault]:
    old = [each for each in placement.evidence if each.read is not None and setting.brief.today - each.read > OLD]
    if old:
        first = min(old, key=lambda each: each.read or setting.brief.today)
        numbers = ", ".join(dict.fromkeys(key for each in old for key in each.of))
        problem = f"{placement.id}: {numbers} were read on {first.read}, more than {OLD.days} days ago"
        cure = f"Look at {first.source} again, and write what it says now in a file of the specs folder."
        yield _fault(setting, asked, problem, cure, "old", Level.WARNING)


def _unsold(setting: Setting, asked: _Asked, placement: Placement) -> Iterator[Fault]:
    """Markets of which nobody says what lengths are sold in them."""
    markets = dict.fromkeys(
        row.market
        for row in setting.brief.variants
        if row.skip is None and placement.id in placements_of(row, setting.campaign)
    )
    if left := [market for market in markets if market not in placement.market_seconds]:
        problem = f"{placement.id}: no source states the lengths sold in {', '.join(left)}: not checked"
        cure = "Ask the destination; market_seconds in a file of the specs folder says them."
        yield _fault(setting, asked, problem, cure, "exact_seconds", Level.WARNING)


def _fault(setting: Setting, asked: _Asked, problem: str, cure: str, rule: str, level: Level) -> Fault:
    """At the key of campaign.toml that asks for the placement, else at the row."""
    campaign, rule = setting.campaign, f"placement.{rule}"
    if asked.placement is None:
        return in_campaign(campaign, "output.ratios", problem, cure, rule, level=level)
    if asked.first.placements is None:
        place = f"output.placements[{campaign.placements.index(asked.placement)}]"
        return in_campaign(campaign, place, problem, cure, rule, level=level)
    file = campaign.shown(campaign.sheet)
    return Fault(file=file, place=f"{asked.first.line}:1", problem=problem, cure=cure, rule=rule, level=level)
