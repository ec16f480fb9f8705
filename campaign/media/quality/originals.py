"""Results as they came, held against what was ordered: HDR films and EXR frames."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.counting import count_frames
from campaign.media.probe import probe
from campaign.media.quality.exr import read_exr
from campaign.model.ratios import Size

HDR, EXR = "hdr", "exr"
HDR_BITS = 10


@dataclass(frozen=True, slots=True)
class Odd:
    """What is not as it should be: in words, as measured and as expected."""

    text: str
    measured: str
    expected: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is: its frames' size, how many, and what is odd of it. `usable` = it may be handed on."""

    size: Size | None = None
    frames: int | None = None
    odd: tuple[Odd, ...] = ()
    usable: bool = True


@lru_cache(maxsize=4096)
def look_at(kind: str, path: Path, frames: int) -> Looked:
    """Look at a file of the store, whose name never holds other bytes: an `hdr` film or `exr` of so many frames."""
    try:
        return _film(path, frames) if kind == HDR else _exr(path, frames)
    except MediaError as error:
        return Looked(odd=(Odd(str(error), "refused", "a whole, safe file"),), usable=False)


def _film(path: Path, frames: int) -> Looked:
    facts, found = probe(path), count_frames(path).frames
    odd = []
    _, matrix, primaries, curve = facts.colour
    if not facts.curved or primaries == "unknown" or not matrix.startswith("bt2020"):
        tags = f"{curve}, {primaries}, {matrix}"
        odd.append(Odd("the HDR film is not tagged as BT.2100", tags, "PQ or HLG, bt2020, bt2020nc"))
    if facts.bits < HDR_BITS:
        odd.append(Odd("the HDR film is shallow", f"{facts.bits} bit", f"{HDR_BITS} bit or more"))
    return Looked(facts.size, found, (*odd, *_counted("film", found, frames)))


def _exr(path: Path, frames: int) -> Looked:
    headers = read_exr(path)
    first, count = headers[0], len(headers)
    odd = list(_counted("EXR", count, frames))
    deep = sum(set(each.channels.values()) != {"half"} for each in headers)
    if deep:
        odd.append(Odd(f"{deep} of {count} EXR frames are not half float", first.depths, "half"))
    other = sum(not each.aces for each in headers)
    if other:
        found = next(each.chromaticities for each in headers if not each.aces)
        said = "none" if found is None else " ".join(f"{each:.4g}" for each in found)
        odd.append(Odd(f"{other} of {count} EXR frames do not say ACES2065-1 (AP0)", said, "AP0 chromaticities"))
    if len({(each.width, each.height) for each in headers}) > 1:
        odd.append(Odd("the EXR frames differ in size", "several", f"{first.width}x{first.height}"))
    return Looked(Size(first.width, first.height), count, tuple(odd))


def _counted(what: str, found: int, frames: int) -> tuple[Odd, ...]:
    if found == frames:
        return ()
    return (Odd(f"the {what} has other frames than its segment", f"{found} frames", f"{frames} frames"),)
