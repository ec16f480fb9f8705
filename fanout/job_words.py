"""Finds the job that a person means, and says what is to be done about it."""

from typing import TYPE_CHECKING

from campaign.model import money
from campaign.model.outcomes import JobState
from fanout.endings import Refused

if TYPE_CHECKING:
    from campaign.ledger.ledger import Ledger
    from campaign.ledger.records import JobRecord

DIGITS = 8
"""Hex digits by which a list names a job: enough to tell it from the others, few enough to type."""


def the_job(ledger: "Ledger", key: str) -> "JobRecord":
    """The one job whose key begins with `key`. Raises Refused for none, or several."""
    if not key.strip():
        raise Refused("No job has an empty key; `fanout jobs list` shows all.")
    found = ledger.matching(key.strip().lower())
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"No job in the ledger has a key that begins with {key!r}; `fanout jobs list` shows all.")
    keys = ", ".join(record.key[: len(key) + 4] for record in found[:3])
    raise Refused(f"{len(found)} jobs or more have a key that begins with {key!r} ({keys}, ...): give more digits.")


def next_command(record: "JobRecord") -> str:
    """What a person does about a job in its state, in a sentence."""
    short = record.key[:DIGITS]
    anew = f"`fanout regenerate --only variant={record.variant}`"
    match record.state:
        case JobState.IN_DOUBT:
            return f"Look whether {record.provider} has it, then: fanout jobs resolve {short} {WAYS}"
        case JobState.STORED:
            return "It is done: nothing is to be decided."
        case JobState.PLANNED | JobState.CANCELLED:
            return "`fanout run` buys it."
        case JobState.BUDGET:
            return "Raise the budget in campaign.toml (or --max-usd), then `fanout run` buys it."
        case JobState.LOST:
            return f"Its result is gone though it was paid; {anew} buys it anew."
        case JobState.REJECTED | JobState.DEAD:
            return f"Change its row or template and run again, or have it made anew by {anew}."
        case _:
            return "`fanout run` goes on with it."


WAYS = "--paid REMOTE_ID | --not-paid | --resubmit"


def amount(record: "JobRecord") -> str:
    """What is held for a job, as `1.08 USD`."""
    return f"{money.text(record.price_reserved_usd)} USD"
