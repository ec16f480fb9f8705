"""What the two endpoints of Ray 3.2 on fal take. Anything else is refused as fal's models do: `{"detail": [{loc, msg, type}]}`.

Transcribed from providers.md 3.3 (schemas of luma/agent/ray/v3.2/{video-to-video,reframe}, contract tests of 2026-10-08). Fields
that the schema does not know are passed over in silence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.geometry import RATIOS

STRENGTHS = tuple(f"{band}_{level}" for band in ("adhere", "flex", "reimagine") for level in (1, 2, 3))
RESOLUTIONS = ("540p", "720p", "1080p")
HDR_RESOLUTIONS = ("720p", "1080p")
DURATIONS = {"5s": 5, "10s": 10}
SIGNALS = {"pose": "strength", "depth": "blur", "normals": "augmentation", "trajectory": "sparsity", "face": None}
MOST_PROMPT = 6000
MOST_KEYFRAMES = 64

Place = tuple[str | int, ...]
Problem = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A body that was read. `bucket_s` is the length that an edit is sold in; `start` and `keyframes` are addresses."""

    operation: str
    prompt: str
    video: str
    resolution: str
    ratio: str | None = None
    bucket_s: int | None = None
    position: tuple[float, float, float, float] | None = None
    start: str | None = None
    keyframes: tuple[str, ...] = ()
    indexes: tuple[int, ...] = ()
    steering: Mapping[str, Any] = field(default_factory=dict)
    hdr: bool = False
    exr: bool = False
    user: str | None = None


class Invalid(Exception):
    """The body is refused; `problems` are fal's, one for each field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


def problem(place: Place, kind: str, message: str, **ctx: Any) -> Problem:
    """One member of `detail`."""
    told: Problem = {"loc": ["body", *place], "msg": message, "type": kind, "url": f"https://docs.fal.ai/errors#{kind}"}
    return told | ({"ctx": ctx} if ctx else {})


def read_edit(document: Any) -> Asked:
    """A body for video-to-video. Raises Invalid with every problem at once."""
    reader = _Reader(document)
    hdr, exr = reader.flag("hdr"), reader.flag("exr_export")
    resolution = reader.one_of("resolution", RESOLUTIONS, "540p")
    if hdr and resolution not in HDR_RESOLUTIONS:
        reader.rule("HDR needs a resolution of 720p or 1080p")
    if exr and not hdr:
        reader.rule("exr_export requires hdr")
    keyframes, indexes = reader.keyframes()
    start = reader.address("start_image_url", required=False)
    if start and keyframes:
        reader.rule("start_image_url and keyframes are mutually exclusive")
    asked = Asked(
        operation="modify",
        **reader.common(),
        resolution=resolution,
        bucket_s=DURATIONS[reader.one_of("duration", tuple(DURATIONS), "5s")],
        start=start,
        keyframes=keyframes,
        indexes=indexes,
        steering=reader.steering(),
        hdr=hdr,
        exr=exr,
    )
    reader.done()
    return asked


def read_reframe(document: Any) -> Asked:
    """A body for reframe. Raises Invalid with every problem at once."""
    reader = _Reader(document)
    for name in ("hdr", "exr_export"):
        if reader.flag(name):
            reader.rule(f"{name} is not supported by reframe")
    if reader.body.get("duration") is not None:
        reader.one_of("duration", tuple(DURATIONS), "5s")
    asked = Asked(
        operation="reframe",
        **reader.common(),
        resolution=reader.one_of("resolution", RESOLUTIONS, "540p"),
        ratio=reader.one_of("aspect_ratio", tuple(RATIOS), None),
        position=reader.position(),
    )
    reader.done()
    return asked


READERS: Mapping[str, Callable[[Any], Asked]] = {"video-to-video": read_edit, "reframe": read_reframe}


class _Reader:
    """Reads one body, and remembers every problem."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise Invalid([problem((), "model_attributes_type", "Input should be a valid dictionary")])
        self.body: Mapping[str, Any] = document
        self._problems: list[Problem] = []

    def done(self) -> None:
        """Raises Invalid when there was any problem."""
        if self._problems:
            raise Invalid(self._problems)

    def rule(self, message: str) -> None:
        """Fields that do not go together."""
        self._problems.append(problem((), "value_error", f"Value error, {message}"))

    def common(self) -> dict[str, Any]:
        """What both endpoints have."""
        prompt = self._text("prompt", required=True)
        if prompt is not None and len(prompt) > MOST_PROMPT:
            message = f"String should have at most {MOST_PROMPT} characters"
            self._found(("prompt",), "string_too_long", message, max_length=MOST_PROMPT)
        return {
            "prompt": prompt or "",
            "video": self.address("video_url", required=True) or "",
            "user": self._text("user"),
        }

    def address(self, name: str, *, required: bool) -> str | None:
        """A URL, or a data URI."""
        value = self._text(name, required=required)
        if value is not None and not value.startswith(("https://", "http://", "data:")):
            self._found((name,), "url_parsing", "Input should be a valid URL")
        return value

    def flag(self, name: str) -> bool:
        """A boolean, false when it is left out."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self._found((name,), "bool_type", "Input should be a valid boolean")
        return value is True

    def one_of(self, name: str, among: tuple[str, ...], usual: str | None) -> str:
        """A word of a closed list; without `usual` it is required."""
        value = self.body.get(name)
        if value is None and usual is not None:
            return usual
        if value is None:
            self._found((name,), "missing", "Field required")
        elif value not in among:
            listed = ", ".join(f"'{each}'" for each in among)
            self._found((name,), "literal_error", f"Input should be {listed}", expected=listed)
        return value if value in among else among[0]

    def keyframes(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Addresses of guide pictures, and the source's frames that they stand for."""
        pictures, frames = self.body.get("keyframes"), self.body.get("keyframe_indexes")
        if pictures is None and frames is None:
            return (), ()
        if not isinstance(pictures, list) or not all(isinstance(each, str) and each for each in pictures):
            self._found(("keyframes",), "list_type", "Input should be a list of URLs")
            return (), ()
        if not isinstance(frames, list) or not all(type(each) is int and each >= 0 for each in frames):
            self._found(("keyframe_indexes",), "list_type", "Input should be a list of non-negative integers")
            return (), ()
        if not 1 <= len(pictures) <= MOST_KEYFRAMES:
            message = f"List should have 1 to {MOST_KEYFRAMES} items"
            self._found(("keyframes",), "sequence_too_long", message, max_length=MOST_KEYFRAMES)
        if len(pictures) != len(frames) or len(set(frames)) != len(frames):
            self.rule("keyframe_indexes must be unique and as many as keyframes")
        return tuple(pictures), tuple(frames)

    def steering(self) -> dict[str, Any]:
        """How closely the source is followed."""
        auto, strength = self.flag("auto_controls"), self.body.get("edit_strength")
        if strength is not None:
            self.one_of("edit_strength", STRENGTHS, None)
        controls = self._controls()
        if auto and (strength is not None or self.body.get("controls") is not None):
            self.rule("auto_controls cannot be combined with edit_strength or controls")
        told = {"auto": auto, "strength": strength, "controls": controls}
        return {name: value for name, value in told.items() if value}

    def position(self) -> tuple[float, float, float, float] | None:
        """Where the source lies on the canvas."""
        place = self.body.get("source_position")
        if place is None:
            return None
        if not isinstance(place, dict):
            self._found(("source_position",), "model_attributes_type", "Input should be a valid dictionary")
            return None
        read = [
            self._number(place, name, ("source_position", name), least, 2)
            for name, least in (("x_norm", -2), ("y_norm", -2), ("w_norm", 0), ("h_norm", 0))
        ]
        left, top, width, height = read
        return left, top, width, height

    def _controls(self) -> Mapping[str, Any]:
        controls = self.body.get("controls")
        if controls is None:
            return {}
        if not isinstance(controls, dict):
            self._found(("controls",), "model_attributes_type", "Input should be a valid dictionary")
            return {}
        for signal, dial in SIGNALS.items():
            if (told := controls.get(signal)) is not None:
                self._signal(told, ("controls", signal), dial)
        return controls

    def _signal(self, told: Any, place: Place, dial: str | None) -> None:
        if not isinstance(told, dict):
            self._found(place, "model_attributes_type", "Input should be a valid dictionary")
            return
        if told.get("enabled") is not None and not isinstance(told["enabled"], bool):
            self._found((*place, "enabled"), "bool_type", "Input should be a valid boolean")
        if dial is None or told.get(dial) is None:
            return
        if dial != "strength":
            self._number(told, dial, (*place, dial), 0, 1)
        elif told[dial] not in ("precise", "coarse"):
            self._found((*place, dial), "literal_error", "Input should be 'precise' or 'coarse'")

    def _number(self, holder: Mapping[str, Any], name: str, place: Place, least: float, most: float) -> float:
        value = holder.get(name)
        if value is None:
            self._found(place, "missing", "Field required")
        elif not isinstance(value, int | float) or isinstance(value, bool):
            self._found(place, "float_type", "Input should be a valid number")
        elif not least <= value <= most or (most == 2 and least == 0 and value == 0):
            kind = "less_than_equal" if value > most else "greater_than_equal"
            self._found(place, kind, f"Input should lie between {least} and {most}", ge=least, le=most)
        else:
            return float(value)
        return 0.0

    def _text(self, name: str, *, required: bool = False) -> str | None:
        value = self.body.get(name)
        if value is None:
            if required:
                self._found((name,), "missing", "Field required")
            return None
        if not isinstance(value, str):
            self._found((name,), "string_type", "Input should be a valid string")
            return None
        if required and not value:
            self._found((name,), "string_too_short", "String should have at least 1 character", min_length=1)
        return value

    def _found(self, place: Place, kind: str, message: str, **ctx: Any) -> None:
        self._problems.append(problem(place, kind, message, **ctx))
