"""What people are told by the server, and where: templates of notices in words for whoever reads them far from the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.events import SendNotification
from prefect.exceptions import ObjectNotFound
from prefect.utilities.urls import url_for

from flows.showing.events import Kind

_SUBJECTS = {
    Kind.MARKET_ENDED: "{{ event.payload.title }}",
    Kind.BUDGET_REACHED: "{campaign}: the budget is used up",
    Kind.APPROVAL_WAITING: "{campaign}: waits for your approval",
}
_UNMARKED = 'replace("**", "") | replace("\\\\", "")'
"""What is asked is Markdown for the form; who reads it elsewhere sees its marks."""
_TAMED = (
    'replace("<", "‹") | replace(">", "›") | replace("@", "@\u2060") | replace("://", ":\u2060//") | truncate(1500)'
)
"""A message that may repeat text from outside, without what Slack, mail and the like take for a link or a mention."""
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Notice:
    """Jinja templates of a subject and a body, which the server fills in from the event."""

    subject: str
    body: str

    def to(self, blocks: Sequence[UUID]) -> list[SendNotification]:
        """What sends it to notification blocks."""
        return [SendNotification(block_document_id=each, subject=self.subject, body=self.body) for each in blocks]


def told(campaign: str, kind: Kind) -> Notice:
    """The notice of an event of ours: it brings its own words."""
    text = "event.payload.text" + (f" | {_UNMARKED}" if kind is Kind.APPROVAL_WAITING else "")
    return Notice(_SUBJECTS[kind].replace("{campaign}", campaign), f"{{{{ {text} }}}}")


def failed(campaign: str) -> Notice:
    """The notice of a run that failed or crashed: its message, what to do next, and the way to its page."""
    return Notice(
        f"{campaign}: {{{{ flow_run.state.name }}}}: {{{{ flow_run.name }}}}",
        f"{{{{ flow_run.state.message | {_TAMED} }}}}\n"
        "Next: mend what it says, then run again: it makes only what is missing and buys nothing twice. `fanout status` shows "
        f"where everything stands.\nThe run: {_way_to('{{ flow_run.id }}')}",
    )


def _way_to(flow_run_id: str) -> str:
    """The address of a run's page. As we know the server: itself it knows none of its own unless it was told one."""
    return str(url_for("flow-run", obj_id=_NOBODY)).replace(str(_NOBODY), flow_run_id)


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
