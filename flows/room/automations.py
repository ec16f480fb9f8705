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
    SendNotification,
)
from prefect.exceptions import ObjectNotFound

from flows.hosting.settings import HEARTBEAT_S
from flows.showing.events import RESOURCE, Kind

ZOMBIE_S = 6 * HEARTBEAT_S
"""A run that gives no sign of life for so long is dead; a busy machine may keep one back for a while."""
PENDING_S = 900
_SUBJECTS = {
    Kind.MARKET_ENDED: "{{ event.payload.title }}",
    Kind.BUDGET_REACHED: "{campaign}: the budget is used up",
    Kind.APPROVAL_WAITING: "{campaign}: waits for your approval",
}
_WORDS = {
    Kind.MARKET_ENDED: "delivered",
    Kind.BUDGET_REACHED: "budget reached",
    Kind.APPROVAL_WAITING: "approval waiting",
}
_RUNS = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
_ENDED_BADLY = {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}


async def blocks_of(slugs: Sequence[str], client: PrefectClient) -> tuple[tuple[UUID, ...], tuple[str, ...]]:
    """The ids of the notification blocks of campaign.toml, and a sentence for each that cannot be told anything."""
    found: list[UUID] = []
    lacking: list[str] = []
    for slug in slugs:
        kind, name = slug.split("/")
        try:
            block = await client.read_block_document_by_name(name, kind)
        except ObjectNotFound:
            lacking.append(
                f"[notices] blocks: the server has no block {slug!r}, so nobody is told there. Make it in Prefect's "
                "pages under Blocks, with that name; it is taken up by itself."
            )
            continue
        capabilities = (block.block_schema.capabilities if block.block_schema else None) or []
        if "notify" in capabilities:
            found.append(block.id)
        else:
            lacking.append(f"[notices] blocks: {slug!r} is no notification block (such as slack-webhook or email).")
    return tuple(found), tuple(lacking)


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
        made += [_told(campaign, kind, blocks) for kind in _WORDS]
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
        trigger=_silence(
            deployments,
            within_s,
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.*"},  # any: our final states have names of their own
        ),
        actions=[
            _crash(
                "It gave no sign of life any more. What was bought is kept in the ledger; a new run goes on from there."
            )
        ],
    )


def _stuck(campaign: str, deployments: Sequence[UUID], within_s: float) -> AutomationCore:
    begun = ("Running", "Completed", "Failed", "Crashed", "Cancel", "heartbeat")
    return AutomationCore(
        name=_name(campaign, "a run that never begins ends"),
        description=f"It was taken up, but did not run within {within_s:.0f} s.",
        trigger=_silence(
            deployments,
            within_s,
            after={"prefect.flow-run.Pending", "prefect.flow-run.Submitting"},
            expect={f"prefect.flow-run.{state}*" for state in begun},
        ),
        actions=[_crash("It was taken up, but never began. Start it again.")],
    )


def _silence(deployments: Sequence[UUID], within_s: float, *, after: set[str], expect: set[str]) -> EventTrigger:
    """When, of a run that told `after`, nothing of `expect` is heard for so long."""
    return EventTrigger(
        after=after,
        expect=expect,
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
    subject = _SUBJECTS[kind].replace("{campaign}", campaign)
    return AutomationCore(
        name=_name(campaign, f"tells: {_WORDS[kind]}"),
        trigger=EventTrigger(
            expect={kind.value},
            match=ResourceSpecification({"prefect.resource.id": f"{RESOURCE}{campaign}"}),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(block_document_id=block, subject=subject, body="{{ event.payload.text }}")
            for block in blocks
        ],
    )


def _failed(campaign: str, deployments: Sequence[UUID], blocks: Sequence[UUID]) -> AutomationCore:
    body = "{{ flow_run.state.message }}\n{{ flow_run|ui_url }}"
    return AutomationCore(
        name=_name(campaign, "tells: a run failed"),
        trigger=EventTrigger(
            expect=_ENDED_BADLY,
            match=_RUNS,
            match_related=_of(deployments),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(
                block_document_id=block, subject="{{ flow_run.name }}: {{ flow_run.state.name }}", body=body
            )
            for block in blocks
        ],
    )


def _of(deployments: Sequence[UUID]) -> ResourceSpecification:
    return ResourceSpecification({"prefect.resource.id": [f"prefect.deployment.{each}" for each in deployments]})
