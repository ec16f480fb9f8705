"""What the server does by itself for a campaign: ends runs that are dead or stuck, tells people what happened."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events import (
    AutomationCore,
    ChangeFlowRunState,
    EventTrigger,
    Posture,
    ResourceSpecification,
)

from flows.hosting.settings import HEARTBEAT_S
from flows.room.notices import failed, told
from flows.showing.events import RESOURCE, Kind

ZOMBIE_S = 6 * HEARTBEAT_S
"""A run that gives no sign of life for so long is dead; a busy machine may keep one back for a while."""
PENDING_S = 900
_TELLS = {
    Kind.MARKET_ENDED: "delivered",
    Kind.BUDGET_REACHED: "budget reached",
    Kind.APPROVAL_WAITING: "approval waiting",
}
_ENDED_BADLY = {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}
_RUNS = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})


def automations_of(
    campaign: str,
    deployments: Sequence[UUID],
    blocks: Sequence[UUID],
    *,
    zombie_s: float = ZOMBIE_S,
    pending_s: float = PENDING_S,
) -> tuple[AutomationCore, ...]:
    """Everything that the server is to do for a campaign whose flows are deployed as `deployments`."""
    made = [_dead(campaign, deployments, zombie_s), _stuck(campaign, deployments, pending_s)]
    if blocks:
        made += [_told(campaign, kind, blocks) for kind in _TELLS]
        made.append(_failed(campaign, deployments, blocks))
    return tuple(made)


async def apply_automations(campaign: str, wanted: Sequence[AutomationCore], client: PrefectClient) -> None:
    """Bring the server in line, by name. What a person has switched off in the UI stays off."""
    known = {each.name: each for each in await client.read_automations() if each.name.startswith(_name(campaign, ""))}
    for each in wanted:
        found = known.pop(each.name, None)
        if found is None:
            await client.create_automation(each)
            continue
        each.enabled = found.enabled
        if _said(found) != _said(each):
            await client.update_automation(found.id, each)
    for gone in known.values():
        await client.delete_automation(gone.id)


def _said(automation: AutomationCore) -> object:
    """What is written down of an automation, without what the server adds."""
    said = automation.model_dump(mode="json", include={"description", "enabled", "trigger", "actions"})
    said["trigger"] = {key: value for key, value in said["trigger"].items() if key != "id"}
    return said


def _name(campaign: str, words: str) -> str:
    return f"fanout: {campaign}: {words}"


def _dead(campaign: str, deployments: Sequence[UUID], within_s: float) -> AutomationCore:
    return AutomationCore(
        name=_name(campaign, "a run without a sign of life ends"),
        description=f"Its process or its machine died: no heartbeat for {within_s:.0f} s.",
        trigger=_silence(deployments, within_s, after={"prefect.flow-run.heartbeat"}),
        actions=[
            _crash(
                "It gave no sign of life any more. What was bought is kept in the ledger; a new run goes on from there."
            )
        ],
    )


def _stuck(campaign: str, deployments: Sequence[UUID], within_s: float) -> AutomationCore:
    return AutomationCore(
        name=_name(campaign, "a run that never begins ends"),
        description=f"It was taken up, but did not run within {within_s:.0f} s.",
        trigger=_silence(deployments, within_s, after={"prefect.flow-run.Pending", "prefect.flow-run.Submitting"}),
        actions=[_crash("It was taken up, but never began. Start it again.")],
    )


def _silence(deployments: Sequence[UUID], within_s: float, *, after: set[str]) -> EventTrigger:
    """When nothing more is heard for so long of a run that told `after`.

    Anything counts: our states have names of their own, and in a list of names `Running*` would not mean `Running` (Prefect's
    star stands for one letter at least).
    """
    return EventTrigger(
        after=after,
        expect={"prefect.flow-run.*"},
        match=_RUNS,
        match_related=_of(deployments),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=within_s),
    )


def _crash(message: str) -> ChangeFlowRunState:
    return ChangeFlowRunState(name=None, state=StateType.CRASHED, message=message, force=False)


def _told(campaign: str, kind: Kind, blocks: Sequence[UUID]) -> AutomationCore:
    return AutomationCore(
        name=_name(campaign, f"tells: {_TELLS[kind]}"),
        trigger=EventTrigger(
            expect={kind.value},
            match=ResourceSpecification({"prefect.resource.id": f"{RESOURCE}{campaign}"}),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[*told(campaign, kind).to(blocks)],
    )


def _failed(campaign: str, deployments: Sequence[UUID], blocks: Sequence[UUID]) -> AutomationCore:
    return AutomationCore(
        name=_name(campaign, "tells: a run failed"),
        trigger=EventTrigger(
            expect=_ENDED_BADLY,
            match=_RUNS,
            match_related=_of(deployments),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[*failed(campaign).to(blocks)],
    )


def _of(deployments: Sequence[UUID]) -> ResourceSpecification:
    return ResourceSpecification({"prefect.resource.id": [f"prefect.deployment.{each}" for each in deployments]})
