"""What is inside: kinds and hashes of files, hashes of requests."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x1a\x45\xdf\xa3", "video/x-matroska", ".mkv"),
)


def sha256_of(path: Path) -> str:
    """The sha256 (hex) of a file's bytes, read again only when the file has changed. Raises OSError."""
    facts = path.stat()
    return _sha256(path, (facts.st_ino, facts.st_size, facts.st_mtime_ns))


@lru_cache(maxsize=4096)
def _sha256(path: Path, _state: tuple[int, int, int]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def media_type(path: Path) -> tuple[str, str]:
    """MIME type and suffix, from the first bytes. Raises ValueError for what is neither a film nor a still."""
    with path.open("rb") as file:
        head = file.read(16)
    for magic, kind, suffix in _KINDS:
        if head.startswith(magic):
            return kind, suffix
    if head[4:8] == b"ftyp":
        return ("video/quicktime", ".mov") if head[8:12] == b"qt  " else ("video/mp4", ".mp4")
    raise ValueError(f"{path.name} is neither a film nor a PNG or JPEG picture.")


def digest(request: Mapping[str, object]) -> str:
    """The sha256 (hex) of a request as canonical JSON: sorted keys, no blanks, ASCII."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
