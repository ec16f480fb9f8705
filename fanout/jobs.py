"""fanout jobs: the jobs in the ledger."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from campaign.model.outcomes import JobState
from campaign.settings import read_settings
from fanout.console import emit, say, say_table
from fanout.endings import Refused
from fanout.exits import DONE
from fanout.fault_lines import many
from fanout.options import campaign_option, json_option, options

COLUMNS = ("key", "state", "job", "variant", "at", "USD", "note")
DIGITS = 8
STATES = click.Choice([state.value for state in JobState])


@click.group("jobs")
def command() -> None:
    """List jobs, or show one whole."""


@command.command("list")
@click.option("--state", multiple=True, type=STATES, metavar="STATE", help="Only jobs in this state (may be repeated).")
@options(campaign_option, json_option)
def list_jobs(campaign_file: Path, state: tuple[str, ...], as_json: bool) -> int:
    """Every job the ledger knows, with its state and price."""
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings()) as memory:
        rows = [row for row in memory.ledger.export(locate=memory.locate) if not state or row["state"] in state]
    if as_json:
        emit(rows)
        return DONE
    say_table(many(len(rows), "job"), COLUMNS, map(_cells, rows), numbers=[5])
    if not rows:
        say("no jobs: " + ("none is in such a state" if state else "this campaign has not run yet"))
    return DONE


def _cells(row: Mapping[str, object]) -> list[str]:
    """Few and narrow: a table of 80 columns is read, a wider one is wrapped. --json has everything."""
    what = " ".join(str(row[name]) for name in ("operation", "segment", "ratio") if row[name] is not None)
    price = row["price_final_usd"] if row["price_final_usd"] is not None else row["price_reserved_usd"]
    key = str(row["work_key"])[:DIGITS]
    return [key, str(row["state"]), what, str(row["variant"]), str(row["provider"]), str(price), str(row["note"] or "")]


@command.command("show")
@click.argument("key")
@options(campaign_option, json_option)
def show(key: str, campaign_file: Path, as_json: bool) -> int:
    """One job whole, with its history. KEY may be the first digits."""
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings()) as memory:
        found = memory.ledger.matching(key)
        if len(found) != 1:
            number = "no job" if not found else f"{len(found)} jobs or more"
            raise Refused(f"{number} in the ledger: the key begins with {key!r}; `fanout jobs list` shows all.")
        job, history = asdict(found[0]), [asdict(event) for event in memory.ledger.history(found[0].key)]
    if as_json:
        emit({"job": job, "history": history})
        return DONE
    told = [[name, _text(value)] for name, value in job.items() if value not in (None, "", ())]
    say_table(found[0].key[:DIGITS], ["field", "value"], told)
    columns = ["at", "attempt", "from_state", "to_state", "note"]
    say_table("history", columns, [[_text(event[name]) for name in columns] for event in history])
    return DONE


def _text(value: object) -> str:
    """A field for a person; moments to the second."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)
