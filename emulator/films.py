"""What a finished job gives: the film, and what comes beside it."""

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from emulator.blobs import Blobs, tail_for
from emulator.faults import Faults
from emulator.footage import Footage
from emulator.geometry import RATIOS, canvas
from emulator.recipes import Picture
from emulator.works import Blob, Work

FILM, EXR = "film", "exr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaws:
    """What is wrong with a film on purpose, settled when the job is accepted."""

    frames: int = 0
    audio: bool = False
    grid24: bool = False
    size: bool = False
    ratio: bool = False
    black: bool = False
    frozen: bool = False
    late: bool = False
    sar: bool = False
    full_colour: bool = False
    shared: bool = False
    exr: str = "zip"

    def as_json(self) -> dict[str, Any]:
        """As a line of the journal has it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def flaws_of(faults: Faults, vendor: str, about: str) -> Flaws:
    """The flaws that the faults in force give to the next job."""

    def strikes(name: str) -> bool:
        return faults.strikes(name, vendor, about)

    return Flaws(
        frames=int(faults.number("frames_off", vendor)) if strikes("p_frames") else 0,
        audio=faults.number("audio", vendor) > 0,
        grid24=faults.number("grid24", vendor) > 0,
        size=strikes("p_size"),
        ratio=strikes("p_wrong_ratio"),
        black=strikes("p_black"),
        frozen=strikes("p_frozen"),
        late=strikes("p_late_start"),
        sar=strikes("p_sar"),
        full_colour=strikes("p_444"),
        shared=faults.number("same_bytes", vendor) > 0,
        exr=faults.word("exr", vendor),
    )


class Films:
    """Makes what jobs give. `fast`: jobs of the same source, ratio and resolution share one picture."""

    def __init__(self, blobs: Blobs, footage: Footage, fast: bool) -> None:
        self._blobs = blobs
        self._footage = footage
        self._fast = fast

    async def outputs(self, vendor: str, job_id: str, work: Work, flaws: Flaws) -> dict[str, Blob]:
        """The film of a job, and its EXR where it was asked for. Raises NotAFilm."""
        made = await self._footage.make(work.source, picture_of(work, flaws, self._fast))
        mark = f"{vendor}/{work.asked[:32] if flaws.shared else job_id}"
        outputs = {FILM: self._blobs.with_tail(made.core, tail_for(mark))}
        if work.exr and flaws.exr != "none":
            outputs[EXR] = await self._footage.exr(made.core, flaws.exr)
        return outputs


def picture_of(work: Work, flaws: Flaws, fast: bool) -> Picture:
    """What the film of a job is to look like: the source's frames at its own rate, in the size that was asked for."""
    film = work.film
    rate = Fraction(24) if flaws.grid24 else film.rate
    width, height = size_of(work)
    picture = Picture(
        width=width,
        height=height,
        frames=max(1, (round(film.seconds * rate) if flaws.grid24 else film.frames) + flaws.frames),
        rate=str(rate),
        source_rate=str(film.rate),
        look=None if fast or work.operation != "modify" else _look(work),
        position=work.position,
        reframe=work.operation == "reframe" and not flaws.ratio,
        hdr=work.hdr,
        audio=flaws.audio,
        black=flaws.black,
        frozen=flaws.frozen,
        late=flaws.late,
        sar=flaws.sar,
        full_colour=flaws.full_colour,
        quick=fast,
    )
    if flaws.ratio:
        wide, high = canvas(work.resolution, film.width, film.height)
        picture = replace(picture, width=wide, height=high)
    return replace(picture, width=picture.width + 4, height=picture.height - 4) if flaws.size else picture


def size_of(work: Work) -> tuple[int, int]:
    """Width and height of the result in pixels: the canvas that was named, else by ratio and resolution."""
    if work.width is not None and work.height is not None:
        return work.width, work.height
    wide, high = RATIOS[work.ratio] if work.ratio else (work.film.width, work.film.height)
    return canvas(work.resolution, wide, high)


def _look(work: Work) -> int:
    told = f"{work.prompt}\n{sorted(work.rest.items())}"
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4], "big")
