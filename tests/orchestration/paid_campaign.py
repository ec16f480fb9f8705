"""The small campaign bought at a stand-in server: real requests, real films, a bill to be compared with."""

import os
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.small_campaign import ROOT, SmallCampaign

from emulator.books import Charge
from emulator.server import Emulator


class PaidCampaign(SmallCampaign):
    """A small campaign and the stand-in that its commands are led to."""

    def __init__(self, folder: Path, emulator: Emulator, server: Mapping[str, str] | None = None) -> None:
        """`server` are the variables of a Prefect server to use; without them each run starts its own."""
        super().__init__(folder)
        self.emulator = emulator
        self.environment = emulator.environment() | dict(server or {})

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command, its output in pipes."""
        usual = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, "-m", "fanout", *arguments],
            cwd=self.folder,
            env=usual | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bill(self) -> list[Charge]:
        """What was charged and not given back."""
        return [charge for charge in self.emulator.books.bill() if not charge.refunded]

    def billed_usd(self) -> Decimal:
        return sum((charge.usd for charge in self.bill()), Decimal(0))

    def exported(self, state: str) -> list[dict[str, Any]]:
        """The jobs in a state, as the ledger tells scripts."""
        found = self.do("jobs", "list", "--state", state)
        assert isinstance(found, list)
        return found

    def toml(self, old: str, new: str) -> None:
        """Edit campaign.toml."""
        file = self.folder / "campaign.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def variants(self) -> list[str]:
        """Keys of the rows, in the sheet's order."""
        planned = self.do("plan")
        return list(dict.fromkeys(film["variant"] for film in planned["films"]))
