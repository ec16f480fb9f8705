"""What a person does about a job, by the state in which it stands."""

from campaign.ledger.records import JobRecord
from campaign.model import money
from campaign.model.outcomes import JobState

DIGITS = 8
"""Hex digits by which a list names a job: enough to tell it from the others, few enough to type."""

WAYS = "--paid REMOTE_ID | --not-paid | --resubmit"


def next_command(record: JobRecord) -> str:
    """What a person does about a job in its state, in a sentence."""
    return command_for(record.state, record.key, record.variant, record.provider)


def command_for(state: JobState, key: str, variant: str, provider: str) -> str:
    """What a person does about the job `key` of a variant, in a sentence."""
    short = key[:DIGITS]
    anew = f"`fanout regenerate --only variant={variant}`"
    match state:
        case JobState.IN_DOUBT:
            return f"Look whether {provider} has it, then: fanout jobs resolve {short} {WAYS}"
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


def amount(record: JobRecord) -> str:
    """What is held for a job, as `1.08 USD`."""
    return f"{money.text(record.price_reserved_usd)} USD"
