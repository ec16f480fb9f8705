"""Why a file is missing in people's words, and what a person does next about it."""

from collections.abc import Iterable

from campaign.model.outcomes import Reason
from campaign.model.plan import Film, Output
from campaign.model.qc import PICTURE, Finding

WORDS = {
    Reason.NOT_SELECTED: ("not asked for", "select it, or run without `--only`"),
    Reason.BAD_ROW: ("its row has faults", "`fanout check` names them"),
    Reason.NOT_DUE: ("not due", "the row's dates or active column say when"),
    Reason.NOT_APPROVED: ("not approved", "`fanout approve` its draft, then run again"),
    Reason.BUDGET: ("stopped by the budget", "raise it in campaign.toml or with `--max-usd`, then run again"),
    Reason.MODERATED: ("refused by moderation", "change the words or the shot; the same again would be refused"),
    Reason.IN_DOUBT: ("paid for or not?", "`fanout jobs list` shows it; a person must decide"),
    Reason.REJECTED: ("refused by the provider", "mend what it names, then run again"),
    Reason.LOST: ("the result was lost", "`{regenerate}` makes it anew"),
    Reason.QC: (
        "held by quality control",
        "look at it, then let it pass: `{waive}`; or have its picture made anew: `{regenerate}`",
    ),
    Reason.CANCELLED: ("not reached", "run again: what is done stays done"),
}
"""Words for each reason, and the next step; commands stand in backticks, those in braces are written out for the film."""


def words(reason: Reason | None) -> str:
    """Why a file is missing; empty when it is not."""
    return WORDS[reason][0] if reason else ""


def remedy(
    reason: Reason | None, film: Film, output: Output | None, errors: Iterable[Finding] = (), *, draft: bool = False
) -> str | None:
    """The next step for a file of `film` that is missing for `reason`, held back by `errors`; None when it is not."""
    if reason is None:
        return None
    row = f"--only variant={film.variant.key}"
    meant = f"{row},ratio={film.ratio.label}"
    checks = dict.fromkeys(error.check for error in errors)
    alone = (
        f" --placement {output.placement}" if output and output.placement and not PICTURE.intersection(checks) else ""
    )
    waived = " ".join(f"--waive {check}" for check in checks)
    return WORDS[reason][1].format(
        waive=f"fanout approve {waived} --by NAME {meant}{alone}",
        # A window shows what was made for other ratios, too: its picture is made anew with theirs or not at all.
        regenerate=f"fanout regenerate {'--draft ' if draft else ''}{row if film.window else meant}",
    )
