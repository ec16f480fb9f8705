"""What a file really is, read from its first bytes, before any library opens it."""

import struct
from pathlib import Path
from typing import BinaryIO

from campaign.errors import MediaError
from campaign.media.containers import container_of, end_of

FILM_CURE = "Export it as .mov or .mp4 (H.264 or ProRes) or .mkv."
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_MATROSKA = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
MOST_BYTES = 64 * 2**30
MOST_PARTS = 100_000
"""Top-level parts of a MOV: 120 s in fragments of one frame have 28,800. More would only keep us busy."""
_STRANGERS = (
    (b"#EXTM3U", "an HLS playlist, which names other files"),
    (b"ffconcat", "an ffconcat script, which names other files"),
    (b"v=0", "an SDP description, which names network streams"),
    (b"<?xml", "XML"),
    (b"<MPD", "a DASH playlist, which names other files"),
    (b"<", "HTML or XML text"),
    (b"{", "JSON text"),
    (b"RIFF", "an AVI or WAV file"),
    (b"\x30\x26\xb2\x75", "a Windows Media file"),
    (b"\x06\x0e\x2b\x34", "an MXF file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"BZh", "a bzip2 archive"),
    (b"G", "an MPEG transport stream"),
)


def sniff(path: Path, *, master: bool = False) -> str:
    """The only demuxer that may open this file: `mov` (mov, mp4, m4v) or `matroska` (mkv, webm); for a `master` also
    `asf` (wmv), `avi`, `mxf` or `mpegts`.

    Reads its first bytes and the headers of its top-level parts. Raises MediaError naming the file, what it is instead,
    and the cure; a film cut short is refused here too.
    """
    if not path.is_file():
        raise MediaError(f"{path}: {'not a regular file' if path.exists() else 'no such file'}. Check the path.")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise MediaError(f"{path}: {size:,} bytes are more than {MOST_BYTES:,}. Export it smaller, or in parts.")
    with path.open("rb") as file:
        head = file.read(64)
    if head[4:8] in _ATOMS:
        _require_whole(path)
        return "mov"
    if head.startswith(_MATROSKA):
        _require_whole_segment(path)
        return "matroska"
    found = container_of(path) if master else None
    if found:
        _require_end(path, end_of(path, found))
        return found
    raise MediaError(f"{path}: not a film but {_stranger(head)}. {FILM_CURE}")


def _stranger(head: bytes) -> str:
    if not head:
        return "an empty file"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in _STRANGERS:
        if text.startswith(magic):
            return name
    return "text" if _is_text(head) else "something unknown"


def _is_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in head)


def _require_whole(path: Path) -> None:
    """Raise MediaError unless the top-level atoms end within the file: a film still being written does not."""
    size, place, moov, parts = path.stat().st_size, 0, False, 0
    with path.open("rb") as file:
        while place + 8 <= size:
            parts += 1
            if parts > MOST_PARTS:
                raise MediaError(f"{path}: it is chopped into more than {MOST_PARTS:,} parts. {FILM_CURE}")
            file.seek(place)
            length, kind = struct.unpack(">I4s", file.read(8))
            if length == 1:
                length = int.from_bytes(file.read(8), "big")
            length = length or size - place  # 0 = to the end of the file
            moov |= kind == b"moov"
            place += max(length, 8)
            if place > size:
                raise MediaError(
                    f"{path}: cut short: its {kind.decode('ascii', 'replace')} part should end at byte {place:,}, "
                    f"the file at {size:,}. Copy or export it again."
                )
    if not moov:
        raise MediaError(f"{path}: cut short: it has no index (moov). Copy or export it again.")


def _require_whole_segment(path: Path) -> None:
    """Raise MediaError unless the Matroska segment, where it tells its length, ends within the file."""
    with path.open("rb") as file:
        file.seek(len(_MATROSKA))
        file.seek(_number(file)[0], 1)
        if file.read(len(_SEGMENT)) != _SEGMENT:
            return
        length, told = _number(file)
        end = file.tell() + length
    _require_end(path, end if told else None)


def _require_end(path: Path, end: int | None) -> None:
    """Raise MediaError when the file ends before the byte that it tells itself."""
    size = path.stat().st_size
    if end is not None and end > size:
        raise MediaError(
            f"{path}: cut short: it should end at byte {end:,}, the file does at {size:,}. Copy or export it again."
        )


def _number(file: BinaryIO) -> tuple[int, bool]:
    """An EBML length and whether it is told: all ones mean that it was not known when it was written."""
    first = file.read(1)[0:1] or b"\xff"
    width = 9 - first[0].bit_length() if first[0] else 1
    rest = file.read(width - 1)
    value = int.from_bytes(bytes([first[0] & (0xFF >> width)]) + rest, "big")
    return value, value != (1 << 7 * width) - 1
