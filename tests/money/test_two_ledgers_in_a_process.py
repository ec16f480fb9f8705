"""A process may open its ledger twice: a run that is stopped calls off what providers have while it still holds its own."""

import subprocess
import sys
from pathlib import Path

from campaign.ledger.ledger import Ledger

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from campaign.ledger.ledger import Ledger
with Ledger.open(sys.argv[1]) as other:
    other.bump("small", {(sys.argv[2], "ask"): 1}, by="ben")
"""


def elsewhere(url: str, variant: str) -> None:
    """Another process comes, writes and goes: the last one that SQLite knows of clears its files away."""
    subprocess.run([sys.executable, "-c", ASK, url, variant], cwd=ROOT, check=True, timeout=60)


def test_what_is_opened_twice_in_a_process_is_not_cleared_away_by_another(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    with Ledger.open(url) as first:
        first.bump("small", {("at", "ask"): 1}, by="anna")
        assert first.editions("small")
        with Ledger.open(url):
            elsewhere(url, "de")
        elsewhere(url, "fr")
        assert {variant for variant, _ in first.editions("small")} == {"at", "de", "fr"}
        assert sqlite_path.with_name(f"{sqlite_path.name}-wal").exists(), (
            "what is written next would be lost with a kill"
        )
        first.bump("small", {("jp", "ask"): 1}, by="anna")
    with Ledger.open(url) as after:
        assert {variant for variant, _ in after.editions("small")} == {"at", "de", "fr", "jp"}
