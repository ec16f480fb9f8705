"""The master report of a prepared campaign: one decode the first time, none afterwards."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.media.master.master import master_detected, master_told
from campaign.media.master.reporting import facts_of
from campaign.media.master.survey import survey
from campaign.model.edit import MasterEdit
from campaign.model.master_report import Fact, MasterReport
from campaign.planning.master_limits import broken_limits

if TYPE_CHECKING:
    from campaign.media.engine import Engine
    from campaign.preparing.prepare import Prepared


def report_master(prepared: "Prepared") -> MasterReport:
    """What was measured of the master, and which limits of the providers it breaks. Blocks; raises MediaError."""
    plan, brief = prepared.plan, prepared.brief
    facts = asyncio.run(_facts(brief.campaign.master, plan.master, prepared.engine, prepared.home / "masters"))
    return MasterReport(facts, broken_limits(plan.master, brief.catalogue.providers, plan.refusals))


async def _facts(named: Path, edit: MasterEdit, engine: "Engine", cache: Path) -> tuple[Fact, ...]:
    told = await master_told(named, engine, cache)
    seen = await master_detected(edit, engine, cache)
    return facts_of(told, edit, seen, await survey(edit, engine, cache))
