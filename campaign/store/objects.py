"""Reads single files of other people's from object storage: a sheet, say. A door for fsspec."""

from dataclasses import dataclass, field
from typing import Any, BinaryIO

from campaign.errors import SetupError, StoreError
from campaign.secrets import redact
from campaign.settings import Settings, shown_address
from campaign.store.depot import usual_options
from campaign.store.opening import options_of

_MARKS = ("ETag", "etag", "md5Hash", "generation", "LastModified", "last_modified", "mtime")


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is now: its bytes, None where it is the one of the `mark` that was asked with; and its mark."""

    data: bytes | None = field(repr=False)
    mark: str


def read_object(url: str, settings: Settings, *, mark: str = "", most_bytes: int) -> Found:
    """The file at `url`. Credentials are those of the store (FANOUT_STORE_OPTIONS), or the library's usual environment.

    Raises FileNotFoundError, PermissionError; StoreError, in words without secrets, for anything else, a file of more than
    `most_bytes` too. Blocks.
    """
    try:
        import fsspec

        files, path = fsspec.core.url_to_fs(url, **usual_options(url, options_of(settings)))
        info = files.info(path)
        now = _mark(info)
        if now and now == mark:
            return Found(None, now)
        if int(info.get("size") or 0) > most_bytes:
            raise _too_large(url, most_bytes)
        with files.open(path, "rb") as file:
            data = _beginning(file, most_bytes + 1)
        if len(data) > most_bytes:  # its size was not told, or it has grown since
            raise _too_large(url, most_bytes)
    except (FileNotFoundError, PermissionError, SetupError, StoreError):
        raise
    except ImportError as error:
        raise StoreError(f"{error}. For s3:// run: pip install 'fanout[s3]'.") from None
    except Exception as error:  # libraries raise anything
        raise StoreError(f"{type(error).__name__}: {redact(str(error))}") from None
    return Found(data, now)


def _beginning(file: BinaryIO, count: int) -> bytes:
    """The first `count` bytes of a file, or all that it has: a network hands them over in pieces."""
    data = bytearray()
    while len(data) < count and (piece := file.read(count - len(data))):
        data += piece
    return bytes(data)


def _too_large(url: str, most_bytes: int) -> StoreError:
    return StoreError(f"{shown_address(url)} is larger than {most_bytes:,} bytes.")


def _mark(info: dict[str, Any]) -> str:
    """What changes when the bytes do, by whatever names the libraries have for it; "" when they tell nothing of the kind."""
    return " ".join(f"{name}={info[name]}" for name in _MARKS if info.get(name))
