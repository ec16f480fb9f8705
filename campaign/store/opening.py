"""Opens the store that the settings name: this machine's own folder, a shared one, or object storage behind a local one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from campaign.errors import SetupError
from campaign.secrets import Secret
from campaign.settings import Settings, shown_address
from campaign.store.depot import Depot
from campaign.store.files import Store

_HUSHED = ("secret", "token", "password", "passphrase", "key")
"""Options whose name has one of these hold what nobody may read in a log."""


def open_store(settings: Settings, home: Path) -> Store:
    """The store of a campaign whose memory lies in `home`. Touches no network yet.

    Raises SetupError for an address or options that nobody can work with.
    """
    url = settings.store_url
    if url is None:
        return Store(home / "store")
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return Store(_folder(url))
    if not scheme or "::" in url:
        raise SetupError(f"FANOUT_STORE_URL {shown_address(url)}: write s3://bucket/folder, or file:///shared/folder.")
    return Store(home / "store", beyond=Depot(url, options_of(settings), shown_address(url)))


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    path = Path(url2pathname(parts.path))
    if parts.netloc not in ("", "localhost") or not path.is_absolute():
        raise SetupError(f"FANOUT_STORE_URL {url}: a folder is written as file:///shared/folder, with three slashes.")
    return path


def options_of(settings: Settings) -> dict[str, Any]:
    """FANOUT_STORE_OPTIONS, whose secrets are hidden from now on. Raises SetupError for what is no JSON object."""
    if settings.store_options is None:
        return {}
    try:
        options = json.loads(settings.store_options.reveal())
    except ValueError as error:
        raise SetupError(f"FANOUT_STORE_OPTIONS is no JSON: {error}.") from None
    if not isinstance(options, dict):
        raise SetupError('FANOUT_STORE_OPTIONS is no JSON object; write {"endpoint_url": "https://…"}.')
    for text in _hushed(options):
        Secret(text)  # from now on hidden wherever it would be said
    return options


def _hushed(options: dict[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _hushed(value)
        elif isinstance(value, str) and any(word in name.lower() for word in _HUSHED):
            yield value
