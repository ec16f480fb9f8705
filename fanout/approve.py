"""fanout approve: these drafts are right, their finals may be bought; or, this error of quality control may pass."""

from typing import Any

import click

from campaign.model.approvals import SpendState, Verdict
from fanout.agreeing import answer_spending, require_one_kind, spend_options
from fanout.judging import judge, judging_options
from fanout.options import options
from fanout.waiving import waive_checks


@click.command("approve")
@click.option(
    "--waive", "checks", metavar="CHECK", multiple=True, help="Let this error of quality control pass; needs --by."
)
@click.option("--placement", "placements", metavar="NAME", multiple=True, help="With --waive: only its files.")
@options(*spend_options)
@judging_options
def command(
    checks: tuple[str, ...],
    placements: tuple[str, ...],
    spend: bool,
    prefix: str | None,
    leave_out: tuple[str, ...],
    **said: Any,
) -> int:
    """Approve drafts, as they lie among the deliverables now.

    An approval is bound to the file's bytes and to what was asked for: change either, and the final refuses the film.
    A final with `approval.draft_first` buys only what is approved; the draft's own frames then hold the final's look.

    With --waive the selected films that quality control holds back for CHECK (the gallery and the manifest name it) are
    delivered all the same, with --placement only the files for it. It holds for these very bytes: a film that is made anew
    is judged anew.

    With --spend it is about money: a run in the room that costs more than is spent unasked waits for a yes. Alone it shows
    what waits; with --by it agrees to exactly that: another job or another price is asked about anew.
    """
    films = {"--waive": checks, "--placement": placements, "--only": said["only"], "--provider": said["provider"]}
    require_one_kind(spend, {"--plan": prefix, "--leave-out": leave_out}, films)
    if placements and not checks:
        raise click.UsageError("--placement goes only with --waive: a draft is approved whole. Nothing was changed.")
    if spend:
        del said["provider"], said["only"]
        return answer_spending(SpendState.AGREED, prefix=prefix, leave_out=leave_out, **said)
    return waive_checks(checks, placements, **said) if checks else judge(Verdict.APPROVED, **said)
