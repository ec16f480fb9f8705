"""When a task is tried again, and how a step that came to nothing says so."""

import asyncio
import errno
from collections.abc import Awaitable
from typing import Any

from prefect import State, Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import TaskRun
from prefect.states import Cancelled

from campaign.errors import CampaignError, LedgerBusy, ProviderBusy
from campaign.model.outcomes import Reason
from campaign.secrets import guarded

RETRY_DELAYS_S = [5.0, 30.0]
PASSING = frozenset({errno.EAGAIN, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ETXTBSY})
"""Shortages of the machine that end by themselves; a full disk does not."""


class NotMade(CampaignError):
    """A business failure: it is in the ledger, and raised only so that the task run shows red. Never retried."""

    def __init__(self, sentence: str, reason: Reason | None) -> None:
        super().__init__(sentence, reason)
        self.sentence = sentence
        self.reason = reason

    def __str__(self) -> str:
        return self.sentence


async def worth_retrying(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether the same step may go through later without buying anything twice."""
    return is_passing(await state.aresult(raise_on_failure=False))


def is_passing(trouble: object) -> bool:
    """Whether a trouble ends by itself: a busy provider or ledger, or a machine short of something for a moment."""
    if isinstance(trouble, OSError) and not isinstance(trouble, ConnectionError | TimeoutError):
        return trouble.errno in PASSING
    return isinstance(trouble, ProviderBusy | LedgerBusy | ConnectionError | TimeoutError)


async def unless_stopped(work: Awaitable[None]) -> State[None] | None:
    """Do a task's work. When the run is stopped meanwhile the task run ends Cancelled, where Prefect would say Crashed.

    The cancellation is handed on as the returned state; `go_on` raises it again in the coroutine that called the task.
    """
    try:
        with guarded():
            await work
    except asyncio.CancelledError:
        this = asyncio.current_task()
        assert this is not None
        this.uncancel()
        return Cancelled(message="Stopped with the run. What was bought is kept; the next run goes on from here.")
    return None


def go_on(ended: State[None] | None) -> None:
    """Raise the CancelledError that `unless_stopped` took up, if it did."""
    if ended is not None:
        raise asyncio.CancelledError


POLICY: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": RETRY_DELAYS_S,
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": worth_retrying,
    # The ledger remembers what was bought; Prefect's results must not become a second truth.
    "cache_policy": NO_CACHE,
    "persist_result": False,
}
