"""The plan as memory has it: with the editions in the ledger and, for a final, what was decided about its drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from campaign.errors import InputError
from campaign.media.engine import Engine
from campaign.model.approvals import Approval
from campaign.model.campaign import Brief
from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault
from campaign.model.plan import Plan
from campaign.model.prompts import Prompt
from campaign.planning.approvals import pinning
from campaign.planning.expand import Script
from campaign.planning.pins import NO_STILLS, Stills
from campaign.planning.plan import make_plan
from campaign.preparing.clearance import Clearance
from campaign.preparing.memory import Memory
from campaign.preparing.stills import stills_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """All that a plan is made of before memory has its word."""

    brief: Brief
    master: MasterEdit
    script: Script
    prompts: Sequence[Prompt | None]
    provider: str
    faults: tuple[Fault, ...]


def plan_with(
    spoken: Spoken,
    memory: Memory,
    engine: Engine,
    *,
    draft: bool,
    bumped: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> tuple[Plan, Clearance | None]:
    """The plan, and for a final what it may be bought on. Without decisions in the ledger the latter costs nothing.

    `bumped` are editions, by (variant key, ask_key), that are not in the ledger and count as if they were. Raises InputError
    with the faults of the plan.
    """
    ledger, campaign = memory.ledger, spoken.brief.campaign
    editions = {**ledger.editions(campaign.name), **bumped}

    def make(draft: bool, decisions: Sequence[Approval] = (), stills: Stills = NO_STILLS) -> Plan:
        return make_plan(
            spoken.brief,
            spoken.master,
            spoken.script,
            spoken.prompts,
            provider=spoken.provider,
            draft=draft,
            editions=editions,
            faults=spoken.faults,
            decisions=decisions,
            stills=stills,
        )

    if draft:
        return make(draft=True), None

    def drafts() -> Plan | None:
        try:
            return make(draft=True)
        except InputError:
            return None

    decisions = ledger.decisions(campaign.name)
    maker = spoken.brief.catalogue.providers.get(spoken.provider)
    stills = _stills(decisions, maker, spoken.master, memory, engine) if maker else NO_STILLS
    plan = make(draft=False, decisions=decisions, stills=stills)
    return plan, Clearance(
        plan=plan,
        decisions=decisions,
        draft_first=campaign.draft_first,
        pins=plan.generative,
        stills=stills,
        ledger=ledger,
        store=memory.store,
        drafts=drafts,
    )


def _stills(
    decisions: Sequence[Approval], maker: Capability, master: MasterEdit, memory: Memory, engine: Engine
) -> Stills:
    takes = [take for each in decisions if pinning(each, maker) for take in each.takes]
    if not takes:
        return NO_STILLS
    return stills_of(takes, rate=master.rate, home=memory.home, store=memory.store, engine=engine)
