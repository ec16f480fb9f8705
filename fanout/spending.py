"""Asked before money is spent: may anything be bought there, what will it cost at most, which budget stops it."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from campaign.model import money
from campaign.model.approvals import SpendState
from campaign.model.orders import RunOrder
from campaign.model.plan import Film
from campaign.settings import Settings
from fanout.console import say, terminal
from fanout.endings import Refused
from fanout.fault_lines import many

if TYPE_CHECKING:
    from campaign.ledger.records import JobRecord
    from campaign.preparing.billing import Bill, Spend
    from campaign.preparing.prepare import Prepared

REHEARSAL = (
    "A provider's address is not its own. What is made there counts as bought in this campaign's ledger, and will not be bought "
    "again; its films lie among the real ones: set FANOUT_HOME and FANOUT_OUT to keep a rehearsal apart."
)


def allow(
    prepared: "Prepared",
    films: Iterable[Film],
    order: RunOrder,
    settings: Settings,
    *,
    yes: bool,
) -> "Spend":
    """What the run may spend money on. Raises Refused when something is refused, a key lacks, or the price is not agreed to.

    A price above `budget.ask_above_usd` (or any, when that is not set) is asked about once, and the yes goes into the ledger;
    without a person at the terminal and without `yes` it refuses.
    """
    from campaign.preparing.billing import bill_of

    plan = prepared.plan
    if plan.own_refusals:
        raise Refused(f"{plan.provider} would not take this plan; nothing was spent.", plan.own_refusals)
    bill = bill_of(prepared, films, order.max_usd)
    for name in bill.providers:
        if lack := settings.vendors.lack(name):
            raise Refused(f"{lack} Nothing was spent.")
    _say_brakes(prepared, bill)
    if bill.in_doubt:
        say("[yellow]in doubt:[/yellow] ", plain=_doubts(bill.in_doubt))
    if not bill.price_usd:
        return bill.spend
    if None in (settings.home, settings.out) and any(settings.vendors.moved(name) for name in bill.providers):
        say("[yellow]a rehearsal?[/yellow] ", plain=REHEARSAL)
    if bill.holds_none:
        raise Refused(_holds_none(bill))
    price = _price(prepared, order, settings, bill)
    if not bill.spend.asks(prepared.brief.campaign.budget):
        say("", plain=price)
        return bill.spend
    _ask(price, yes=yes)
    prepared.ledger.say_of_spending(bill.spend.approval(plan.campaign, SpendState.AGREED, by=settings.user))
    return bill.spend


def _ask(price: str, *, yes: bool) -> None:
    """Have the price agreed to. Raises Refused."""
    if yes:
        say("", plain=price)
    elif not (terminal().is_terminal and sys.stdin.isatty()):
        raise Refused(f"{price} Nobody is here to ask: say --yes, or raise budget.ask_above_usd.")
    elif not click.confirm(f"{price} Spend it?", err=True):
        raise Refused("Not agreed to; nothing was spent.")


def _holds_none(bill: "Bill") -> str:
    return (
        f"--max-usd {money.text(bill.max_usd or money.ZERO)} holds no job: the cheapest to begin with costs up to "
        f"{money.text(bill.first_usd)} USD. Say --max-usd {money.text(bill.price_usd)} to let all that is selected be made. "
        "Nothing was spent."
    )


def _say_brakes(prepared: "Prepared", bill: "Bill") -> None:
    """Say where nothing is bought since it billed too much: what is under way there is collected all the same."""
    notes = prepared.ledger.brakes()
    for name in sorted({job.provider for job in bill.due if job.price_usd} & notes.keys()):
        say("[yellow]frozen:[/yellow] ", plain=f"{notes[name]} When you have looked: `fanout jobs thaw {name}`.")


def _price(prepared: "Prepared", order: RunOrder, settings: Settings, bill: "Bill") -> str:
    """`This will cost up to 12.96 USD at luma, capped at 5.00 USD by --max-usd.`"""
    paid = sorted({job.provider for job in bill.due if job.price_usd})
    moved = [f"moved to {url} by {name}" for provider in paid for name, url in settings.vendors.moved(provider).items()]
    where = " and ".join(paid) + (f" ({', '.join(moved)})" if moved else "")
    sentence = f"This will cost up to {money.text(bill.price_usd)} USD at {where}, {_cap(prepared, order, bill)}."
    reserved = sum((record.price_reserved_usd for record in bill.under_way), money.ZERO)
    if reserved:
        sentence += f" {money.text(reserved)} USD are held already for {many(len(bill.under_way), 'job')} under way."
    return f"{sentence} {bill.again.told}" if bill.again is not None else sentence


def _cap(prepared: "Prepared", order: RunOrder, bill: "Bill") -> str:
    """Which budget stops it, in part of a sentence."""
    from campaign.ledger.budgets import limit_of
    from tasks.hands import purse_of

    left = []
    for cap in purse_of(prepared, order, "").all_caps():
        if cap.usd is not None and not cap.scope.startswith("market:"):
            held = prepared.ledger.budget(cap.scope)
            left.append((max(money.ZERO, cap.usd - held.reserved_usd - held.spent_usd), limit_of(cap.scope)))
    if not left:
        return "and nothing caps it (see --max-usd, and [budget] in campaign.toml)"
    least, name = min(left)
    if least >= bill.price_usd:
        return f"within the {money.text(least)} USD that {name} leaves"
    return f"capped at {money.text(least)} USD by {name}: not all of it will be made"


def _doubts(records: "tuple[JobRecord, ...]") -> str:
    held = money.text(sum((record.price_reserved_usd for record in records), money.ZERO))
    return (
        f"{many(len(records), 'job')} may have been paid ({held} USD held) and will not be bought again unasked: "
        "`fanout jobs list --state in_doubt`"
    )
