"""Waits for a person's answer: in the Prefect UI or given elsewhere, whichever comes first."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import SetStateStatus
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from prefect.utilities.urls import url_for

from campaign.errors import LedgerError
from flows.control.stopping import own_flow_run_id
from flows.showing.escaping import code
from flows.showing.gallery_links import gallery_page, gallery_url

LOOK_S = 3.0
"""Seconds between looks at what was said elsewhere."""
SLACK_S = 900
"""Prefect fails a run whose pause ran out; ours ends before, in words."""
WHERE = "Answer under Resume, in the menu at the top right."


class Answer(RunInput):
    """What a person says. `leave_out` are keys of variants."""

    your_name: str
    approve: Literal["yes", "no"]
    leave_out: tuple[str, ...] = ()
    note: str = ""

    @property
    def yes(self) -> bool:
        """Whether it was approved."""
        return self.approve == "yes"


NOBODY = Answer(your_name="nobody", approve="no", note="No answer in time.")
TITLES = {
    "your_name": "Your name",
    "approve": "Approve",
    "leave_out": "Leave these variants out",
    "note": "Note, kept with the decision",
}


def form(description: str, variants: Sequence[str]) -> type[Answer]:
    """The form in the UI: `description` is Markdown, `variants` are those that can be left out."""

    def show(schema: dict[str, Any]) -> None:
        for name, field in schema["properties"].items():
            field["title"] = TITLES[name]
        schema["properties"]["your_name"]["minLength"] = 1
        schema["properties"]["leave_out"]["items"] = {"type": "string", "enum": list(variants)}

    class Form(Answer):
        model_config = {"json_schema_extra": show}  # noqa: RUF012 (as Prefect's models are configured)

    return Form.with_initial_data(description=description)


async def ask(
    description: str, variants: Sequence[str], *, look: Callable[[], Answer | None], wait_s: float
) -> Answer | None:
    """Pause the flow run until somebody has answered the form, or `look` finds what was said elsewhere; None when nobody
    did within `wait_s`. `look` is called in a thread."""
    elsewhere = asyncio.create_task(_elsewhere(own_flow_run_id(), look, wait_s))
    try:
        answer = await apause_flow_run(
            wait_for_input=form(description, variants),
            timeout=int(wait_s) + SLACK_S,
            poll_interval=2,
            key=uuid4().hex,  # a run that is tried again asks anew
        )
    finally:
        elsewhere.cancel()
        await asyncio.wait({elsewhere})
    if not elsewhere.cancelled():
        return elsewhere.result()
    assert isinstance(answer, Answer)
    return answer


async def _elsewhere(flow_run_id: UUID, look: Callable[[], Answer | None], wait_s: float) -> Answer | None:
    """Resume the flow run when something was said elsewhere, or nothing for too long; returns what, unless the UI was first."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait_s
    while True:
        await asyncio.sleep(min(LOOK_S, max(0.2, deadline - clock())))
        found = None
        with suppress(LedgerError):  # it may be out of reach for a moment of the day that is waited
            found = await asyncio.to_thread(look)
        if (found is not None or clock() >= deadline) and await _resumed(flow_run_id, found or NOBODY):
            return found


async def _resumed(flow_run_id: UUID, answer: Answer) -> bool:
    """Whether it was this answer that the flow run goes on with."""
    with suppress(Exception):  # not paused yet, resumed by somebody else, or no server for a moment: look again
        async with get_client() as client:
            result = await client.resume_flow_run(flow_run_id, run_input=answer.model_dump())
            return result.status is SetStateStatus.ACCEPT
    return False


def gallery(home: Path, campaign: str, out: Path) -> str:
    """The way to a campaign's gallery, as Markdown."""
    address = gallery_url(home, campaign, gallery_page(out))
    return f"[the gallery]({address})" if address.startswith("http") else f"gallery: {code(gallery_page(out))}"


def for_notices(words: str) -> str:
    """What is asked, for somebody who reads it elsewhere."""
    return f"{words}\n\nThe run that asks: {url_for('flow-run', obj_id=own_flow_run_id())}"
