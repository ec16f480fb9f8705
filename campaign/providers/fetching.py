"""Results on their way in: the checked downloader, with its failures as providers' errors."""

import asyncio
import zipfile
from pathlib import Path

from campaign.errors import MediaError, ProviderBusy
from campaign.media.sniff import sniff
from campaign.net.addresses import Addresses, Unreachable
from campaign.net.download import DownloadFailed, download
from campaign.providers.base import Extra, Generation, GenerationState, Provider
from campaign.secrets import redact

MOST_FILM_BYTES = 2 << 30
MOST_EXTRA_BYTES = 8 << 30  # 18 s of 1080p EXR are about 5 GB
FILM_S = 900.0
EXTRA_S = 3600.0
_TEXT = (b"<", b"{", b"[", b"#EXT", b"\xef\xbb\xbf")
_FAILURES = (DownloadFailed, Unreachable, MediaError)


async def fetch_result(
    provider: Provider, generation: Generation, into: Path, extra: Extra | None, *, addresses: Addresses
) -> None:
    """Write a generation's film, or one of its extras, over the file `into`. No key of ours goes along.

    Where the link has died, the transfer broke or what came is not what it should be, the provider is asked once for a
    fresh link. Raises ProviderBusy, with what to expect; StoreError when the file cannot be written.
    """
    link = generation.url if extra is None else extra.url
    try:
        await _fetch(link, into, extra, addresses)
        return
    except _FAILURES as error:
        failure: Exception = error
    fresh = await provider.poll(generation.remote_id)
    again = _link(fresh, extra) if fresh.state is GenerationState.DONE else None
    died = isinstance(failure, DownloadFailed) and failure.dead
    if again is None or (died and again == link):
        raise _busy(provider.name, generation, extra, failure)
    try:
        await _fetch(again, into, extra, addresses)
    except _FAILURES as error:
        raise _busy(provider.name, generation, extra, error) from None


async def _fetch(url: str | None, into: Path, extra: Extra | None, addresses: Addresses) -> None:
    if not url:
        raise DownloadFailed("it has no address now", 404)
    most, deadline = (MOST_FILM_BYTES, FILM_S) if extra is None else (MOST_EXTRA_BYTES, EXTRA_S)
    await download(url, into, addresses=addresses, most_bytes=most, deadline_s=deadline)
    await asyncio.to_thread(sniff if extra is None else _require_file, into)


def _require_file(path: Path) -> None:
    """Raise MediaError for a text in place of a file (storage sends its errors as XML), and for an archive cut short."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.lstrip().startswith(_TEXT):
        raise MediaError(f"{path}: a text came in its place")
    if head.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise MediaError(f"{path}: its archive is cut short")


def _link(generation: Generation, extra: Extra | None) -> str | None:
    """Where the film, or the extra of the same kind, lies now."""
    if extra is None:
        return generation.url
    return next((each.url for each in generation.extras if each.kind == extra.kind), None)


def _busy(provider: str, generation: Generation, extra: Extra | None, error: Exception) -> ProviderBusy:
    what = f"the {'film' if extra is None else extra.kind} of {generation.remote_id}"
    why = redact(error.problem if isinstance(error, MediaError) else str(error))
    return ProviderBusy(
        provider, f"{what} could not be fetched: {why.rstrip('.')}. It is fetched again later: nothing is lost."
    )
