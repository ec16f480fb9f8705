"""The store's place beyond this machine: object storage, or whatever fsspec reaches. Its only door.

Files lie as on disk, `ab/abcdef….mp4`, so any tool can carry a store there or back. Nothing is ever deleted or changed.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from campaign.errors import SetupError, StoreError
from campaign.secrets import redact
from campaign.store.disk import Stored

MARK = "fanout.txt"
"""Lies at the root: by it a mistyped bucket is told from an empty one."""
_WORDS = b"Fanout keeps bought results and finished films here, each under the sha256 of its bytes. They are paid: delete none.\n"
_PAUSES_S = (0.5, 1.5, 4.0)
"""Before each try that follows a failed one; the libraries below try again themselves as well."""
_FLAT = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss")
"""Object storage: it has no folders to make, and a library asked for one may make a bucket of a mistyped name."""
_PROMPT = {
    "connect_timeout": 10,
    "read_timeout": 60,
    "retries": {"mode": "standard", "max_attempts": 1},
    # We compare sha256 of all bytes ourselves; not every server computes the library's own sums of parts alike.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
_BLOCK = 8 * 1024 * 1024
T = TypeVar("T")


class Depot:
    """Files of the store at `url` by name. Safe for threads, processes and machines at once. Blocks."""

    def __init__(
        self, url: str, options: dict[str, Any], shown: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`shown` is the address as people may read it. Raises SetupError for one that nothing here understands."""
        self.shown = shown
        self._files, self._root = _reach(url, options, shown)
        self._flat = url.partition(":")[0] in _FLAT
        self._sleep = sleep
        self._begun = self._proved = False
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def name_of(self, sha256: str) -> str | None:
        """The name (`abcdef….mp4`) under which these bytes lie there, None when they do not. Nothing ever goes away."""
        if sha256 not in self._known:
            self._known |= {name.partition(".")[0]: name for name in self._names(sha256[:2])}
        return self._known.get(sha256)

    def keep(self, path: Path, name: str, stored: Stored) -> None:
        """Carry a file there; returns when it was read back whole. Raises StoreError: `path` is untouched then."""
        self._try("keep", lambda: self._carry(path, name, stored))
        self._known[stored.sha256] = name

    def fetch(self, name: str, into: Path) -> None:
        """Write a file's bytes to `into`, as they are there. Raises StoreError."""
        self._try("fetch", lambda: self._files.get_file(self._at(name), str(into)))

    def require(self) -> None:
        """Make sure that files can be kept there: asked once, and again after one could not be. Raises StoreError."""
        if not self._proved:
            self._try("write to", self._write_mark)
            self._proved = True

    def _begin(self) -> None:
        """Make sure that the place is there; the first one ever to come marks it."""
        with self._lock:
            if not self._begun:
                self._again("reach", self._see_mark)
                self._begun = True

    def _see_mark(self) -> None:
        try:
            self._files.info(f"{self._root}/{MARK}")
        except FileNotFoundError:
            self._write_mark()

    def _write_mark(self) -> None:
        at = f"{self._root}/{MARK}"
        self._make_folder_of(at)
        self._files.pipe_file(at, _WORDS)

    def _carry(self, path: Path, name: str, stored: Stored) -> None:
        at = self._at(name)
        if name in self._names(name[:2]) and self._holds(at, stored):
            return
        self._make_folder_of(at)
        self._files.put_file(str(path), at)
        if not self._holds(at, stored):
            raise OSError(f"{name} came back with other bytes than were sent")

    def _make_folder_of(self, at: str) -> None:
        if not self._flat:
            self._files.makedirs(at.rpartition("/")[0], exist_ok=True)

    def _holds(self, at: str, stored: Stored) -> bool:
        digest = hashlib.sha256()
        with self._files.open(at, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest() == stored.sha256

    def _names(self, folder: str) -> list[str]:
        def look() -> list[str]:
            self._files.invalidate_cache()
            try:
                found = self._files.ls(f"{self._root}/{folder}", detail=False)
            except FileNotFoundError:
                return []
            return [str(each).rstrip("/").rpartition("/")[2] for each in found]

        return self._try("look into", look)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name[:2]}/{name}"

    def _try(self, verb: str, act: Callable[[], T]) -> T:
        self._begin()
        return self._again(verb, act)

    def _again(self, verb: str, act: Callable[[], T]) -> T:
        """Do it, again after a pause when it fails. Libraries raise anything: all of it is told as one sentence."""
        for pause in (*_PAUSES_S, None):
            try:
                return act()
            except Exception as error:
                if pause is None or isinstance(error, PermissionError | FileNotFoundError):
                    self._begun = self._proved = False
                    raise StoreError(self._sentence(verb, error)) from error
                self._sleep(pause)
        raise AssertionError("the last try neither returned nor raised")

    def _sentence(self, verb: str, error: Exception) -> str:
        said = redact(str(error) or type(error).__name__)
        cure = "Look at FANOUT_STORE_URL, FANOUT_STORE_OPTIONS and the network (`fanout doctor`), then run again"
        return (
            f"{self.shown}: could not {verb} it: {said}. {cure}: what was fetched stays here, nothing is bought twice."
        )


def _reach(url: str, options: dict[str, Any], shown: str) -> tuple[Any, str]:
    import fsspec

    try:
        files, root = fsspec.core.url_to_fs(url, **usual_options(url, options))
    except ImportError as error:
        cure = "pip install 'fanout[s3]'" if url.startswith("s3") else "Install the package that it names"
        raise SetupError(f"FANOUT_STORE_URL {shown}: {error}. {cure}.") from None
    except Exception as error:
        raise SetupError(f"FANOUT_STORE_URL {shown}: {redact(str(error))}. Write it as s3://bucket/folder.") from error
    return files, str(root).rstrip("/")


def usual_options(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options as we need them: no listings from memory, since other machines write there too; tries that end in our time."""
    if not url.startswith(("s3:", "s3a:")):
        return options
    config = _PROMPT | dict(options.get("config_kwargs") or {})
    return {"use_listings_cache": False, "skip_instance_cache": True} | options | {"config_kwargs": config}
