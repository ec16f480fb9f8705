"""What a campaign tells the server in its own words, for automations to act on: a handful of events a run."""

from collections.abc import Mapping
from enum import StrEnum

from prefect.events import emit_event

RESOURCE = "fanout.campaign."


class Kind(StrEnum):
    """What may be told. `text` in the payload is what a person is to read."""

    MARKET_ENDED = "fanout.market.ended"
    RUN_ENDED = "fanout.run.ended"
    BUDGET_REACHED = "fanout.budget.reached"
    APPROVAL_WAITING = "fanout.approval.waiting"


def tell(kind: Kind, campaign: str, text: str, **facts: str | int) -> None:
    """Emit an event of a campaign: a title of few words and its facts, `text` for people. Never waits, never raises."""
    payload: Mapping[str, str | int] = {**facts, "text": text}
    emit_event(
        event=kind.value,
        resource={"prefect.resource.id": f"{RESOURCE}{campaign}", "prefect.resource.name": campaign},
        payload=dict(payload),
    )
