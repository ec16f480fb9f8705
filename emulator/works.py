"""What a vendor was asked for, in words that all vendors share."""

import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

TAIL_MARK = b"free" + b"emulator-job:"


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that the emulator holds: the file `path` (its hash is `core`), then `tail`. `sha256` and `size` are of both.

    The tail is a box that players pass over; it makes the films of two jobs different bytes when they share one picture.
    """

    path: Path
    core: str
    sha256: str
    size: int
    tail: bytes = field(default=b"", repr=False)

    def read(self) -> bytes:
        """All of it."""
        return self.path.read_bytes() + self.tail


@dataclass(frozen=True, slots=True)
class Film:
    """What was measured of a film: its frames, its exact rate, its size in pixels, whether it has sound."""

    frames: int
    rate: Fraction
    width: int
    height: int
    audio: bool

    @property
    def seconds(self) -> Fraction:
        """Its exact length."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One job as it was asked for.

    `operation` is modify or reframe. `source` is the hash of what the job starts from (without the tail); `film` what was
    measured of it. `ratio` is the one asked for, None to keep the source's. `width` and `height` name
    the canvas where a vendor asks in pixels. `position` is the source's rectangle on the canvas (left, top, width, height, as
    fractions of it). `rest` is everything else that changes the result: controls, guide frames. `asked` is the hash of all that
    without the client's own names: two charges that share it are one thing bought twice.
    """

    operation: str
    prompt: str
    usd: Decimal
    source: str
    film: Film
    resolution: str = "720p"
    ratio: str | None = None
    width: int | None = None
    height: int | None = None
    position: tuple[float, float, float, float] | None = None
    hdr: bool = False
    exr: bool = False
    rest: dict[str, Any] = field(default_factory=dict)
    asked: str = field(init=False, default="")

    def __post_init__(self) -> None:
        told = {
            "operation": self.operation,
            "prompt": self.prompt,
            "source": self.source,
            "resolution": self.resolution,
            "ratio": self.ratio,
            "canvas": [self.width, self.height],
            "position": self.position,
            "hdr": self.hdr,
            "exr": self.exr,
            "rest": self.rest,
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        object.__setattr__(self, "asked", digest)


def as_json(work: Work) -> dict[str, Any]:
    """A work as a line of the journal has it."""
    told = {name: getattr(work, name) for name in Work.__dataclass_fields__ if name != "asked"}
    film = work.film
    told["usd"] = str(work.usd)
    told["film"] = [film.frames, str(film.rate), film.width, film.height, film.audio]
    return told


def of_json(told: dict[str, Any]) -> Work:
    """A work from a line of the journal."""
    given = dict(told)
    given["usd"] = Decimal(given["usd"])
    frames, rate, *rest = given["film"]
    given["film"] = Film(frames, Fraction(rate), *rest)
    if given["position"]:
        given["position"] = tuple(given["position"])
    return Work(**given)
