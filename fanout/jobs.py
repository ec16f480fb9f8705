"""fanout jobs: the jobs in the ledger, and what a person decides about them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign.buying.next_commands import DIGITS, WAYS, next_command
from campaign.errors import CampaignError
from campaign.model.outcomes import JobState
from campaign.settings import Settings, read_settings
from fanout.console import clean, emit, say, say_table
from fanout.deciding import resolve, thaw
from fanout.exits import DONE
from fanout.fault_lines import many, on_lines
from fanout.job_words import the_job
from fanout.options import campaign_option, json_option, options

if TYPE_CHECKING:
    from campaign.ledger.records import Event, JobRecord

COLUMNS = ("key", "state", "job", "variant", "at", "USD", "note")
FEW = 10
LONGEST_ANSWER = 2_000
"""Characters of a provider's answer that are shown; --json has it whole."""
STATES = click.Choice([state.value for state in JobState])
HISTORY = ("at", "attempt", "from_state", "to_state", "note")


@click.group("jobs")
def command() -> None:
    """List jobs, show one whole, decide about one."""


command.add_command(resolve)
command.add_command(thaw)


@command.command("list")
@click.option("--state", multiple=True, type=STATES, metavar="STATE", help="Only jobs in this state (may be repeated).")
@options(campaign_option, json_option)
def list_jobs(campaign_file: Path, state: tuple[str, ...], as_json: bool) -> int:
    """All jobs with state and price, and what to decide.

    Each job in doubt is named once more with the command that decides about it.
    """
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings(beside=campaign_file.parent)) as memory:
        rows = [row for row in memory.ledger.export(locate=memory.locate) if not state or row["state"] in state]
    if as_json:
        emit(rows)
        return DONE
    say_table(many(len(rows), "job"), COLUMNS, map(_cells, rows), numbers=[5])
    if not rows:
        say("no jobs: " + ("none is in such a state" if state else "this campaign has not run yet"))
    _say_doubts([row for row in rows if row["state"] == JobState.IN_DOUBT])
    return DONE


def _cells(row: Mapping[str, object]) -> list[str]:
    """Few and narrow: a table of 80 columns is read, a wider one is wrapped. --json has everything."""
    what = " ".join(str(row[name]) for name in ("operation", "segment", "ratio") if row[name] is not None)
    price = row["price_final_usd"] if row["price_final_usd"] is not None else row["price_reserved_usd"]
    key = str(row["work_key"])[:DIGITS]
    return [key, str(row["state"]), what, str(row["variant"]), str(row["provider"]), str(price), str(row["note"] or "")]


def _say_doubts(rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    at = " and ".join(sorted({str(row["provider"]) for row in rows}))
    say(
        f"\n[yellow]in doubt:[/yellow] {many(len(rows), 'job')} may have been paid. Look at {at} for each, then say what"
    )
    say("you found; `fanout jobs show KEY` tells when it was sent and under which name.")
    for row in rows[:FEW]:
        say("  ", plain=f"fanout jobs resolve {str(row['work_key'])[:DIGITS]} {WAYS}")
    if len(rows) > FEW:
        say(f"  ... and {len(rows) - FEW} more")


@command.command("show")
@click.argument("key")
@options(campaign_option, json_option)
def show(key: str, campaign_file: Path, as_json: bool) -> int:
    """One job whole: prompt, history, answers.

    KEY may be the first digits.
    """
    from campaign.preparing.memory import open_memory

    settings = read_settings(beside=campaign_file.parent)
    with open_memory(campaign_file, settings) as memory:
        record = the_job(memory.ledger, key)
        history = memory.ledger.history(record.key)
    asked = _asked(record.key, campaign_file, settings)
    if as_json:
        emit({"job": asdict(record), "asked": asked, "history": [asdict(event) for event in history]})
        return DONE
    _show(record, asked, history)
    return DONE


def _asked(key: str, campaign_file: Path, settings: Settings) -> dict[str, object] | None:
    """What the campaign as it is now asks of the job: rows, template, prompt. None when no row asks for it any more."""
    from campaign.preparing.prepare import prepare_as_last

    # A campaign that is being edited may be faulty: the ledger is shown all the same.
    with (
        suppress(CampaignError),
        prepare_as_last(campaign_file, settings, provider=None, draft=None) as (_, prepared),
    ):
        planned = prepared.plan.jobs.get(key)
        if planned is None:
            return None
        lines = {film.variant.key: film.variant.line for film in prepared.plan.films}
        return {
            "rows": {variant: lines[variant] for variant in planned.variants if variant in lines},
            "template": planned.job.prompt.template,
            "prompt": planned.job.prompt.text,
            "prompt_sha256": planned.job.prompt.sha256,
        }
    return None


def _show(record: "JobRecord", asked: dict[str, object] | None, history: "Sequence[Event]") -> None:
    told = [
        [name, _text(value)]
        for name, value in asdict(record).items()
        if value not in (None, "", ()) and name != "extras"
    ]
    told += [["extra", f"{kept.kind}, {kept.bytes} bytes, sha256 {kept.sha256}"] for kept in record.extras]
    say_table(record.key[:DIGITS], ["field", "value"], told)
    if asked is None:
        say("\nNo row of the campaign asks for this job any more.")
    else:
        rows = asked["rows"]
        assert isinstance(rows, dict)
        words = f"{', '.join(rows)} {on_lines(rows.values())}; template {asked['template']}"
        say_table("asked for", ["by", "prompt"], [[words, str(asked["prompt"])]])
    say_table("history", HISTORY, [[_text(getattr(event, name)) for name in HISTORY] for event in history])
    for event in history:
        if event.answer:
            say(f"\n[bold]answer[/bold] at {_text(event.at)} ({event.to_state}): ", plain=_short(event.answer))
    say("\n[bold]next:[/bold] ", plain=next_command(record))


def _short(answer: str) -> str:
    left = len(answer) - LONGEST_ANSWER
    return clean(answer[:LONGEST_ANSWER]) + (f" ... ({left} characters more, see --json)" if left > 0 else "")


def _text(value: object) -> str:
    """A field for a person; moments to the second."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
