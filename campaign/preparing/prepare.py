"""From campaign.toml to a plan: read, measure, render, lint, plan; every fault of every file at once."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from campaign.errors import InputError, MediaError
from campaign.intake.brief import read_all
from campaign.media.engine import Engine, find_engine
from campaign.media.master.master import read_master
from campaign.model.campaign import Brief, Campaign
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.orders import RunOrder
from campaign.model.plan import Plan
from campaign.model.standing import Standing
from campaign.planning.plan import faults_before
from campaign.preparing.home import ready_home
from campaign.preparing.sheets import sheet_of
from campaign.preparing.shots import settle_shots
from campaign.preparing.speaking import alike, misspoken, speak
from campaign.prompts.places import Places
from campaign.settings import Settings

if TYPE_CHECKING:
    from campaign.ledger.ledger import Ledger
    from campaign.preparing.clearance import Clearance
    from campaign.preparing.history import PastRun
    from campaign.preparing.planned import Spoken
    from campaign.store.files import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A campaign made ready: what was read, what is planned, what is remembered.

    `previous` is None when the campaign never ran. `clearance` tells which finals may be bought, None for a draft.
    `rehearsal` tells which providers are asked on this machine (`luma was asked at http://127.0.0.1:8778/v1`), empty for none.
    """

    brief: Brief
    plan: Plan
    engine: Engine
    home: Path
    ledger: "Ledger"
    store: "Store"
    previous: "PastRun | None"
    clearance: "Clearance | None"
    spoken: "Spoken"
    rehearsal: str = ""

    def anew(self, asks: Iterable[tuple[str, str]]) -> "Prepared":
        """The campaign as it would be if each (variant key, ask_key) had its next edition. Nothing is written."""
        from campaign.preparing.memory import Memory
        from campaign.preparing.planned import plan_with

        memory = Memory(self.home, self.ledger, self.store)
        bumped = self.ledger.next_editions(asks)
        plan, clearance = plan_with(self.spoken, memory, self.engine, draft=self.plan.draft, bumped=bumped)
        return replace(self, plan=plan, clearance=clearance)

    def standing(self) -> Standing:
        """Where every film stands right now, read anew from ledger and files."""
        from campaign.preparing.standing import stand

        return stand(self.plan, self.ledger, self.store, self.home, self.previous, self.clearance)


@contextmanager
def prepare(order: RunOrder, settings: Settings) -> Iterator[Prepared]:
    """Plan the campaign of `order` and open its memory. Spends nothing; needs the network only for a sheet that lies
    elsewhere.

    Raises InputError with every fault of every file (warnings included) when any is an error; with `order.skip_bad`
    faults of rows only take those rows out. SetupError and LedgerError as the machine demands. Blocks for as long as
    it takes: call it from a thread of its own where an event loop runs.
    """
    brief, places, engine, master, faults = _read(order, settings)
    provider = order.provider or brief.campaign.provider
    with _together(faults):
        script, prompts, spoken = speak(brief, places, master, provider)
    faults += (*spoken, *alike(brief, script, prompts, spoken))
    if any(_stops(fault, brief, order.skip_bad) for fault in faults):
        before = faults_before(brief, master, provider, order.draft)
        raise InputError((*faults, *(fault for fault in before if fault.rule != "plan.nothing")))
    from campaign.preparing.history import last_run
    from campaign.preparing.memory import open_memory
    from campaign.preparing.planned import Spoken, plan_with
    from campaign.preparing.writing import unwritable

    said = Spoken(brief=brief, master=master, script=script, prompts=prompts, provider=provider, faults=faults)
    with open_memory(order.campaign_file, settings) as memory:
        with _together(faults):
            plan, clearance = plan_with(said, memory, engine, draft=order.draft)
            if lacking := tuple(unwritable(plan, brief.campaign, engine)):
                raise InputError(lacking)
        yield Prepared(
            brief=brief,
            plan=plan,
            engine=engine,
            home=memory.home,
            ledger=memory.ledger,
            store=memory.store,
            previous=last_run(memory.ledger, brief.campaign.name),
            clearance=clearance,
            spoken=said,
            rehearsal=_rehearsal({provider: None, **dict.fromkeys(brief.campaign.failover)}, settings),
        )


@contextmanager
def prepare_as_last(
    campaign_file: Path, settings: Settings, *, provider: str | None, draft: bool | None, only: tuple[str, ...] = ()
) -> Iterator[tuple[RunOrder, Prepared]]:
    """Prepare what the last run was asked to make: whoever looks at a draft means the draft.

    What is said goes before: `provider` and `draft` None take the last run's; a campaign that never ran is a final by its
    own provider. Faulty rows are left out. Yields the order too, with `only` in it.
    """
    order = RunOrder(campaign_file=campaign_file, provider=provider, draft=bool(draft), only=only, skip_bad=True)
    with ExitStack() as held:
        prepared = held.enter_context(prepare(order, settings))
        if prepared.previous is not None:
            last = prepared.previous.snapshot
            meant = replace(
                order,
                provider=provider or last["provider"],
                draft=last["draft"] if draft is None else draft,
            )
            if (meant.provider, meant.draft) != (prepared.plan.provider, prepared.plan.draft):
                held.close()
                order, prepared = meant, held.enter_context(prepare(meant, settings))
        yield order, prepared


@contextmanager
def _together(faults: tuple[Fault, ...]) -> Iterator[None]:
    """Lets an InputError carry the faults that were found before it, too."""
    try:
        yield
    except InputError as error:
        raise InputError((*faults, *error.faults)) from None


def _read(order: RunOrder, settings: Settings) -> tuple[Brief, Places, Engine, MasterEdit, tuple[Fault, ...]]:
    reading = read_all(order.campaign_file, skip_bad=True, obtain=lambda campaign: sheet_of(campaign, settings))
    brief, faults = reading.brief, reading.faults
    if brief is None:
        raise InputError(faults)
    ready_home(brief.campaign.root, settings)
    brief = replace(brief, campaign=replace(brief.campaign, out_folder=settings.out))
    # What the ledger needs takes as long to import as ffmpeg and the templates' process to answer: one while the others.
    Thread(target=import_module, args=("campaign.preparing.memory",)).start()
    engine = find_engine(settings.ffmpeg)
    master, unusable = _measure(brief.campaign, engine, settings, faults)
    if master is None or not reading.sound:
        raise InputError((*faults, *unusable, *misspoken(brief, faults)))
    return brief, reading.places, engine, master, (*faults, *unusable)


def _measure(
    campaign: Campaign, engine: Engine, settings: Settings, said: tuple[Fault, ...]
) -> tuple[MasterEdit | None, tuple[Fault, ...]]:
    """The master edit, or None and why not; without a fault when it was `said` already that there is none to read."""
    if any(fault.level is Level.ERROR and fault.rule in ("inputs.master", "inputs") for fault in said):
        return None, ()
    misread = any(fault.rule.startswith("shots") for fault in said)
    shots = () if misread else campaign.shots
    try:
        master = asyncio.run(read_master(campaign.master, shots, engine, settings.home_of(campaign.root) / "masters"))
        return (master, ()) if misread else settle_shots(campaign, master)
    except InputError as error:
        return None, error.faults
    except MediaError as error:
        return None, (_unusable(campaign, error),)


def _unusable(campaign: Campaign, error: MediaError) -> Fault:
    return Fault(
        file=campaign.file.name,
        place="inputs.master",
        problem=str(error).replace(str(campaign.master), campaign.shown(campaign.master)),
        cure="A master is a film of up to 120 s in MOV, MP4, MKV, WMV, AVI, MXF or MPEG-TS.",
        rule="inputs.master",
    )


def _rehearsal(providers: Iterable[str], settings: Settings) -> str:
    asked = [(name, settings.vendors.rehearsed(name)) for name in providers]
    return " and ".join(f"{name} was asked at {url}" for name, url in asked if url)


def _stops(fault: Fault, brief: Brief, skip_bad: bool) -> bool:
    of_a_row = fault.file == brief.campaign.shown(brief.campaign.sheet) and fault.place
    return fault.level is Level.ERROR and not (skip_bad and of_a_row)
