"""Plan: the whole campaign as frozen data, out of what was read, measured and said."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from campaign.errors import InputError
from campaign.model.approvals import Approval
from campaign.model.campaign import Brief
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.jobs import PlannedJob
from campaign.model.money import ZERO
from campaign.model.outcomes import Reason
from campaign.model.plan import Plan, Refusal
from campaign.model.prompts import Prompt
from campaign.model.variants import Variant
from campaign.planning.approvals import settle_pins, unpinned
from campaign.planning.assembly import Assembly
from campaign.planning.checks import check_brief
from campaign.planning.counting import count_demand
from campaign.planning.demand import Demand
from campaign.planning.destinations import Destinations
from campaign.planning.expand import Script
from campaign.planning.faulting import in_campaign
from campaign.planning.jobs import JobBook
from campaign.planning.labels import Labels
from campaign.planning.naming import name_faults, parse_rule
from campaign.planning.pins import NO_STILLS, Stills
from campaign.planning.placement_faults import placement_faults
from campaign.planning.pricing import price_of_all
from campaign.planning.refusals import refuse, seams, unproved
from campaign.planning.setting import Setting, settle_setting
from campaign.planning.takes import Takes


def make_plan(
    brief: Brief,
    master: MasterEdit,
    script: Script,
    prompts: Sequence[Prompt | None],
    *,
    provider: str | None,
    draft: bool,
    editions: Mapping[tuple[str, str], int],
    faults: tuple[Fault, ...],
    decisions: Sequence[Approval] = (),
    stills: Stills = NO_STILLS,
) -> Plan:
    """Every job, film and file of a campaign, with prices and refusals.

    `prompts` answers `script.requests` one by one; a row with a prompt that could not be rendered (None) is left out as a
    bad row. `provider` None takes the campaign's. `editions` maps (variant's key, ask_key) to an edition above 1.
    `faults` are warnings found on the way here; the plan carries them on. `decisions` about drafts, oldest first, and the
    `stills` of their takes hold a final to what was approved. Raises InputError, with all faults at once, for whatever a
    person must mend first.
    """
    name = provider or brief.campaign.provider
    with _no_hunt_for_cycles():
        return _plan(brief, master, script, prompts, name, draft, editions, faults, decisions, stills)


def _plan(
    brief: Brief,
    master: MasterEdit,
    script: Script,
    prompts: Sequence[Prompt | None],
    name: str,
    draft: bool,
    editions: Mapping[tuple[str, str], int],
    faults: tuple[Fault, ...],
    decisions: Sequence[Approval],
    stills: Stills,
) -> Plan:
    found = faults_before(brief, master, name, draft)
    _raise_errors(found)
    rule, _ = parse_rule(brief.campaign)
    assert rule is not None
    setting = settle_setting(brief, master, brief.catalogue.providers[name], draft)
    takes = Takes(setting, script, prompts)
    book, labels, rows = JobBook(master, editions), Labels(setting, rule), distinct(brief.variants)
    pins, destinations = settle_pins(setting, takes, labels, rows, decisions, stills), Destinations(setting)
    assembly = Assembly(setting, takes, labels, book, pins, destinations)
    films = tuple(film for variant in rows for film in assembly.films(variant))
    made = _made(brief.variants, takes)
    placed = placement_faults(setting, destinations, made)
    _raise_errors((*placed, *name_faults(brief.campaign, films)))
    demand = count_demand(setting, takes, made)
    jobs = book.planned()
    refusals = refuse(demand, brief.catalogue.providers)
    return Plan(
        campaign=brief.campaign.name,
        brand=brief.campaign.brand,
        provider=name,
        model=setting.engine.model,
        generative=setting.engine.generative,
        resolution=setting.resolution,
        draft=draft,
        master=master,
        jobs=jobs,
        films=films,
        refusals=refusals,
        prices=_prices(setting, demand, refusals, jobs),
        faults=(*faults, *found, *placed, *_remarks(setting, demand, takes), *_unpinned(setting, decisions)),
        out=brief.campaign.out,
        sheet_sha256=brief.sheet_sha256,
        sheet_origin=brief.sheet_origin,
        notes=setting.engine.notes,
        regions=brief.campaign.regions,
    )


def faults_before(brief: Brief, master: MasterEdit, provider: str, draft: bool) -> tuple[Fault, ...]:
    """What can be told of a plan before there are prompts: errors that keep it from being made, and remarks."""
    return (*check_brief(brief, master, provider, draft), *parse_rule(brief.campaign)[1])


def distinct(variants: Iterable[Variant]) -> list[Variant]:
    """The rows, each with a key of its own: a bad row may lack one, or be bad for having another row's."""
    good = {variant.key for variant in variants if variant.skip is not Reason.BAD_ROW}
    rows: list[Variant] = []
    for variant in variants:
        if variant.skip is Reason.BAD_ROW and (not variant.key or variant.key in good):
            rows.append(replace(variant, key=f"{variant.key or 'row'}-line-{variant.line}"))
        else:
            good.add(variant.key)
            rows.append(variant)
    return rows


@contextmanager
def _no_hunt_for_cycles() -> Iterator[None]:
    """A plan is hundreds of thousands of objects without a cycle: looking for cycles among them took a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _raise_errors(faults: Iterable[Fault]) -> None:
    errors = tuple(fault for fault in faults if fault.level is Level.ERROR)
    if errors:
        raise InputError(errors)


def _made(variants: Iterable[Variant], takes: Takes) -> list[Variant]:
    return [variant for variant in variants if variant.skip is None and takes.spoken(variant)]


def _prices(
    setting: Setting, demand: Demand, refusals: Iterable[Refusal], jobs: Mapping[str, PlannedJob]
) -> dict[str, Decimal | None]:
    refused = {refusal.provider for refusal in refusals}
    prices: dict[str, Decimal | None] = {}
    for name, engine in setting.brief.catalogue.providers.items():
        if name in refused:
            prices[name] = None
        elif name == setting.engine.name:
            found = Counter(planned.price_usd for planned in jobs.values())
            prices[name] = sum((price * count for price, count in found.items()), ZERO)
        else:
            prices[name] = price_of_all(demand, engine)
    return prices


def _unpinned(setting: Setting, decisions: Sequence[Approval]) -> Iterable[Fault]:
    return () if setting.draft else unpinned(setting.campaign, setting.engine, decisions)


def _remarks(setting: Setting, demand: Demand, takes: Takes) -> Iterable[Fault]:
    """Warnings and notes that only the whole plan can give."""
    campaign, engine = setting.campaign, setting.engine
    if fault := unproved(demand, engine):
        yield fault
    yield from seams(demand, engine)
    templates = {template.name: template for used in demand.templates.values() for template in used}
    if setting.sdr and (deep := sorted(name for name, template in templates.items() if template.hdr)):
        why = "a draft is made in SDR" if setting.draft else f"{engine.name} works in SDR"
        problem = f"{why}: HDR and EXR of template {', '.join(deep)} wait for the final"
        yield in_campaign(campaign, "", problem, "Nothing to do.", "plan.sdr", level=Level.INFO)
    if engine.generative and demand.cropped:
        labels = ", ".join(ratio.label for ratio in demand.cropped)
        ours = f"{labels} of what is made in HDR is cropped by ourselves, free, in SDR with the HDR crop beside it"
        problem = f"providers do not reframe HDR: {ours}"
        yield in_campaign(campaign, "reframe", problem, "Nothing to do.", "plan.hdr_crops", level=Level.INFO)
    for name, lost in takes.silenced.items():
        yield Fault(
            file=templates[name].file if name in templates else name,
            place="",
            problem=f"{' and '.join(lost)} cannot be sent beside a strength or auto, and do nothing here",
            cure="Steer with hold_motion and hold_structure instead, or take them out.",
            rule="plan.silenced",
            level=Level.INFO,
        )
