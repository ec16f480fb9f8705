"""A ledger of the first schema, as it was left by the Fanout that made it, becomes one of ours without losing a thing."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from builders import a_finished, a_planned_job
from buying_terms import intend
from sqlalchemy import inspect, text

from campaign.errors import LedgerError
from campaign.ledger import migration
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Money, Outcome, Room
from campaign.ledger.sqlite_file import APPLICATION_ID
from campaign.ledger.tables import VERSION
from campaign.model.outcomes import JobState

OLD = Path(__file__).parent.parent / "fixtures" / "ledger-1"


@pytest.fixture
def old_url(ledger_url: str) -> str:
    """A ledger of schema 1: its tables, and what was bought through it."""
    file, _, options = ledger_url.partition("?options=-csearch_path%3D")
    if ledger_url.startswith("sqlite"):
        make_file(Path(ledger_url.removeprefix("sqlite:///")))
    else:
        with psycopg.connect(file, autocommit=True) as connection:
            connection.execute(f"SET search_path TO {options}")
            for script in ("postgresql.sql", "rows.sql"):
                connection.execute((OLD / script).read_bytes())
            connection.execute("SELECT setval('event_seq_seq', (SELECT max(seq) FROM event))")
    return ledger_url


def make_file(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode=WAL")
    for script in ("sqlite.sql", "rows.sql"):
        connection.executescript((OLD / script).read_text())
    connection.close()


def version(ledger: Ledger) -> str:
    with ledger._engine.connect() as connection:
        return str(connection.execute(text("SELECT value FROM meta WHERE name = 'version'")).scalar_one())


def schema(ledger: Ledger) -> dict[str, object]:
    """Every table with its columns, keys and indexes, in words."""
    seen = inspect(ledger._engine)
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((index["name"] or "", tuple(index["column_names"])) for index in seen.get_indexes(table)),
        )
        for table in sorted(seen.get_table_names())
    }


def test_an_old_ledger_opens_and_tells_all_it_knew(old_url: str) -> None:
    with Ledger.open(old_url) as ledger:
        assert version(ledger) == str(VERSION)
        assert ledger.verify() == []
        assert ledger.money("fresh-days") == Money(Decimal(4), Decimal("1.5"))
        states = {
            name: ledger.record(a_planned_job(name).job.key) for name in ("stored", "submitted", "doubt", "planned")
        }
        assert {name: record and record.state for name, record in states.items()} == {
            "stored": JobState.STORED, "submitted": JobState.SUBMITTED, "doubt": JobState.IN_DOUBT, "planned": JobState.PLANNED,
        }  # fmt: skip
        stored = states["stored"]
        assert stored is not None
        assert (stored.remote_id, stored.price_final_usd, stored.extras) == ("gen-stored", Decimal("1.5"), ())
        assert [event.answer for event in ledger.history(stored.key)] == [""] * 5
        assert len(list(ledger.export("fresh-days"))) == 6
        assert ledger.editions("fresh-days") == {("de", "ask-1"): 2}
        assert ledger.finished([a_finished().key]) == {a_finished().key: a_finished()}


def test_an_old_ledger_goes_on_with_all_that_is_new(old_url: str) -> None:
    with Ledger.open(old_url) as ledger:
        planned = a_planned_job("new", price="2", provider="luma")
        ledger.plan("fresh-days", [planned])
        assert intend(ledger, planned, room=Room(slots=2, unanswered=4)).granted
        ledger.heard("luma", "modify", Outcome.FAILED, "down")
        ledger.shelf.remember("luma", "account", "a" * 64, "file-1", None)
        assert ledger.resolve_paid(a_planned_job("doubt").job.key, "gen-doubt", by="anna").state is JobState.SUBMITTED
        assert ledger.verify() == []
    with Ledger.open(old_url) as ledger:
        assert ledger.shelf.known("luma", "account", "a" * 64) == "file-1"
        assert ledger.approvals("fresh-days") == {}


def test_an_old_ledger_comes_to_have_the_schema_of_a_new_one(
    old_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if old_url.startswith("sqlite"):
        new_url = f"sqlite:///{tmp_path / 'new' / 'ledger.sqlite3'}"
    else:
        new_url = request.getfixturevalue("new_schema")()
    with Ledger.open(old_url) as migrated, Ledger.open(new_url) as fresh:
        assert schema(migrated) == schema(fresh)


def test_many_may_open_an_old_ledger_at_once(old_url: str) -> None:
    ready = threading.Barrier(6)

    def begin(n: int) -> list[str]:
        ready.wait()
        with Ledger.open(old_url, busy_s=30) as ledger:
            ledger.plan("fresh-days", [a_planned_job(f"new {n}")])
            return ledger.verify()

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(begin, range(6))) == [[]] * 6


def test_a_migration_that_fails_leaves_the_old_ledger_as_it_was(old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (*migration._TO_2, "ALTER TABLE nothing ADD COLUMN more TEXT")
    with monkeypatch.context() as patch:
        patch.setitem(migration._STEPS, 1, broken)  # type: ignore[arg-type]  # a dict, called a Mapping to its readers
        with pytest.raises(LedgerError, match="cannot be used"):
            Ledger.open(old_url)
    with Ledger.open(old_url) as ledger:
        assert version(ledger) == str(VERSION)
        assert ledger.verify() == []


@pytest.mark.parametrize("other", [0, VERSION + 1])
def test_a_schema_that_cannot_be_brought_here_is_refused_by_name(old_url: str, other: int) -> None:
    execute(old_url, f"UPDATE meta SET value = '{other}' WHERE name = 'version'")
    with pytest.raises(LedgerError, match=f"has schema {other}, this Fanout knows {VERSION}"):
        Ledger.open(old_url)


def execute(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        with connection:
            connection.execute(statement)
        connection.close()
        return
    database, _, in_schema = url.partition("?options=-csearch_path%3D")
    with psycopg.connect(database, autocommit=True) as server:
        server.execute(f"SET search_path TO {in_schema}")
        server.execute(statement)
