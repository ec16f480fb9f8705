"""`fanout approve --spend` and `reject --spend`: a person answers about money that a run in the room waits for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from campaign.model import money
from campaign.model.approvals import SpendApproval, SpendState
from campaign.planning.faulting import close
from campaign.settings import Settings, read_settings
from fanout.console import emit, say
from fanout.endings import Refused
from fanout.exits import DONE
from fanout.fault_lines import many

DIGITS = 12
THEN = {
    SpendState.AGREED: "the run goes on within seconds; should it have died, the next one buys this without asking.",
    SpendState.REFUSED: "the run ends within seconds, and nothing is bought.",
}

spend_options = (
    click.option(
        "--spend", is_flag=True, help="About money that a run in the room waits for; alone it shows what waits."
    ),
    click.option(
        "--plan", "prefix", metavar="HASH", help="With --spend, which of several: the first digits are enough."
    ),
    click.option("--leave-out", metavar="VARIANT", multiple=True, help="With --spend: this variant is not bought."),
)


def require_one_kind(spend: bool, money: Mapping[str, object], films: Mapping[str, object]) -> None:
    """Raise UsageError for an option of the other kind of decision: what would be ignored may have been meant."""
    strange = [name for name, value in (films if spend else money).items() if value]
    if strange:
        about = "a price is agreed to whole, or less single variants (--leave-out)" if spend else "it is about a price"
        raise click.UsageError(
            f"{', '.join(strange)} goes {'not' if spend else 'only'} with --spend: {about}. Nothing was changed."
        )


def answer_spending(
    state: SpendState,
    *,
    campaign_file: Path,
    by: str | None,
    note: str,
    prefix: str | None,
    leave_out: tuple[str, ...],
    as_json: bool,
) -> int:
    """Show what waits; with `by`, answer it. Raises Refused when nothing waits, when several do and none is named, and for a
    variant to leave out that the sheet has not: the rest would be bought with it."""
    from campaign.intake.campaign_file import campaign_name
    from campaign.preparing.memory import open_memory

    settings = read_settings(beside=campaign_file.parent)
    _require_known(leave_out, campaign_file, settings)
    with open_memory(campaign_file, settings) as memory:
        name = campaign_name(campaign_file)
        waiting = [each for each in memory.ledger.waiting_to_spend(name) if each.plan_sha256.startswith(prefix or "")]
        if not waiting:
            plan = f"No plan {prefix}… waits" if prefix else "Nothing waits"
            raise Refused(
                f"{plan} for a yes to its price in {name}. Nothing was changed. Start the run again, and it asks."
            )
        for each in waiting:
            say("", plain=_line(each))
        if not by:
            if as_json:
                emit({"waiting": [_told(each) for each in waiting]})
            say("", plain="Say --by NAME to answer.")
            return DONE
        if len(waiting) > 1:
            raise Refused(f"{len(waiting)} plans wait: name one with --plan HASH. Nothing was changed.")
        said = replace(
            waiting[0], state=state, by=by, at=datetime.now(UTC), note=note.strip(), left_out=tuple(leave_out)
        )
        if not memory.ledger.answer_spending(said):
            raise Refused("Somebody else answered at the same moment; that answer counts. Nothing was changed.")
    if as_json:
        emit({state.value: [_told(said)]})
    say(f"[green]{state.value}[/green] ", plain=f"by {by}: {THEN[state]}")
    return DONE


def _require_known(variants: tuple[str, ...], campaign_file: Path, settings: Settings) -> None:
    if not variants:
        return
    from campaign.errors import InputError
    from campaign.intake.brief import read_all
    from campaign.preparing.sheets import sheet_of

    reading = read_all(campaign_file, skip_bad=True, obtain=lambda campaign: sheet_of(campaign, settings))
    if reading.brief is None:
        raise InputError(reading.faults)
    known = [variant.key for variant in reading.brief.variants]
    for variant in variants:
        if variant not in known:
            near = close(variant, known)
            meant = f"; did you mean {near}?" if near else "."
            raise Refused(f"There is no variant {variant} to leave out{meant} Nothing was changed.")


def _line(each: SpendApproval) -> str:
    return (
        f"plan {each.plan_sha256[:DIGITS]}: up to {money.text(each.price_usd)} USD for {many(each.jobs, 'job')}, asked "
        f"{each.at:%Y-%m-%d %H:%M} UTC"
    )


def _told(each: SpendApproval) -> dict[str, object]:
    return {
        "plan_sha256": each.plan_sha256,
        "price_usd": money.text(each.price_usd),
        "jobs": each.jobs,
        "by": each.by,
        "at": each.at.isoformat(),
        "left_out": list(each.left_out),
        "note": each.note,
    }
