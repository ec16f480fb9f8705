"""The master edit: its frames, shots and sound. Time is frames (int) and a rate (Fraction), never seconds."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from campaign.model.controls import Controls
from campaign.model.ratios import AspectRatio, Size


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """The master's sound: codec as ffmpeg names it, channels, sample rate in Hz, length in samples."""

    codec: str
    channels: int
    sample_rate: int
    samples: int


@dataclass(frozen=True, slots=True)
class Art:
    """A picture or film that takes a shot's place in one ratio; `sha256` is of the file as read."""

    ratio: AspectRatio
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What is to be done to a shot.

    `modify=False` passes the master's own frames through; `fit` (pad, crop, blur) then shapes them to each ratio, unless
    there is `art` for that ratio. `template`, `controls` and `focus` override the campaign's; a shot with a `focus` of its
    own is cropped around it where it would be tracked.
    """

    modify: bool = True
    fit: str = "pad"
    template: str | None = None
    focus: tuple[float, float] | None = None
    controls: Controls = Controls()
    art: tuple[Art, ...] = ()


AS_THE_CAMPAIGN = Treatment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """Frames between two cuts: [start_frame, end_frame) of the master.

    `unbroken` are spans [start, end) of the master's frames, dissolves say, inside which a shot that is too long must not
    be divided. `found` tells where the shot comes from and how sure that is (`scdet 31.4`, `master.edl event 003`,
    `campaign.toml`).
    """

    id: str
    start_frame: int
    end_frame: int
    treatment: Treatment = AS_THE_CAMPAIGN
    unbroken: tuple[tuple[int, int], ...] = ()
    found: str = field(default="", compare=False)
    entry: int | None = field(default=None, compare=False)
    """Which `[[shots]]` of campaign.toml (from 0) tells of it; None where none does."""

    @property
    def frames(self) -> int:
        """How many frames the shot lasts."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotSettings:
    """What the `[[shots]]` at `entry` (from 0) says of a shot that is found or read from a list.

    It means the shot that holds frame `at`, which is then called `id` where that is said; without `at` the shot whose id
    that is.
    """

    entry: int
    id: str | None
    at: int | None
    treatment: Treatment = AS_THE_CAMPAIGN


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of frames bought as one generation: [start_frame, end_frame) of one shot of the master."""

    shot: Shot
    start_frame: int
    end_frame: int

    @property
    def frames(self) -> int:
        """How many frames the segment lasts."""
        return self.end_frame - self.start_frame

    @property
    def name(self) -> str:
        """How people call it: the shot's id, with the frames when the shot was split."""
        whole = self.frames == self.shot.frames
        return self.shot.id if whole else f"{self.shot.id}[{self.start_frame}:{self.end_frame}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterEdit:
    """The approved cut, as measured: constant `rate` (frames a second), exact `frames`, display `size`, its shots in order.

    `path` is the file that frames and sound are taken from: the one that the campaign names, or the mezzanine that was made
    of it; `mended` then says in sentences what was done, by the recipe `mezzanine`, and `sha256` is still of the file that
    the campaign names, `named` (None where that is `path`). `timecode` is that of the first frame, None where the file has none.
    """

    path: Path
    sha256: str
    rate: Fraction
    frames: int
    size: Size
    codec: str
    audio: AudioTrack | None
    shots: tuple[Shot, ...]
    mezzanine: str = ""
    mended: tuple[str, ...] = ()
    timecode: str | None = None
    named: Path | None = field(default=None, compare=False)

    @property
    def file(self) -> Path:
        """The file that the campaign names."""
        return self.named or self.path

    @property
    def seconds(self) -> Fraction:
        """The exact length in seconds."""
        return self.frames / self.rate
