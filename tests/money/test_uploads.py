"""What was uploaded goes out once: the ledger remembers what providers call it, for as long as they have it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaign.ledger.clock import SECOND, moment
from campaign.ledger.ledger import Ledger
from campaign.providers.uploads import Shelf

SHA = "a" * 64
T0 = 1_800_000_000 * SECOND


def test_an_upload_is_known_to_its_provider_and_account_alone(ledger: Ledger) -> None:
    shelf: Shelf = ledger.shelf
    assert shelf.known("luma", "key-1", SHA) is None
    shelf.remember("luma", "key-1", SHA, "file-1", None)
    assert shelf.known("luma", "key-1", SHA) == "file-1"
    assert shelf.known("luma", "key-2", SHA) is None
    assert shelf.known("fal", "key-1", SHA) is None
    assert shelf.known("luma", "key-1", "b" * 64) is None


def test_an_upload_is_known_to_the_next_run(ledger: Ledger, ledger_url: str) -> None:
    ledger.shelf.remember("luma", "key-1", SHA, "file-1", datetime.now(UTC) + timedelta(hours=1))
    with Ledger.open(ledger_url) as other:
        assert other.shelf.known("luma", "key-1", SHA) == "file-1"


def test_bytes_that_were_changed_on_their_way_are_known_by_how(ledger: Ledger) -> None:
    ledger.shelf.remember("fal", "key-1", f"{SHA}:pad/1:120", "padded", None)
    assert ledger.shelf.known("fal", "key-1", f"{SHA}:pad/1:120") == "padded"
    assert ledger.shelf.known("fal", "key-1", f"{SHA}:pad/1:121") is None
    assert ledger.shelf.known("fal", "key-1", SHA) is None
    ledger.shelf.forget("fal", "key-1", f"{SHA}:pad/1:120")
    assert ledger.shelf.known("fal", "key-1", f"{SHA}:pad/1:120") is None


def test_a_newer_upload_takes_the_place_of_the_older(ledger: Ledger) -> None:
    ledger.shelf.remember("luma", "key-1", SHA, "file-1", datetime.now(UTC) - timedelta(hours=1))
    ledger.shelf.remember("luma", "key-1", SHA, "file-2", None)
    assert ledger.shelf.known("luma", "key-1", SHA) == "file-2"


def test_what_is_forgotten_is_uploaded_again(ledger: Ledger) -> None:
    ledger.shelf.remember("luma", "key-1", SHA, "file-1", None)
    ledger.shelf.remember("luma", "key-2", SHA, "file-2", None)
    ledger.shelf.forget("luma", "key-1", SHA)
    ledger.shelf.forget("luma", "key-1", SHA)
    assert ledger.shelf.known("luma", "key-1", SHA) is None
    assert ledger.shelf.known("luma", "key-2", SHA) == "file-2"


def test_what_expires_within_minutes_counts_as_gone(sqlite_path: Path) -> None:
    now = T0
    with Ledger.open(f"sqlite:///{sqlite_path}", clock=lambda: now) as ledger:
        ledger.shelf.remember("luma", "key-1", SHA, "file-1", moment(T0 + 3600 * SECOND))
        now = T0 + 3299 * SECOND
        assert ledger.shelf.known("luma", "key-1", SHA) == "file-1"
        now += SECOND
        assert ledger.shelf.known("luma", "key-1", SHA) is None


def test_many_may_remember_the_same_at_once(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: ledger.shelf.remember("luma", "key-1", SHA, f"file-{n}", None), range(40)))
    assert (ledger.shelf.known("luma", "key-1", SHA) or "").startswith("file-")
