"""What detectors saw in a film, in frames; reads and writes it as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True)
class Span:
    """Frames [start_frame, end_frame)."""

    start_frame: int
    end_frame: int

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True)
class Jump:
    """A frame unlike the one before it, and scdet's score for that (0 to 100)."""

    frame: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """One film under all detectors. `cuts` are first frames after a jump, `scores` how sure of each the detector is (scdet's
    score, 10 to 100); `tinted` are those that colour alone shows; `near` are jumps that score a little less; `errors` what the
    decoder complained of.

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
    near: tuple[Jump, ...] = ()
    tinted: tuple[int, ...] = ()


def with_stills(detected: Detected, drawn: Sequence[Span]) -> Detected:
    """The same, with all of `drawn` (a shot's own art, say) counted among what is black and what stands still."""
    if not drawn:
        return detected
    return replace(detected, black=_joined((*detected.black, *drawn)), freeze=_joined((*detected.freeze, *drawn)))


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start_frame):
        if found and span.start_frame <= found[-1].end_frame:
            found[-1] = Span(found[-1].start_frame, max(found[-1].end_frame, span.end_frame))
        else:
            found.append(span)
    return tuple(found)


def to_json(detected: Detected) -> str:
    """For a cache on disk."""
    return json.dumps(asdict(detected))


def from_json(text: str) -> Detected:
    """What `to_json` wrote."""
    raw = json.loads(text)
    spans = {name: tuple(Span(**span) for span in raw[name]) for name in ("black", "freeze", "silence")}
    near = {"near": tuple(Jump(**jump) for jump in raw["near"])}
    return Detected(
        **(raw | spans | near | {name: tuple(raw[name]) for name in ("cuts", "errors", "scores", "tinted")})
    )
