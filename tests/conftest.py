"""Fixtures shared by all tests: golden files, a clean environment, ledgers on real databases."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest

from campaign.ledger.ledger import Ledger

if TYPE_CHECKING:
    from emulator.server import Emulator

GOLDEN = Path(__file__).parent / "golden"
SMALL = Path(__file__).parent / "fixtures" / "campaigns" / "small"
SERVER = os.environ.get("FANOUT_TEST_POSTGRES", "host=127.0.0.1 port=5432 user=root dbname=postgres connect_timeout=3")
"""Where a PostgreSQL server is that may make databases, as libpq writes it."""
SLOW = {"orchestration", "machines", "chaos"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files; review the diff")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow rooms first: begun last, one file of theirs would have three of four processes wait for it."""
    items.sort(key=lambda item: not SLOW & set(item.path.parts))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare text with tests/golden/<name>, or rewrite it under --update-golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {name}: run pytest --update-golden and review it"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "FANOUT_HOME",
        "FANOUT_OUT",
        "FANOUT_DATABASE_URL",
        "LUMA_AGENTS_API_KEY",
        "RUNWARE_API_KEY",
        "FAL_KEY",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A database of our own on the machine's server, dropped at the end."""
    name = f"fanout_test_{secrets.token_hex(4)}"
    try:
        server = psycopg.connect(SERVER, autocommit=True)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server answers (set FANOUT_TEST_POSTGRES): {error}")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        at = server.info
        login = f"{at.user}:{quote(at.password, safe='')}" if at.password else at.user
        yield f"postgresql://{login}@{at.host}:{at.port}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def new_schema(postgres: str) -> Callable[[], str]:
    """Gives the address of a ledger on the server that does not exist yet, another one every time."""

    def make() -> str:
        schema = f"t{secrets.token_hex(6)}"
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        return f"{postgres}?options=-csearch_path%3D{schema}"

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a ledger that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite3'}"
    make: Callable[[], str] = request.getfixturevalue("new_schema")
    return make()


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url, busy_s=20) as opened:
        yield opened


@pytest.fixture
def emulator() -> Iterator["Emulator"]:
    """A running emulator of the providers: fast films, jobs of a tenth of a second, no faults, no end to its credit."""
    from fakes.emulation import quick

    with quick() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a small sound campaign of its own. Intake never opens the master: any bytes will do."""
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder)
    (folder / "media").mkdir()
    (folder / "media" / "master.mov").write_bytes(b"")
    return folder


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Where a ledger in a file is to lie."""
    return tmp_path / "home" / "ledger.sqlite3"
