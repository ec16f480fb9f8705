"""EXR files written by hand, so that every field of their headers can be wrong."""

import struct
import zipfile
from pathlib import Path

from campaign.media.quality.exr import AP0, MAGIC

HALF, FLOAT = 1, 2
REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


def an_exr(depth: int = HALF, colours: tuple[float, ...] | None = AP0, size: tuple[int, int] = (160, 90)) -> bytes:
    """The header of a frame, and no picture."""
    channels = b"".join(name + b"\0" + struct.pack("<IIii", depth, 0, 1, 1) for name in (b"B", b"G", b"R")) + b"\0"
    told = {(b"channels", b"chlist"): channels}
    told[b"dataWindow", b"box2i"] = struct.pack("<4i", 0, 0, size[0] - 1, size[1] - 1)
    if colours is not None:
        told[b"chromaticities", b"chromaticities"] = struct.pack("<8f", *colours)
    body = b"".join(b"%s\0%s\0%s%s" % (*name, struct.pack("<i", len(data)), data) for name, data in told.items())
    return MAGIC + struct.pack("<I", 2) + body + b"\0" + bytes(64)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def frames(count: int, **changes: object) -> dict[str, bytes]:
    return {f"f/frame_{n:04}.exr": an_exr(**changes) for n in range(1, count + 1)}  # type: ignore[arg-type]
