"""Ledgers on real databases: every test that asks for one runs on SQLite and on PostgreSQL."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from campaign.ledger.ledger import Ledger

SERVER = "host=127.0.0.1 port=5432 user=root dbname=postgres connect_timeout=3"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A database of our own on the machine's server, dropped at the end."""
    name = f"fanout_test_{secrets.token_hex(4)}"
    try:
        server = psycopg.connect(SERVER, autocommit=True)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server answers at 127.0.0.1:5432 for user root: {error}")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield f"postgresql://root@127.0.0.1:5432/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a ledger that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite3'}"
    database = request.getfixturevalue("postgres")
    schema = f"t{secrets.token_hex(6)}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{database}?options=-csearch_path%3D{schema}"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url, busy_s=20) as opened:
        yield opened


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Where a ledger in a file is to lie."""
    return tmp_path / "home" / "ledger.sqlite3"
