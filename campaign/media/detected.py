"""What detectors saw in a film, in frames; reads and writes it as JSON."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Frames [start_frame, end_frame)."""

    start_frame: int
    end_frame: int

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """One film under all detectors. `cuts` are first frames after a jump, `scores` how sure of each the detector is (scdet's
    score, 10 to 100); `errors` what the decoder complained of.

    `loudness_lufs` and `true_peak_dbfs` are None without sound or when all of it is silent.
    """

    frames: int
    cuts: tuple[int, ...]
    black: tuple[Span, ...]
    freeze: tuple[Span, ...]
    silence: tuple[Span, ...]
    loudness_lufs: float | None
    true_peak_dbfs: float | None
    errors: tuple[str, ...]
    scores: tuple[float, ...] = ()


def to_json(detected: Detected) -> str:
    """For a cache on disk."""
    return json.dumps(asdict(detected))


def from_json(text: str) -> Detected:
    """What `to_json` wrote."""
    raw = json.loads(text)
    spans = {name: tuple(Span(**span) for span in raw[name]) for name in ("black", "freeze", "silence")}
    return Detected(**(raw | spans | {name: tuple(raw[name]) for name in ("cuts", "errors", "scores")}))
