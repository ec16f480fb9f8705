"""fanout jobs resolve and thaw: what only a person can decide about jobs and providers."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign.buying.next_commands import DIGITS, WAYS, amount, next_command
from campaign.model.outcomes import JobState
from campaign.settings import Settings, read_settings
from fanout.console import emit, say, terminal
from fanout.endings import Refused
from fanout.exits import DONE
from fanout.job_words import the_job
from fanout.obstacles import stopped
from fanout.options import campaign_option, json_option, options

if TYPE_CHECKING:
    from campaign.ledger.records import JobRecord

LOOK_UP_S = 40.0
"""A provider that says it does not know a job is asked again for a quarter of a minute before it is believed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a provider says of an id: its word for where it stands (None = not asked, or no answer), and a sentence."""

    state: str | None
    told: str


@click.command("resolve")
@click.argument("key")
@click.option("--paid", "remote_id", metavar="REMOTE_ID", help="The provider has it under this id: collect it.")
@click.option("--not-paid", is_flag=True, help="The provider never took it: free its money, buy it again.")
@click.option("--resubmit", is_flag=True, help="Buy it again whatever it was: it may be paid twice.")
@click.option("--by", metavar="NAME", help="Who decides; kept in the ledger. [default: you]")
@click.option("--yes", is_flag=True, help="Do not ask before what may cost money twice, or cannot be checked.")
@options(campaign_option, json_option)
def resolve(
    key: str,
    remote_id: str | None,
    not_paid: bool,
    resubmit: bool,
    by: str | None,
    yes: bool,
    campaign_file: Path,
    as_json: bool,
) -> int:
    """Decide about a job that may have been paid.

    A request left and no answer came: the provider may have taken it, and its money is held. Look there (its dashboard, its
    bill) and say what you found. KEY may be the first digits; `fanout jobs list --state in_doubt` lists them.
    """
    from campaign.preparing.memory import open_memory

    if (remote_id is not None) + not_paid + resubmit != 1:
        raise click.UsageError(f"Say exactly one of {WAYS}.")
    settings = read_settings(beside=campaign_file.parent)
    who, seen = by or settings.user, Seen(None, "")
    with open_memory(campaign_file, settings) as memory:
        record = the_job(memory.ledger, key)
        if record.state is not JobState.IN_DOUBT:
            raise Refused(
                f"Job {record.key[:DIGITS]} is {record.state.value}, not in doubt. {next_command(record)} Nothing was changed."
            )
        if remote_id is not None:
            remote_id = _id(remote_id, record)
            seen = _look(record, remote_id, settings)
            say("", plain=seen.told)
            if seen.state in (None, "gone"):
                _agree(
                    "Take it for the job all the same?",
                    yes=yes,
                    refusal=f"{seen.told} Nothing was changed: look the id up again, or say --yes to take it as it is.",
                )
            said = _paid_words(record)
            record = memory.ledger.resolve_paid(record.key, remote_id, who)
        elif not_paid:
            said = _not_paid_words(record)
            if attended():  # scripts that have looked go on unasked
                _agree(f"{said} Are you sure that it was not paid?", yes=yes, refusal=said)
            record = memory.ledger.resolve_not_paid(record.key, who)
        else:
            said = _resubmit_words(record)
            _agree(f"{said} Buy it again?", yes=yes, refusal=f"{said} Nothing was changed: say --yes to do it.")
            record = memory.ledger.resubmit(record.key, who)
    if as_json:
        emit(_document(record, seen, who))
    say(f"[green]{record.key[:DIGITS]} is {record.state.value}.[/green] ", plain=said)
    return DONE


def _id(remote_id: str, record: "JobRecord") -> str:
    """The id as the provider writes it. Raises Refused for what can be none; another job's the ledger refuses."""
    remote_id = remote_id.strip()
    if not remote_id or not remote_id.isprintable():
        raise Refused(f"{remote_id!r} is no id of {record.provider}. Nothing was changed.")
    return remote_id


def _look(record: "JobRecord", remote_id: str, settings: Settings) -> Seen:
    """Ask the provider where the id stands; free of charge."""
    from fanout.asking import ask

    if settings.vendors.lack(record.provider):
        return Seen(None, f"{remote_id} was not looked up: {settings.vendors.lack(record.provider)}")
    say("", plain=f"asking {record.provider} about {remote_id} ...")
    found = asyncio.run(ask(record.provider, settings, lambda provider: provider.poll(remote_id), LOOK_UP_S))
    if isinstance(found, str):
        return Seen(None, f"{remote_id} could not be looked up: {found}")
    detail = f" ({found.detail})" if found.detail else ""
    if found.state.value == "gone":
        return Seen("gone", f"{record.provider} does not know {remote_id}{detail}.")
    return Seen(found.state.value, f"{record.provider} says that {remote_id} is {found.state.value}{detail}.")


def _paid_words(record: "JobRecord") -> str:
    return (
        f"{amount(record)} stay held; what {record.provider} bills is spent when the result is there. "
        "The next `fanout run` collects it and buys nothing for it."
    )


def _not_paid_words(record: "JobRecord") -> str:
    return (
        f"{amount(record)} are free again. The next `fanout run` buys it for up to {amount(record)}; if {record.provider} "
        "took it after all, it is paid twice."
    )


def _resubmit_words(record: "JobRecord") -> str:
    return (
        f"{amount(record)} count as spent from now, since {record.provider} may have billed them; the next `fanout run` buys "
        f"it once more, for up to {amount(record)} again."
    )


def _agree(question: str, *, yes: bool, refusal: str) -> None:
    """Ask the person at the terminal; without one, and without `yes`, raise Refused."""
    if yes:
        return
    if not attended():
        raise Refused(refusal)
    if not click.confirm(question, err=True):
        raise Refused("Not agreed to; nothing was changed.")


def attended() -> bool:
    """Whether a person sits at the terminal who can be asked."""
    return terminal().is_terminal and sys.stdin.isatty()


def _document(record: "JobRecord", seen: Seen, who: str) -> dict[str, object]:
    return {
        "key": record.key,
        "state": record.state.value,
        "attempt": record.attempt,
        "provider": record.provider,
        "remote_id": record.remote_id,
        "price_reserved_usd": str(record.price_reserved_usd),
        "provider_says": seen.state,
        "by": who,
    }


@click.command("thaw")
@click.argument("provider")
@options(campaign_option, json_option)
def thaw(provider: str, campaign_file: Path, as_json: bool) -> int:
    """Buy at a provider again that was stopped.

    One is stopped when it bills more than was quoted, refuses the key or has no credit left. Mend the cause first: the reason
    is shown, and the next such answer stops it again.
    """
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings(beside=campaign_file.parent)) as memory:
        halted = [each for each in stopped(memory.ledger) if each.state in ("frozen", "barred")]
        why = tuple(dict.fromkeys(each.why for each in halted if each.provider == provider))
        if not why:
            others = ", ".join(sorted({each.provider for each in halted}))
            told = f" Stopped is: {others}." if others else ""
            raise Refused(f"Nothing is stopped at {provider!r}.{told} Nothing was changed.")
        memory.ledger.thaw(provider)
    if as_json:
        emit({"provider": provider, "was_stopped_by": list(why)})
    for sentence in why:
        say("was stopped: ", plain=sentence)
    say("[green]thawed:[/green] ", plain=f"the next `fanout run` buys at {provider} again.")
    return DONE
