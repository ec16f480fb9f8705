"""Opens what Fanout remembers for a campaign: the ledger and the store under .fanout/."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign.errors import InputError, LedgerError
from campaign.intake.elsewhere import no_campaign
from campaign.ledger.ledger import Ledger
from campaign.ledger.moving import paid_in
from campaign.preparing.home import ready_home
from campaign.settings import Settings
from campaign.store.files import Store
from campaign.store.opening import open_store


@dataclass(frozen=True, slots=True)
class Memory:
    """The ledger, the store, and the folder they lie in."""

    home: Path
    ledger: Ledger
    store: Store

    def locate(self, sha256: str) -> Path | None:
        """Where the store has a file on this machine, None when it has not."""
        return self.store.here(sha256)


@contextmanager
def open_memory(campaign_file: Path, settings: Settings) -> Iterator[Memory]:
    """Open (or begin) the memory of the campaign of `campaign_file`; the file itself is not read.

    Raises InputError when that file is not there (nothing is begun in a wrong folder), SetupError when .fanout/ cannot
    be written, LedgerError when the ledger cannot be trusted.
    """
    if not campaign_file.exists():
        raise InputError((no_campaign(campaign_file),))
    root = campaign_file.absolute().parent
    home = ready_home(root, settings)
    with Ledger.open(settings.ledger_url(root)) as ledger:
        if settings.database_url:
            _refuse_left_behind(settings.ledger_file(root), ledger)
        yield Memory(home, ledger, open_store(settings, home))


def _refuse_left_behind(file: Path, ledger: Ledger) -> None:
    """Raise LedgerError when the ledger beside the campaign holds paid jobs that the one on the server does not know."""
    paid = paid_in(file)
    unknown = len(paid) - len(ledger.records(paid)) if paid else 0
    if unknown:
        raise LedgerError(
            f"{file} holds {unknown} paid job{'s' if unknown != 1 else ''} that the ledger at FANOUT_DATABASE_URL does not know: "
            "a run would buy them again. `fanout ledger move` takes the whole file there; or name the file otherwise, if what it "
            "bought is of no use any more."
        )
