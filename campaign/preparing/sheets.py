"""The sheet of a campaign as it is now, from a file or from elsewhere, and the copies that are kept of it."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from campaign.errors import InputError, SetupError
from campaign.intake.own_sheet import own_sheet
from campaign.model.campaign import Campaign
from campaign.model.faults import Fault
from campaign.model.sheets import SheetCopy, SheetOrigin
from campaign.preparing.fetching import SheetUnreached, fetch
from campaign.preparing.home import ready_home
from campaign.settings import Settings


def sheet_of(campaign: Campaign, settings: Settings) -> SheetCopy:
    """The sheet as it is now, of which a copy is kept: `<home>/sheets/<sha256>.csv`.

    One from elsewhere is asked for every time: an old copy never stands in for it unless its server says that it is the
    same. Raises InputError with the fault that keeps it from being read; SetupError when the copy cannot be written.
    """
    folder = ready_home(campaign.root, settings) / "sheets"
    if campaign.sheet_url is None:
        copy = own_sheet(campaign)
        _keep(folder, copy.data)
        return copy
    known, at = _Known(folder, campaign.sheet_url), datetime.now(UTC)
    try:
        fetched = fetch(campaign.sheet_url, known.marks, settings)
    except SheetUnreached as error:
        raise InputError((_fault(campaign, error, known.file),)) from None
    data = known.data if fetched.data is None else fetched.data
    file = _keep(folder, data)
    known.remember(file, fetched.marks or known.marks)
    return SheetCopy(data, file, SheetOrigin(campaign.shown(campaign.sheet), at))


class _Known:
    """What was fetched from one address before: its copy, if that is still here and unharmed, and the headers by which its
    server tells whether it is still the same; none without a copy."""

    def __init__(self, folder: Path, address: str) -> None:
        # An address may be signed: only its hash is written.
        self._note = folder / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}.json"
        self.file: Path | None = None
        self.data = b""
        self.marks: dict[str, str] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(self._note.read_text(encoding="utf-8"))
            file = folder / f"{note['sha256']}.csv"
            data = file.read_bytes()
            if hashlib.sha256(data).hexdigest() == note["sha256"]:
                self.file, self.data, self.marks = file, data, dict(note["marks"])

    def remember(self, file: Path, marks: Mapping[str, str]) -> None:
        """What was fetched now."""
        _write(self._note, json.dumps({"sha256": file.stem, "marks": dict(marks)}).encode())


def _keep(folder: Path, data: bytes) -> Path:
    """The copy of these bytes. One that is there under its hash is not written again."""
    file = folder / f"{hashlib.sha256(data).hexdigest()}.csv"
    with suppress(OSError):
        if file.read_bytes() == data:
            return file
    _write(file, data)
    return file


def _write(file: Path, data: bytes) -> None:
    """In one step, readable to nobody else."""
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        with TemporaryDirectory(dir=file.parent, prefix=".") as folder:
            unfinished = Path(folder) / "unfinished"
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(data)
            unfinished.replace(file)
    except OSError as error:
        cure = "Free some space, or set FANOUT_HOME to a folder that can be written."
        raise SetupError(f"{file.parent}: the copy of the sheet cannot be kept: {error.strerror}. {cure}") from None


def _fault(campaign: Campaign, error: SheetUnreached, copy: Path | None) -> Fault:
    """Named by its address. The last copy is offered, not taken: whoever sets it knows that it is old."""
    way_out = f' To work with the copy read last: [inputs] variants = "{copy}".' if copy else ""
    return Fault(
        file=campaign.shown(campaign.sheet),
        place="",
        problem=error.problem,
        cure=f"{error.cure}{way_out}",
        rule=error.rule,
    )
