"""What quality control found in a finished file."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

PICTURE = frozenset({"conform", "drift", "matrix", "seam", "region", "black", "freeze"})
"""Checks of the picture that all files of a film share: an error in one of them is an error of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A person lets the errors of one check pass in one film: in the file `sha256` that was made for output `key`, and in
    no other. `by` is who, `at` when (UTC), `note` why."""

    campaign: str
    key: str
    sha256: str
    check: str
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check that did not simply pass. `severity` is error (not delivered), warning or info.

    `measured` and `expected` are text with units; `frame` is a frame to look at (0-based), None when there is no one frame.
    `waiver` is a person's word that lets an error pass in this very file.
    """

    check: str
    severity: str
    message: str
    measured: str
    expected: str
    frame: int | None = None
    waiver: Waiver | None = None

    def __str__(self) -> str:
        return f"{self.message} (measured {self.measured}, expected {self.expected}) [{self.check}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of the master that films must keep, a logo say: `box` is left, top, width and height as fractions of its
    picture, on its frames [start_frame, end_frame)."""

    name: str
    box: tuple[float, float, float, float]
    start_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class QCReport:
    """All findings about one file."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """True when no finding is an error, or each that is was waived by a person."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the file from being delivered."""
        return tuple(each for each in self.findings if each.severity == "error" and each.waiver is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """A film as measured from the file itself: counted frames, exact rate, codec and colour tags, sound."""

    width: int
    height: int
    rate: Fraction
    frames: int
    codec: str
    pixel_format: str
    colour: tuple[str, str, str, str]
    """(range, matrix, primaries, transfer) as tagged: ("tv", "bt709", "bt709", "bt709")."""
    audio: str | None
    """`aac 48000 Hz stereo`, None when there is no track."""
    audio_samples: int
    bytes: int

    @property
    def seconds(self) -> Fraction:
        """Length of the picture."""
        return self.frames / self.rate
