"""fanout reject: these drafts are wrong, their finals are not bought."""

from typing import Any

import click

from campaign.model.approvals import SpendState, Verdict
from fanout.agreeing import answer_spending, require_one_kind, spend_options
from fanout.judging import judge, judging_options
from fanout.options import options


@click.command("reject")
@options(*spend_options[:2])
@judging_options
def command(spend: bool, prefix: str | None, **said: Any) -> int:
    """Reject drafts: their finals are not bought until a draft of theirs is approved.

    The newest decision about a film counts. What was delivered already stays delivered.

    With --spend it is about money: a run in the room that waits for a yes to its price ends, and nothing is bought.
    """
    require_one_kind(spend, {"--plan": prefix}, {"--only": said["only"], "--provider": said["provider"]})
    if spend:
        del said["provider"], said["only"]
        return answer_spending(SpendState.REFUSED, prefix=prefix, leave_out=(), **said)
    return judge(Verdict.REJECTED, **said)
