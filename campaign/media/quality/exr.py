"""OpenEXR results: what their headers say. No pixel is decoded, nothing is unpacked to the disk."""

import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from campaign.errors import MediaError
from campaign.media.probe import MOST_FRAMES, MOST_PIXELS

MAGIC, ZIP_MAGIC = b"\x76\x2f\x31\x01", b"PK"
MOST_HEADER = 64 << 10
MOST_DIRECTORY = 16 << 20
"""Bytes of a ZIP's list of members: far more than the frames of the longest film need."""
MOST_SAMPLE_BYTES, SLACK = 4, 1 << 20
AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
"""Red, green, blue and white of ACES2065-1 (SMPTE ST 2065-1), as x and y."""
NEAR = 5e-4
DEPTHS = ("uint", "half", "float")


@dataclass(frozen=True, slots=True)
class Header:
    """Of one frame: its data window's size, how each channel is stored by name, its chromaticities (None: it says none)."""

    width: int
    height: int
    channels: dict[str, str]
    chromaticities: tuple[float, ...] | None

    @property
    def depths(self) -> str:
        """How its channels are stored, in words."""
        return ", ".join(sorted(set(self.channels.values())))

    @property
    def aces(self) -> bool:
        """Whether its primaries are those of ACES2065-1."""
        found = self.chromaticities
        return found is not None and all(abs(a - b) <= NEAR for a, b in zip(found, AP0, strict=True))


def read_exr(path: Path) -> tuple[Header, ...]:
    """The headers of all frames of an EXR file, or of a ZIP of them in the order of their names.

    Raises MediaError for anything else: broken headers, a ZIP with members that are no frame, that leave its folder, are
    links or encrypted, or that claim more bytes than their picture has; numbers with gaps.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == MAGIC:
                return (_header(file, path.name),)
            if magic.startswith(ZIP_MAGIC):
                return tuple(_zipped(file))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise MediaError(f"{path.name}: is a broken ZIP or EXR ({error})") from None
    raise MediaError(f"{path.name}: is neither EXR nor a ZIP of EXR frames")


def _zipped(file: IO[bytes]) -> Iterator[Header]:
    _require_small_directory(file)
    with zipfile.ZipFile(file) as archive:
        members = sorted((each for each in archive.infolist() if not each.is_dir()), key=lambda each: each.filename)
        _require_safe(members)
        _require_sequence([each.filename for each in members])
        for member in members:
            with archive.open(member) as frame:
                header = _header(frame, member.filename)
            if member.file_size > header.width * header.height * len(header.channels) * MOST_SAMPLE_BYTES + SLACK:
                raise MediaError(f"{member.filename}: claims {member.file_size} bytes, more than its picture has")
            yield header


def _require_small_directory(file: IO[bytes]) -> None:
    """Before Python reads it all into memory."""
    end = file.seek(0, 2)
    file.seek(max(0, end - (66 << 10)))
    tail = file.read()
    place, wide = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    sizes = [struct.unpack_from("<I", tail, place + 12)[0]] if 0 <= place <= len(tail) - 22 else []
    if sizes == [0xFFFFFFFF]:
        sizes = [struct.unpack_from("<Q", tail, wide + 40)[0]] if 0 <= wide <= len(tail) - 56 else []
    if not sizes or sizes[0] > MOST_DIRECTORY:
        raise MediaError("the ZIP has no list of members, or one of absurd size")
    file.seek(0)


def _require_safe(members: list[zipfile.ZipInfo]) -> None:
    if not 0 < len(members) <= MOST_FRAMES:
        raise MediaError(f"the ZIP has {len(members)} files")
    if len({each.filename.casefold() for each in members}) < len(members):
        raise MediaError("the ZIP names a file twice")
    for each in members:
        name = PurePosixPath(each.filename)
        if name.is_absolute() or ".." in name.parts or re.search(r"[\\:\x00-\x1f]", each.filename):
            raise MediaError(f"the ZIP has a file that leaves its folder: {each.filename!r}")
        if stat.S_ISLNK(each.external_attr >> 16) or each.flag_bits & 1:
            raise MediaError(f"the ZIP has a link or an encrypted file: {each.filename!r}")
        if name.suffix.lower() != ".exr":
            raise MediaError(f"the ZIP has a file that is no EXR frame: {each.filename!r}")


def _require_sequence(names: list[str]) -> None:
    found = [re.search(r"(\d+)\.exr$", name, re.IGNORECASE) for name in names]
    numbers = sorted(int(each.group(1)) for each in found if each)
    if len(names) > 1 and numbers != list(range(numbers[0] if numbers else 0, len(names) + (numbers or [0])[0])):
        raise MediaError("the frames in the ZIP are not numbered one after the other")


def _header(file: IO[bytes], name: str) -> Header:
    """One frame's header, bounded. Raises MediaError."""
    data = file.read(MOST_HEADER)
    if data[:4] != MAGIC:
        raise MediaError(f"{name}: is no EXR")
    try:
        told = dict(_attributes(data))
        left, top, right, bottom = struct.unpack("<4i", told["dataWindow"])
        colours = told.get("chromaticities")
        header = Header(
            right - left + 1,
            bottom - top + 1,
            dict(_channels(told["channels"])),
            struct.unpack("<8f", colours) if colours is not None else None,
        )
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise MediaError(f"{name}: its EXR header is broken ({error})") from None
    if header.width < 1 or header.height < 1 or header.width * header.height > MOST_PIXELS or not header.channels:
        raise MediaError(f"{name}: {header.width}x{header.height} with {len(header.channels)} channels is no frame")
    return header


def _attributes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each attribute up to the empty name that ends the header."""
    at = 8
    while data[at]:
        name, kind = data[at : data.index(0, at)], b""
        at += len(name) + 1
        kind = data[at : data.index(0, at)]
        at += len(kind) + 1
        size = struct.unpack_from("<i", data, at)[0]
        at += 4
        if size < 0 or at + size >= len(data):
            raise ValueError("an attribute longer than the header")
        yield name.decode("ascii"), data[at : at + size]
        at += size


def _channels(data: bytes) -> Iterator[tuple[str, str]]:
    at = 0
    while data[at]:
        name = data[at : data.index(0, at)]
        at += len(name) + 1
        yield name.decode("ascii"), DEPTHS[struct.unpack_from("<I", data, at)[0]]
        at += 16
