"""What quality control found in a finished file."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check that did not simply pass. `severity` is error (not delivered), warning or info.

    `measured` and `expected` are text with units; `frame` is a frame to look at (0-based), None when there is no one frame.
    """

    check: str
    severity: str
    message: str
    measured: str
    expected: str
    frame: int | None = None


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
        """True when no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)


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
