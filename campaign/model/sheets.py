"""The sheet as it came: its bytes, and where they came from."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SheetOrigin:
    """Where a sheet from elsewhere was fetched, and when (UTC). The address is fit to be shown: it holds no query."""

    address: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class SheetCopy:
    """The sheet as it was read: its bytes, a file of ours or the producer's that holds them, its origin if that is elsewhere."""

    data: bytes = field(repr=False)
    file: Path
    origin: SheetOrigin | None = None
