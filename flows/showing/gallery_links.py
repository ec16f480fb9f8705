"""Where a campaign's gallery is to be seen: at its room while that is open, else on disk."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from flows.hosting.seats import free, room_lock

PAGE = "/report/index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryAddress:
    """Where a room shows its gallery. `auth` is `user:password`."""

    port: int
    auth: str = field(repr=False)

    @property
    def url(self) -> str:
        """Of the gallery's page."""
        return f"http://127.0.0.1:{self.port}{PAGE}"


def gallery_url(home: Path, campaign: str, page: Path) -> str:
    """The address of a campaign's gallery for a person's browser; `page` is its index.html on disk."""
    address = read_address(home, campaign)
    if address is not None and not free(room_lock(home / "prefect", campaign)):
        return address.url
    return page.absolute().as_uri()


def gallery_page(out: Path) -> Path:
    """Where the gallery of a campaign lies."""
    return out / "report" / "index.html"


def filtered(link: str, **fields: str) -> str:
    """A gallery's link that shows some of its films: `ratio="9:16"`."""
    return f"{link}#{urlencode(fields)}"


def address_file(home: Path, campaign: str) -> Path:
    """The 0600 file in which the room writes where its gallery is, and with what password."""
    return home / "prefect" / f"gallery-{campaign}.json"


def read_address(home: Path, campaign: str) -> GalleryAddress | None:
    """The address of the last time, None when no room was ever open."""
    try:
        found = json.loads(address_file(home, campaign).read_text(encoding="utf-8"))
        return GalleryAddress(port=int(found["port"]), auth=str(found["auth"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_address(home: Path, campaign: str, address: GalleryAddress) -> None:
    """Keep it for runs that make links, and for the next room."""
    file = address_file(home, campaign)
    unfinished = file.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:  # noqa: PTH123 (a descriptor)
        json.dump(asdict(address) | {"url": address.url}, out, indent=1)
    unfinished.replace(file)
