"""From campaign.toml to a plan: read, measure, render, lint, plan; every fault of every file at once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign.errors import InputError, MediaError
from campaign.intake.brief import read_brief
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine, find_engine
from campaign.media.master import read_master
from campaign.model.campaign import Brief
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.orders import RunOrder
from campaign.model.plan import Plan
from campaign.model.prompts import Prompt
from campaign.model.standing import Standing
from campaign.planning.expand import Script, expand
from campaign.planning.plan import make_plan
from campaign.preparing.history import PastRun, last_run
from campaign.preparing.memory import open_memory
from campaign.preparing.standing import stand
from campaign.prompts.lint import lint_rows
from campaign.prompts.rendering import render
from campaign.prompts.variables import used_variables
from campaign.settings import Settings
from campaign.store.files import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A campaign made ready: what was read, what is planned, what is remembered.

    `previous` is None when the campaign never ran.
    """

    brief: Brief
    plan: Plan
    engine: Engine
    home: Path
    ledger: Ledger
    store: Store
    previous: PastRun | None

    def standing(self) -> Standing:
        """Where every film stands right now, read anew from ledger and files."""
        return stand(self.plan, self.ledger, self.store, self.previous.snapshot if self.previous else None)


@contextmanager
def prepare(order: RunOrder, settings: Settings) -> Iterator[Prepared]:
    """Plan the campaign of `order` and open its memory. Spends nothing and needs no network.

    Raises InputError with every fault of every file (warnings included) when any is an error; with `order.skip_bad`
    faults of rows only take those rows out. SetupError and LedgerError as the machine demands. Blocks for as long as
    it takes: call it from a thread of its own where an event loop runs.
    """
    brief, engine, master, faults = _read(order, settings)
    provider = order.provider or brief.campaign.provider
    script, prompts, spoken = _say(brief, master, provider)
    faults += spoken
    if any(_stops(fault, brief, order.skip_bad) for fault in faults):
        raise InputError(faults)
    with open_memory(order.campaign_file, settings) as memory:
        name = brief.campaign.name
        plan = make_plan(
            brief,
            master,
            script,
            prompts,
            provider=provider,
            draft=order.draft,
            editions=memory.ledger.editions(name),
            faults=faults,
        )
        yield Prepared(
            brief=brief,
            plan=plan,
            engine=engine,
            home=memory.home,
            ledger=memory.ledger,
            store=memory.store,
            previous=last_run(memory.ledger, name),
        )


def _read(order: RunOrder, settings: Settings) -> tuple[Brief, Engine, MasterEdit, tuple[Fault, ...]]:
    brief, faults = read_brief(order.campaign_file, skip_bad=True)
    if brief is None:
        raise InputError(faults)
    campaign = brief.campaign
    engine = find_engine(settings.ffmpeg)
    masters = settings.home_of(campaign.root) / "masters"
    try:
        master = asyncio.run(read_master(campaign.master, campaign.shots, engine, masters))
    except InputError as error:
        raise InputError((*faults, *error.faults)) from None
    except MediaError as error:
        raise InputError((*faults, _unusable(campaign.master, error))) from None
    return brief, engine, master, faults


def _unusable(master: Path, error: MediaError) -> Fault:
    return Fault(
        file=str(master),
        place="",
        problem=str(error),
        cure="Give an MP4 or MOV with constant frame rate as inputs.master in campaign.toml.",
        rule="inputs.master",
    )


def _say(brief: Brief, master: MasterEdit, provider: str) -> tuple[Script, list[Prompt | None], tuple[Fault, ...]]:
    """Every prompt of the campaign, rendered and linted."""
    uses = {name: used_variables(template, brief.templates) for name, template in brief.templates.items()}
    script = expand(brief, master, provider, uses)
    sheet = brief.campaign.shown(brief.campaign.sheet)
    columns = tuple(name for name, _ in brief.variants[0].values) if brief.variants else ()
    prompts, faults = render(script.requests, brief.templates, sheet=sheet, columns=columns)
    return script, prompts, (*faults, *lint_rows(script.requests, prompts, brief.templates, sheet=sheet))


def _stops(fault: Fault, brief: Brief, skip_bad: bool) -> bool:
    of_a_row = fault.file == brief.campaign.shown(brief.campaign.sheet) and fault.place
    return fault.level is Level.ERROR and not (skip_bad and of_a_row)
