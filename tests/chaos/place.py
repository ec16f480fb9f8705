"""A paid campaign small enough to be killed hundreds of times: every job of it is asked for in words of its own."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footage import a_film

ROOT = Path(__file__).parent.parent.parent
SEASONS = ("winter", "spring", "summer", "autumn")
LOCALES = {"DE": "de-DE", "FR": "fr-FR", "IT": "it-IT", "JP": "ja-JP"}
RATIOS = ("16:9", "9:16")

CAMPAIGN = """
campaign = {{ name = "chaos", brand = "acme" }}

[inputs]
master = "master.mov"

[output]
ratios = ["16:9", "9:16"]

[provider]
name = "{provider}"

[modify]
template = "look"

[reframe]
template = "reframe"

[[shots]]
id = "hero"
start = 0
end = 24

[budget]
campaign_usd = "{cap}"
"""
LOOK = """---
operation: modify
kind: global_campaign
strength: flex_1
---
A market square in {{ market }} in {{ season }} for {{ demographic }}, an ice-cold can of soda in the foreground, lit by
soft overcast daylight, wooden stalls behind it. Same identity, product, framing and camera path as the source.
"""
REFRAME = """---
operation: reframe
kind: reframe
---
The market square in {{ market }} in {{ season }} for {{ demographic }} goes on above and below, same light, lens and texture.
"""


@dataclass(frozen=True)
class Place:
    """One campaign's folder, and the `fanout` command at work in it."""

    folder: Path
    provider: str
    environment: Mapping[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command in a process of its own, its output in a file beside the campaign."""
        told = (self.folder / "said.log").open("a", encoding="utf-8")
        with told:
            return subprocess.Popen(
                [sys.executable, "-m", "fanout", *arguments],
                cwd=self.folder,
                env=dict(self.environment),
                stdout=subprocess.DEVNULL,
                stderr=told,
                text=True,
            )

    def run(self) -> "subprocess.Popen[str]":
        """Begin the command that is killed: the campaign at draft size."""
        return self.start("run", "--draft", "--yes", "--json")

    def ask(self, *arguments: str, code: int = 0) -> str:
        """What a command prints. Raises AssertionError, with what it said, when it ends otherwise than with `code`."""
        done = subprocess.run(
            [sys.executable, "-m", "fanout", *arguments],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, f"fanout {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def attempts(self) -> list[dict[str, Any]]:
        """What the ledger says: a line for each attempt at each job."""
        return [json.loads(line) for line in self.ask("ledger", "export", "--json").splitlines()]

    @property
    def store(self) -> Path:
        """Where bought bytes lie."""
        return self.folder / ".fanout" / "store"

    @property
    def deliverables(self) -> Path:
        """Where finished films lie."""
        return self.folder / "out" / "chaos" / "deliverables"


def make_place(
    folder: Path,
    provider: str,
    rows: int,
    *,
    cap: str,
    vendor: Mapping[str, str],
    prefect: Mapping[str, str],
    database: str,
    markets: tuple[str, ...] = ("DE",),
    more: str = "",
) -> Place:
    """Lay out a campaign of `rows` variants in two ratios: `rows` modifies, `rows` reframes, twice as many films.

    `cap` is the campaign's budget in USD, `vendor` the addresses and keys of the emulator, `prefect` those of the server,
    `database` the ledger's address, "" for a file. `more` is said in campaign.toml besides.
    """
    folder.mkdir(parents=True)
    (folder / "campaign.toml").write_text(CAMPAIGN.format(provider=provider, cap=cap) + more, encoding="utf-8")
    templates = folder / "templates"
    templates.mkdir()
    (templates / "look.j2").write_text(LOOK, encoding="utf-8")
    (templates / "reframe.j2").write_text(REFRAME, encoding="utf-8")
    (templates / "looks.toml").write_text(
        (ROOT / "templates" / "looks.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with (folder / "variants.csv").open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(("market", "locale", "season", "demographic"))
        for number in range(rows):
            market = markets[number % len(markets)]
            writer.writerow((market, LOCALES[market], SEASONS[number % 4], f"crowd {number:02d}"))
    a_film(folder / "master.mov")
    system = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ledger = {"FANOUT_DATABASE_URL": database} if database else {}
    environment = {**system, "PYTHONPATH": str(ROOT), **vendor, **prefect, **ledger}
    return Place(folder, provider, environment)
