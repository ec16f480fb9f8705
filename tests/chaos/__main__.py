"""make chaos: hundreds of kills with fixed seeds, every provider, both databases, one long-lived Prefect server."""

import argparse
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import psycopg
from conftest import SERVER

from chaos.campaign_of_kills import Ending, torment
from chaos.place import make_place
from emulator.options import Options
from emulator.server import Emulator
from flows.hosting.server import server_for

ROWS = 8
KILLS_EACH = 6
PRICES = {"luma": Decimal("0.57"), "runware": Decimal("0.57"), "fal": Decimal("0.78")}
"""One row at draft size: a modify of up to five seconds and a reframe of one (providers.md 1.9, 3.8)."""

LEAST = {"luma": 0.85, "runware": 1.0, "fal": 0.85}
"""The part of all films that must be whole before anybody resolves anything: a vendor that can be asked leaves no doubt, and
where none can be the postman leaves none; one job in doubt, of a campaign of sixteen films, is let pass."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Torment campaigns until so many kills are done; 0 when nothing happened that must never happen."""
    options = _options(arguments)
    endings: dict[tuple[str, str], list[Ending]] = {}
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, server_for(Path(folder) / "prefect", _quiet) as server:
        prefect = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth or ""}
        for seed in range(options.seed, options.seed + 10_000):
            if sum(len(ending.kills) for of in endings.values() for ending in of) >= options.kills:
                break
            provider, database = (
                options.providers[seed % len(options.providers)],
                options.databases[seed // 3 % len(options.databases)],
            )
            ending = campaign_of(Path(folder) / f"{seed}", provider, database, seed, prefect)
            endings.setdefault((provider, database), []).append(ending)
            _say(f"seed {seed:3d} {provider:8s} {database:10s} {_line([ending])}")
            if not ending.verdict.sound:
                _say(f"  {ending.verdict}")
    return _conclude(endings, time.monotonic() - began)


def campaign_of(
    folder: Path, provider: str, database: str, seed: int, prefect: dict[str, str], kills: int = KILLS_EACH
) -> Ending:
    """One campaign at one provider on one database, killed `kills` times."""
    cap = PRICES[provider] * ROWS
    with Emulator(Options(fast=True, seed=seed, takes_s=(0.1, 0.6))) as emulator, _ledger(database) as address:
        vendor = emulator.environment()
        place = make_place(folder, provider, ROWS, cap=str(cap), vendor=vendor, prefect=prefect, database=address)
        return torment(place, emulator, kills=kills, seed=seed, rows=ROWS, cap=cap)


def least_alone(endings: Sequence[Ending]) -> float:
    """The part of all films that were whole without a person's help."""
    return sum(ending.alone for ending in endings) / sum(ending.films for ending in endings)


@contextmanager
def _ledger(database: str) -> Iterator[str]:
    """The address of a ledger of its own; "" for the file beside the campaign."""
    if database == "sqlite":
        yield ""
        return
    name = f"chaos_{secrets.token_hex(6)}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        at = server.info
        yield f"postgresql://{at.user}@{at.host}:{at.port}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _conclude(endings: dict[tuple[str, str], list[Ending]], seconds: float) -> int:
    sound = True
    _say(f"\n{seconds:.0f} s")
    for (provider, database), of in sorted(endings.items()):
        alone = least_alone(of)
        good = all(ending.verdict.sound for ending in of) and alone >= LEAST[provider]
        good = good and all(ending.verdict.whole == ending.films for ending in of)
        sound = sound and good
        _say(f"{provider:8s} {database:10s} {_line(of)}  {'sound' if good else 'BROKEN'}")
    instants = Counter(instant for of in endings.values() for ending in of for instant in ending.kills)
    _say("kills: " + ", ".join(f"{count} {instant}" for instant, count in sorted(instants.items())))
    return 0 if sound else 1


def _line(endings: Sequence[Ending]) -> str:
    verdicts = [ending.verdict for ending in endings]
    return (
        f"{sum(len(ending.kills) for ending in endings):3d} kills, {sum(verdict.charges for verdict in verdicts):4d} charges, "
        f"{sum(len(verdict.twice) for verdict in verdicts)} twice, {sum(len(verdict.lost) for verdict in verdicts)} lost, "
        f"{sum(ending.alone for ending in endings)} of {sum(ending.films for ending in endings)} films alone, "
        f"{sum(ending.doubts for ending in endings)} resolved, then {sum(verdict.whole for verdict in verdicts)}"
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=240, help="how many kills in all")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--providers", nargs="+", default=sorted(PRICES))
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    return parser.parse_args(arguments)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _quiet(_: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
