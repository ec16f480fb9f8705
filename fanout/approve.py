"""fanout approve: these drafts are right, their finals may be bought."""

from typing import Any

import click

from campaign.model.approvals import Verdict
from fanout.judging import judge, judging_options


@click.command("approve")
@judging_options
def command(**said: Any) -> int:
    """Approve drafts, as they lie among the deliverables now.

    An approval is bound to the file's bytes and to what was asked for: change either, and the final refuses the film.
    A final with `approval.draft_first` buys only what is approved; the draft's own frames then hold the final's look.
    """
    return judge(Verdict.APPROVED, **said)
