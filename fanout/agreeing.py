"""`fanout approve --spend` and `reject --spend`: a person's word about money that a run in the room waits for."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from campaign.model import money
from campaign.model.approvals import SpendApproval, Word
from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.endings import Refused
from fanout.exits import DONE
from fanout.fault_lines import many

DIGITS = 12

spend_options = (
    click.option(
        "--spend", is_flag=True, help="About money that a run in the room waits for; alone it shows what waits."
    ),
    click.option(
        "--plan", "prefix", metavar="HASH", help="With --spend, which of several: the first digits are enough."
    ),
    click.option("--leave-out", metavar="VARIANT", multiple=True, help="With --spend: this variant is not bought."),
)


def say_of_spending(
    word: Word,
    *,
    campaign_file: Path,
    by: str | None,
    note: str,
    prefix: str | None,
    leave_out: tuple[str, ...],
    as_json: bool,
) -> int:
    """Show what waits; with `by`, answer it. Raises Refused when nothing waits, and when several do and none is named."""
    from campaign.intake.campaign_file import campaign_name
    from campaign.preparing.memory import open_memory

    settings = read_settings(beside=campaign_file.parent)
    with open_memory(campaign_file, settings) as memory:
        name = campaign_name(campaign_file)
        waiting = [each for each in memory.ledger.waiting_to_spend(name) if each.plan_sha256.startswith(prefix or "")]
        if not waiting:
            raise Refused(f"Nothing waits for a yes to its price in {name}. Nothing was changed.")
        for each in waiting:
            say("", plain=_line(each))
        if not by:
            if as_json:
                emit({"waiting": [_told(each) for each in waiting]})
            say("", plain="Say --by NAME to answer.")
            return DONE
        if len(waiting) > 1:
            raise Refused(f"{len(waiting)} plans wait: name one with --plan HASH. Nothing was changed.")
        said = replace(waiting[0], word=word, by=by, at=datetime.now(UTC), note=note.strip(), left_out=tuple(leave_out))
        memory.ledger.say_of_spending(said)
    if as_json:
        emit({word.value: [_told(said)]})
    say(f"[green]{word.value}[/green] ", plain=f"by {by}: the run goes on within seconds.")
    return DONE


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
