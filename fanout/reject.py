"""fanout reject: these drafts are wrong, their finals are not bought."""

from typing import Any

import click

from campaign.model.approvals import Verdict
from fanout.judging import judge, judging_options


@click.command("reject")
@judging_options
def command(**said: Any) -> int:
    """Reject drafts: their finals are not bought until a draft of theirs is approved.

    The newest decision about a film counts. What was delivered already stays delivered.
    """
    return judge(Verdict.REJECTED, **said)
