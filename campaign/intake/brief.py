"""Reads everything a campaign consists of, and names every fault of every file at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from campaign.errors import InputError
from campaign.intake.art import with_art
from campaign.intake.campaign_file import read_leniently
from campaign.intake.catalogue import read_catalogue
from campaign.intake.days import Days, days_at
from campaign.intake.looks import read_looks
from campaign.intake.matrix import Matrix
from campaign.intake.names import markets_known, placements_known, template_named, template_names_known
from campaign.intake.nearest import nearest
from campaign.intake.own_sheet import own_sheet
from campaign.intake.reading import Spot
from campaign.intake.specs import with_own_specs
from campaign.intake.stills import with_stills
from campaign.intake.templates import read_templates, template_names
from campaign.intake.variants import Known, SheetReading, read_variants
from campaign.model.campaign import Brief, Campaign
from campaign.model.catalogue import Catalogue
from campaign.model.faults import Fault, Level
from campaign.model.jobs import Operation
from campaign.model.looks import LookBook
from campaign.model.prompts import Template
from campaign.model.sheets import SheetCopy
from campaign.model.variants import Variant

Obtain = Callable[[Campaign], SheetCopy]
"""Gets the sheet as it is now. Raises InputError with the fault that keeps it from being read."""


@dataclass(frozen=True, slots=True)
class BriefReading:
    """What could be read of a campaign; `brief` is None when nothing could.

    `places` gives `line:column` of a cell of the sheet. Unless it is `sound`, the brief lacks what is faulty: it is good for
    finding more faults, and for nothing else. `sheet` is what it was read from, None when there was nothing to read.
    """

    brief: Brief | None
    faults: tuple[Fault, ...]
    sound: bool
    places: Callable[[int, str | None], str] = SheetReading((), (), "").place
    sheet: SheetCopy | None = None


def read_brief(
    campaign_file: Path, *, today: date | None = None, skip_bad: bool = False
) -> tuple[Brief | None, tuple[Fault, ...]]:
    """The brief, and every fault of every file; no brief while any error remains. Never raises for bad input.

    `today` decides which rows are due (default: now, in each market's time zone). With `skip_bad` a faulty row becomes a
    variant to skip, and its faults, though listed, stop nothing.
    """
    reading = read_all(campaign_file, today=today, skip_bad=skip_bad)
    return reading.brief if reading.sound else None, reading.faults


def read_all(
    campaign_file: Path, *, today: date | None = None, skip_bad: bool = False, obtain: Obtain = own_sheet
) -> BriefReading:
    """As `read_brief`, but the brief comes with faults too, so that master and templates can be checked besides."""
    catalogue = read_catalogue()
    reading = read_leniently(campaign_file, catalogue)
    campaign = reading.campaign
    if campaign is None:
        return BriefReading(None, reading.faults, sound=False)
    campaign, art_faults = with_art(campaign)
    spot = Spot(campaign.file.name)
    faults = [*reading.faults, *art_faults, *_absences(campaign, reading.faults, spot), *_unread(campaign, spot)]
    if campaign.specs is not None:
        catalogue, spec_faults = with_own_specs(campaign.specs, catalogue, campaign.file.name)
        faults += (*spec_faults, *placements_known(campaign, catalogue, spot))
    words = _read_words(campaign)
    faults += words.faults
    faults += (
        template_names_known(campaign, words.templates, words.present, spot) if campaign.templates.is_dir() else ()
    )
    days = Days(today) if today else days_at(datetime.now(UTC), campaign)
    campaign, copy, unread = _obtained(campaign, obtain)
    faults += unread
    sheet = _read_sheet(campaign, copy, reading.matrix, words, catalogue, days, skip_bad)
    faults += template_named(campaign, sheet.variants, spot)
    faults += markets_known(campaign, sheet.variants, spot)
    stopping = any(fault.level is Level.ERROR for fault in (*faults, *sheet.stopping))
    faults += sheet.faults
    brief = Brief(
        campaign=campaign,
        variants=sheet.variants,
        templates=words.templates,
        looks=words.looks,
        catalogue=catalogue,
        sheet_sha256=sheet.sha256,
        today=days.campaign,
        sheet_origin=copy.origin if copy else None,
    )
    return BriefReading(brief, tuple(faults), sound=not stopping, places=sheet.places, sheet=copy)


@dataclass(frozen=True, slots=True)
class _Words:
    """The templates folder: sound templates, the names of all that rows may ask for, the look book."""

    templates: dict[str, Template]
    present: frozenset[str]
    looks: LookBook
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The sheet as read; `stopping` are those of its faults that concern more than rows to be skipped."""

    variants: tuple[Variant, ...]
    faults: tuple[Fault, ...]
    stopping: tuple[Fault, ...]
    sha256: str
    places: Callable[[int, str | None], str] = SheetReading((), (), "").place


def _absences(campaign: Campaign, said: tuple[Fault, ...], spot: Spot) -> Iterator[Fault]:
    """Files and folders of [inputs] that are not there; those whose key is faulty are not asked for."""
    cures = {
        "master": "Run `fanout sample` to make one to try, or set [inputs] master to the approved cut.",
        "variants": "Make it with the columns market, season and demographic, or set [inputs] variants.",
        "templates": "Make the folder and put .j2 files in it, or set [inputs] templates.",
    }
    own = campaign.sheet if campaign.sheet_url is None else None
    files = {"master": campaign.master, "variants": own, "cuts": campaign.cuts}
    folders = {
        "templates": campaign.templates,
        "assets": campaign.assets,
        "fonts": campaign.fonts,
        "specs": campaign.specs,
    }
    faulty = {fault.rule for fault in said if fault.level is Level.ERROR}
    for key, path in (*files.items(), *folders.items()):
        if path is None or f"inputs.{key}" in faulty or "inputs" in faulty:
            continue
        there, kind = (path.is_file(), "file") if key in files else (path.is_dir(), "folder")
        if not there:
            problem = f"{key} is not a {kind}" if path.exists() else f"there is no {kind} for {key}"
            cure = cures.get(key, "Correct the path, or delete the key.")
            near = _beside(path)
            yield spot.at("inputs", key).fault(problem, cure, value=campaign.shown(path), nearest=near)


def _beside(path: Path) -> str | None:
    """The name in the same folder that was most likely meant."""
    try:
        return nearest(path.name, sorted(other.name for other in path.parent.iterdir() if other != path))
    except OSError:
        return None


def _unread(campaign: Campaign, spot: Spot) -> Iterator[Fault]:
    """Keys of campaign.toml that nothing reads so far: said, so that nobody relies on them."""
    for key in ("fonts",):
        if getattr(campaign, key) is not None:
            cure = "Delete the key, or leave it for a later version."
            yield spot.at("inputs", key).fault(f"{key} is not used yet", cure, level=Level.WARNING)


def _read_words(campaign: Campaign) -> _Words:
    if not campaign.templates.is_dir():
        return _Words({}, frozenset(), LookBook({}, {}, {}), ())
    templates, faults = read_templates(campaign.templates)
    looks, look_faults = read_looks(campaign.templates)
    ready, still_faults = with_stills(templates, campaign.assets or campaign.root)
    return _Words(ready, template_names(campaign.templates), looks, (*faults, *look_faults, *still_faults))


def _obtained(campaign: Campaign, obtain: Obtain) -> tuple[Campaign, SheetCopy | None, tuple[Fault, ...]]:
    """The sheet, and the campaign with the place of its copy. A file that is not there has its fault already."""
    if campaign.sheet_url is None and not campaign.sheet.is_file():
        return campaign, None, ()
    try:
        copy = obtain(campaign)
    except InputError as error:
        return campaign, None, error.faults
    return replace(campaign, sheet=copy.file), copy, ()


def _read_sheet(
    campaign: Campaign,
    copy: SheetCopy | None,
    matrix: Matrix,
    words: _Words,
    catalogue: Catalogue,
    days: Days,
    skip_bad: bool,
) -> _Sheet:
    if copy is None:
        return _Sheet((), (), (), "")
    reframes = {name for name, template in words.templates.items() if template.operation == Operation.REFRAME}
    known = Known(
        templates=words.present - reframes,
        placements=frozenset(catalogue.placements),
        provider_names=frozenset(catalogue.providers),
    )
    file = campaign.shown(campaign.sheet)
    reading = read_variants(copy.data, file, known=known, matrix=matrix, days=days, skip_bad=skip_bad)
    faults = reading.faults
    if not campaign.templates.is_dir():  # one fault has said so; a fault for each row would bury it
        faults = tuple(fault for fault in faults if fault.rule != "csv.template")
    return _Sheet(reading.variants, faults, reading.stopping, reading.sha256, reading.place)
