"""Containers that masters come in besides MOV and Matroska: told by their first bytes, and whether they are whole."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
"""The object in an ASF header that tells the length of the file."""
MXF = bytes.fromhex("060e2b34020501010d01020101")
"""A partition pack: every MXF file begins with the one of its header (SMPTE ST 377-1, 7.1)."""
_TS_PACKETS = ((0, 188), (4, 192))
"""Where the sync byte of an MPEG-TS packet is, and how long a packet: broadcast, and AVCHD with its time stamps."""
_TS_LOOK = 8
_HEADER = 1 << 20


def container_of(path: Path) -> str | None:
    """The demuxer for an ASF (WMV), AVI, MXF or MPEG-TS file by its first bytes, None for anything else."""
    with path.open("rb") as file:
        head = file.read(192 * _TS_LOOK)
    if head.startswith(ASF):
        return "asf"
    if head.startswith(MXF):
        return "mxf"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return "mpegts" if _packet(head) else None


def end_of(path: Path, demuxer: str) -> int | None:
    """The byte at which the file should end by its own word, None where it does not say."""
    with path.open("rb") as file:
        return _ENDS[demuxer](file)


def _packet(head: bytes) -> int | None:
    """The length of a packet of a transport stream: as many as were read begin with the sync byte, three at least."""
    for offset, length in _TS_PACKETS:
        packets = len(head) // length
        if packets >= 3 and all(head[n * length + offset] == 0x47 for n in range(packets)):
            return length
    return None


def _asf_end(file: BinaryIO) -> int | None:
    head = file.read(_HEADER)
    place = head.find(ASF_FILE)
    if place < 0 or place + 48 > len(head):
        return None
    told = int(struct.unpack_from("<Q", head, place + 40)[0])
    return told or None


def _avi_end(file: BinaryIO) -> int | None:
    file.seek(4)
    told = int(struct.unpack("<I", file.read(4))[0])
    return told + 8 if told else None


def _mxf_end(file: BinaryIO) -> int | None:
    """The footer lies at the end; an open or growing file tells no place for it."""
    head = file.read(64)
    length = head[16]
    value = 17 + (length & 0x7F if length & 0x80 else 0)
    if len(head) < value + 32:
        return None
    footer = int(struct.unpack_from(">Q", head, value + 24)[0])
    return footer + len(MXF) if footer else None


def _ts_end(file: BinaryIO) -> int | None:
    """A stream has no end of its own, but its packets are whole."""
    length = _packet(file.read(192 * _TS_LOOK)) or 188
    size = file.seek(0, 2)
    return -(-size // length) * length


_ENDS: dict[str, Callable[[BinaryIO], int | None]] = {
    "asf": _asf_end,
    "avi": _avi_end,
    "mxf": _mxf_end,
    "mpegts": _ts_end,
}
