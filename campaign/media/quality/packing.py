"""How a film is packed: what a destination's upload form looks at before anybody looks at the picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from av.container import InputContainer

from campaign.media.probe import moving_picture, opened

_HOLDERS = frozenset({b"moov", b"trak", b"edts"})
MOST_BOXES = 10_000
"""Boxes looked at before a file counts as a maze."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """`container` is mp4, mov, mkv, webm or mxf; rates are averages of packets in kbit/s; `discarded` counts frames
    that are stored but not shown; `timecode` is the first frame's, None without one.

    `index_first` tells whether a player can begin before it has all of the file, `edits` what its edit lists do beyond a
    plain start (empty: nothing); both are None and empty where there are no such things.
    """

    container: str
    profile: str | None
    video_kbps: float
    audio_kbps: float | None
    discarded: int
    timecode: str | None
    index_first: bool | None
    edits: tuple[str, ...]


def read_packing(path: Path) -> Packing:
    """Read it from headers and packets, without decoding. Raises MediaError when the file cannot be opened."""
    with opened(path, master=True) as container:
        video = moving_picture(container, path)
        audio = container.streams.audio[0] if container.streams.audio else None
        sizes, discarded = {stream.index: 0 for stream in container.streams}, 0
        for packet in container.demux():
            sizes[packet.stream_index] += packet.size
            discarded += packet.stream_index == video.index and bool(packet.size) and packet.is_discard
        seconds = [float((stream.duration or 0) * (stream.time_base or 0)) for stream in (video, audio) if stream]
        whole = float(container.duration or 0) / 1_000_000
        lasts = [length or whole or 1.0 for length in seconds]
        profile, timecode, kind = video.codec_context.profile, _timecode(container), _kind(container)
        video_kbps = sizes[video.index] * 8 / lasts[0] / 1000
        audio_kbps = sizes[audio.index] * 8 / lasts[1] / 1000 if audio else None
    boxes = tuple(_boxes(path)) if kind in ("mp4", "mov") else ()
    order = [name for name, _, _ in boxes if name in (b"moov", b"mdat")]
    return Packing(
        container=kind,
        profile=str(profile) if profile else None,
        video_kbps=video_kbps,
        audio_kbps=audio_kbps,
        discarded=discarded,
        timecode=timecode,
        index_first=order[0] == b"moov" if order else None,
        edits=tuple(_edits(path, boxes)),
    )


def _kind(container: InputContainer) -> str:
    if container.format.name == "mxf":
        return "mxf"
    if "mov" in container.format.name:
        return "mov" if container.metadata.get("major_brand", "qt").strip() == "qt" else "mp4"
    return (
        "webm"
        if any(stream.codec_context.name.startswith(("vp", "libvpx")) for stream in container.streams.video)
        else "mkv"
    )


def _timecode(container: InputContainer) -> str | None:
    told = (holder.metadata.get("timecode") for holder in (*container.streams, container))
    return next((text for text in told if text), None)


def _boxes(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """(name, start of the content, its end) of an ISO file's boxes, those inside tracks included."""
    with path.open("rb") as file:
        yield from _within(file, 0, path.stat().st_size, [MOST_BOXES])


def _within(file: BinaryIO, at: int, end: int, left: list[int]) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end and left[0] > 0:
        left[0] -= 1
        file.seek(at)
        head = file.read(16)
        size, name, content = int.from_bytes(head[:4]), head[4:8], at + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16]), at + 16
        after = end if size == 0 else at + size
        if after <= at or after > end:
            return
        yield name, content, after
        if name in _HOLDERS:
            yield from _within(file, content, after, left)
        at = after


def _edits(path: Path, boxes: tuple[tuple[bytes, int, int], ...]) -> Iterator[str]:
    """What the edit lists ask of a player beyond starting at the first frame of a track."""
    with path.open("rb") as file:
        for _, start, end in (box for box in boxes if box[0] == b"elst"):
            file.seek(start)
            content = file.read(min(end - start, 4096))
            wide = 8 if content[:1] == b"\x01" else 4
            count = int.from_bytes(content[4:8])
            if count > 1:
                yield f"{count} entries in one list"
            for n in range(min(count, 8)):
                entry = content[8 + n * (2 * wide + 4) :]
                if int.from_bytes(entry[wide : 2 * wide], signed=True) < 0:
                    yield "an empty entry"
                if entry[2 * wide : 2 * wide + 4] != b"\x00\x01\x00\x00":
                    yield "another speed"
