"""fanout jobs: the jobs in the ledger."""

from dataclasses import asdict
from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.console import emit, say, say_table
from fanout.exits import DONE, REFUSED
from fanout.options import campaign_option, json_option, options


@click.group("jobs")
def command() -> None:
    """List jobs, or show one whole."""


@command.command("list")
@click.option("--state", multiple=True, help="Only jobs in this state (may be repeated).")
@options(campaign_option, json_option)
def list_jobs(campaign_file: Path, state: tuple[str, ...], as_json: bool) -> int:
    """Every job the ledger knows, with its state and price."""
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings()) as memory:
        rows = [row for row in memory.ledger.export(locate=memory.locate) if not state or row["state"] in state]
    if as_json:
        emit(rows)
        return DONE
    columns = ["work_key", "state", "operation", "variant", "segment", "ratio", "provider", "price_final_usd", "note"]
    shown = [
        ["" if row[name] is None else str(row[name])[: 12 if name == "work_key" else None] for name in columns]
        for row in rows
    ]
    say_table(f"{len(rows)} jobs", columns, shown, numbers=[7])
    return DONE


@command.command("show")
@click.argument("key")
@options(campaign_option, json_option)
def show(key: str, campaign_file: Path, as_json: bool) -> int:
    """One job whole, with its history. KEY may be the first digits."""
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings()) as memory:
        found = memory.ledger.matching(key)
        if len(found) != 1:
            count = "no job" if not found else f"{len(found)} jobs or more"
            say(f"[red]{count}[/red] in the ledger begin with ", plain=f"{key}; `fanout jobs list` shows all")
            return REFUSED
        job, history = asdict(found[0]), [asdict(event) for event in memory.ledger.history(found[0].key)]
    if as_json:
        emit({"job": job, "history": history})
        return DONE
    say_table(found[0].key[:12], ["field", "value"], [[name, str(value)] for name, value in job.items()])
    columns = ["at", "attempt", "from_state", "to_state", "owner", "note"]
    say_table("history", columns, [[str(event[name]) for name in columns] for event in history])
    return DONE
