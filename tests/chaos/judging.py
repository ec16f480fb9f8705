"""The judge: believes the vendor's bill and the bytes on disk, nobody's word."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import av

from chaos.place import RATIOS, Place
from emulator.books import Charge
from emulator.server import Emulator


@dataclass(frozen=True)
class Verdict:
    """What came of one campaign. Of jobs: bought twice, paid and not on disk. Of films: whole, broken."""

    charges: int
    twice: tuple[str, ...]
    lost: tuple[str, ...]
    spent: Decimal
    cap: Decimal
    whole: int
    broken: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing happened that must never happen."""
        return not (self.twice or self.lost or self.broken) and self.spent <= self.cap


def judge(place: Place, emulator: Emulator, charges: list[Charge], cap: Decimal, frames: int = 24) -> Verdict:
    """Look at what the vendor billed for a campaign, and at what lies on its disk.

    A paid result counts as kept when its bytes are in the store; one whose job is in doubt, by the ledger's own word, is
    not lost yet: its money is held and a person is asked.
    """
    paid = [charge for charge in charges if not charge.refunded]
    asked = Counter((charge.operation, charge.prompt, charge.ratio) for charge in paid)
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() for path in place.store.glob("??/*")}
    whole, broken = films_of(place, frames)
    return Verdict(
        charges=len(charges),
        twice=tuple(f"{what}: {count} times" for what, count in asked.items() if count > 1),
        lost=tuple(charge.job for charge in paid if not _results(emulator, charge) <= kept),
        spent=sum((charge.usd for charge in paid), Decimal(0)),
        cap=cap,
        whole=whole,
        broken=broken,
    )


def partial_films(place: Place, frames: int = 24) -> tuple[str, ...]:
    """Files among the deliverables that are not whole films, as they lie there this moment."""
    return films_of(place, frames)[1]


def _results(emulator: Emulator, charge: Charge) -> set[str]:
    """The hashes of what the vendor made for a charge."""
    job = emulator.world.jobs.known(charge.vendor, charge.job)
    assert job is not None and job.outputs, f"{charge.job} was paid and never made: a fault of the emulator"
    return {blob.sha256 for blob in job.outputs.values()}


def films_of(place: Place, frames: int = 24) -> tuple[int, tuple[str, ...]]:
    """How many whole films lie among the deliverables, and which files there are none."""
    folders = [place.deliverables / ratio.replace(":", "x") for ratio in RATIOS]
    files = [
        file for folder in folders if folder.exists() for file in folder.iterdir() if not file.name.startswith(".")
    ]
    broken = tuple(str(file) for file in files if _frames(file) != frames)
    return len(files) - len(broken), broken


def _frames(path: Path) -> int:
    try:
        with av.open(str(path)) as container:
            return sum(1 for _ in container.decode(video=0))
    except av.FFmpegError:
        return -1
