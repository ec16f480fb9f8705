"""What `approve` and `reject` share: the drafts that are meant, the verdict written down, what could not be judged."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from campaign.model.approvals import Approval, Verdict
from campaign.model.outcomes import Reason
from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.endings import Refused
from fanout.exits import DONE, GAPS
from fanout.fault_lines import many
from fanout.options import campaign_option, json_option, only_option, options, provider_option
from fanout.waiting import say_causes

if TYPE_CHECKING:
    from campaign.preparing.deciding import Decided


def judging_options(function: Callable[..., int]) -> Any:
    """The options of a command that judges drafts."""

    @options(
        click.option("--by", metavar="NAME", help="Who decides; kept in the ledger. [default: you]"),
        click.option("--note", metavar="TEXT", default="", help="Why; kept in the ledger."),
        campaign_option,
        provider_option,
        only_option,
        json_option,
    )
    @wraps(function)
    def command(**said: Any) -> int:
        return function(**said)

    return command


def judge(
    verdict: Verdict,
    *,
    campaign_file: Path,
    provider: str | None,
    only: tuple[str, ...],
    by: str | None,
    note: str,
    as_json: bool,
) -> int:
    """Write down a verdict about the selected drafts. Raises Refused when there is none that it can be about.

    Exit code 3 when some of those selected could not be judged: each is named, with the cure.
    """
    from campaign.preparing.deciding import decide
    from campaign.preparing.prepare import prepare_as_last
    from campaign.preparing.selecting import select

    settings = read_settings(beside=campaign_file.parent)
    with prepare_as_last(campaign_file, settings, provider=provider, draft=True, only=only) as (order, prepared):
        standing = prepared.standing()
        chosen = [film for film in select(standing, order) if film.film.skip is not Reason.NOT_DUE]
        decided = decide(
            prepared, standing, chosen, verdict, by=by or settings.user, at=datetime.now(UTC), note=note.strip()
        )
    if decided.refused:
        say(f"[yellow]not {verdict.value}:[/yellow] {many(len(decided.refused), 'film')}")
        say_causes(decided.refused)
    if not decided.decisions:
        why = "none of them can be" if chosen else "no film is selected"
        raise Refused(f"No draft at {prepared.plan.provider} was {verdict.value}: {why}.")
    _conclude(decided, verdict, as_json=as_json)
    return GAPS if decided.refused else DONE


def _conclude(decided: "Decided", verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        emit({verdict.value: [_told(each) for each in decided.decisions], "refused": dict(decided.refused)})
    by, drafts = decided.decisions[0].by, many(len(decided.decisions), "draft")
    say(f"[green]{drafts} {verdict.value}[/green] ", plain=f"by {by}")


def _told(decision: Approval) -> dict[str, object]:
    return asdict(decision) | {"at": decision.at.isoformat()}
