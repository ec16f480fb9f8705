"""From campaign.toml to a plan: read, measure, render, lint, plan; every fault of every file at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from campaign.errors import InputError
from campaign.intake.brief import read_brief
from campaign.media.engine import Engine, find_engine
from campaign.media.master import read_master
from campaign.model.campaign import Brief
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.orders import RunOrder
from campaign.model.plan import Plan
from campaign.model.prompts import Prompt
from campaign.planning.expand import Script, expand
from campaign.planning.plan import make_plan
from campaign.prompts.lint import lint
from campaign.prompts.rendering import render
from campaign.prompts.variables import used_variables
from campaign.settings import Settings


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign made ready: what was read, what was measured, what is planned."""

    brief: Brief
    engine: Engine
    plan: Plan
    home: Path


async def prepare(
    order: RunOrder, settings: Settings, *, editions: Mapping[tuple[str, str], int] | None = None
) -> Prepared:
    """Plan the campaign of `order`. Spends nothing, needs no network, writes nothing but a cache of the master's facts.

    Raises InputError with every fault of every file (warnings included) when any is an error; with `order.skip_bad`
    faults of rows only take those rows out.
    """
    brief, faults = read_brief(order.campaign_file, skip_bad=True)
    if brief is None:
        raise InputError(faults)
    engine = find_engine(settings.ffmpeg)
    home = settings.home_of(brief.campaign.root)
    master, master_faults = await _measure(brief, engine, home)
    faults += master_faults
    if master is None:
        raise InputError(faults)
    provider = order.provider or brief.campaign.provider
    script, prompts, prompt_faults = _say(brief, master, provider)
    faults += prompt_faults
    if not order.skip_bad and any(fault.level is Level.ERROR for fault in faults):
        raise InputError(faults)
    plan = make_plan(
        brief, master, script, prompts, provider=provider, draft=order.draft, editions=editions or {}, faults=faults
    )
    return Prepared(brief, engine, plan, home)


async def _measure(brief: Brief, engine: Engine, home: Path) -> tuple[MasterEdit | None, tuple[Fault, ...]]:
    campaign = brief.campaign
    try:
        return await read_master(campaign.master, campaign.shots, engine, home / "masters"), ()
    except InputError as error:
        return None, error.faults


def _say(brief: Brief, master: MasterEdit, provider: str) -> tuple[Script, list[Prompt | None], tuple[Fault, ...]]:
    """Every prompt of the campaign, rendered and linted."""
    uses = {name: used_variables(template, brief.templates) for name, template in brief.templates.items()}
    script = expand(brief, master, provider, uses)
    prompts, faults = render(script.requests, brief.templates)
    findings = [
        fault
        for request, prompt in zip(script.requests, prompts, strict=True)
        if prompt is not None
        for fault in lint(prompt, brief.templates[prompt.template], request.line)
    ]
    return script, prompts, (*faults, *findings)
