"""Reads the body of Luma's `POST /generations` strictly, by providers.md 1.3. Pure: no media is looked at here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from emulator.calls import Trouble, Troubled
from emulator.geometry import RATIOS, SHORT_SIDES

MODELS = ("uni-1", "uni-1-max", "ray-3.2")
TYPES = ("image", "image_edit", "video", "video_edit", "video_reframe", "layering")
ALL_RATIOS = ("3:1", "2:1", "21:9", "16:9", "4:3", "3:2", "1:1", "3:4", "2:3", "9:16", "1:2", "1:3")
STRENGTHS = tuple(f"{name}_{level}" for name in ("adhere", "flex", "reimagine") for level in (1, 2, 3))
SIGNALS = {"pose": "strength", "depth": "blur", "normals": "augmentation", "trajectory": "sparsity", "face": None}
BODY = (
    *("model", "type", "prompt", "user_id", "aspect_ratio", "source", "video"),
    *("image_ref", "layering", "output_format", "style", "web_search"),
)
VIDEO = (
    *("resolution", "duration", "hdr", "exr_export", "loop", "start_frame", "end_frame"),
    *("keyframes", "keyframe_indexes", "source_position", "edit"),
)
EDIT = ("auto_controls", "strength", "controls", "keyframes", "keyframe_indexes")
MOST_PROMPT = 6000
MOST_KEYFRAMES = 64


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to media: its kind (url, data, generation_id, file_id), the value, its MIME type, its place in the body."""

    kind: str
    value: str
    media_type: str | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A body that says something the vendor would do."""

    type: str
    prompt: str
    user_id: str | None
    ratio: str | None
    source: Ref
    resolution: str
    hdr: bool = False
    exr: bool = False
    position: tuple[float, float, float, float] | None = None
    start_frame: Ref | None = None
    keyframes: tuple[Ref, ...] = ()
    indexes: tuple[int, ...] = ()
    controls: Mapping[str, Any] = field(default_factory=dict)


def read_body(document: Any) -> Asked:
    """What is asked for. Raises Troubled: REFUSED (400) for a bad value, UNUSABLE (422) for values that do not go together."""
    body = _object(document, "body", BODY)
    model = _one_of(body.get("model", "uni-1"), "model", MODELS)
    kind = _one_of(body.get("type", "image"), "type", TYPES)
    if (model == "ray-3.2") != kind.startswith("video"):
        _bad(f"model {model} does not support type {kind}")
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not 1 <= len(prompt) <= MOST_PROMPT:
        _bad(f"prompt: required, 1 to {MOST_PROMPT} characters")
    if kind not in ("video_edit", "video_reframe"):
        _bad(f"type {kind}: this stand-in makes video_edit and video_reframe only")
    user_id = body.get("user_id")
    if user_id is not None and not isinstance(user_id, str):
        _bad("user_id: must be a string")
    if (ratio := body.get("aspect_ratio")) is not None:
        _one_of(ratio, "aspect_ratio", ALL_RATIOS)
    if body.get("source") is None:
        _bad(f"source: required for type {kind}")
    source = _ref(body["source"], "source")
    video = _object(body.get("video") or {}, "video", VIDEO)
    common = {"type": kind, "prompt": prompt, "user_id": user_id, "source": source, "resolution": _resolution(video)}
    return _edit(video, common) if kind == "video_edit" else _reframe(video, common, ratio)


def _edit(video: Mapping[str, Any], common: dict[str, Any]) -> Asked:
    if video.get("duration") is not None:  # ignored on edit, but still one of its values
        _one_of(video["duration"], "video.duration", ("5s", "10s"))
    for name in ("loop", "end_frame", "keyframes", "keyframe_indexes", "source_position"):
        if video.get(name) not in (None, False):
            _clash(f"video.{name} is not supported on video_edit")
    hdr, exr = _flag(video, "hdr"), _flag(video, "exr_export")
    if exr and not hdr:
        _clash("video.exr_export requires video.hdr=true")
    edit = _object(video.get("edit") or {}, "video.edit", EDIT)
    start = _ref(video["start_frame"], "video.start_frame") if video.get("start_frame") else None
    frames, indexes = _keyframes(edit)
    if start and frames:
        _clash("video.start_frame and video.edit.keyframes are mutually exclusive")
    return Asked(
        **common,
        ratio=None,
        hdr=hdr,
        exr=exr,
        start_frame=start,
        keyframes=frames,
        indexes=indexes,
        controls=_manner(edit),
    )


def _reframe(video: Mapping[str, Any], common: dict[str, Any], ratio: Any) -> Asked:
    if ratio is None:
        _bad("aspect_ratio: required for video_reframe")
    _one_of(ratio, "aspect_ratio", tuple(RATIOS))
    for name in ("hdr", "exr_export", "loop", "edit", "start_frame", "end_frame", "keyframes", "keyframe_indexes"):
        if video.get(name) not in (None, False):
            _clash(f"video.{name} is not supported on video_reframe")
    if common["resolution"] == "1080p" and ratio in ("9:16", "3:4"):
        _clash(f"1080p reframe to {ratio} is coming soon")
    position = video.get("source_position")
    return Asked(**common, ratio=ratio, position=None if position is None else _position(position))


def _manner(edit: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that says how closely the source is followed."""
    auto, strength, controls = edit.get("auto_controls"), edit.get("strength"), edit.get("controls")
    if auto is not None and not isinstance(auto, bool):
        _bad("video.edit.auto_controls: must be a boolean")
    if strength is not None:
        _one_of(strength, "video.edit.strength", STRENGTHS)
    if auto and (strength is not None or controls is not None):
        _clash("video.edit.auto_controls=true is mutually exclusive with strength and controls")
    told = {"auto": auto, "strength": strength, "controls": None if controls is None else _controls(controls)}
    return {name: value for name, value in told.items() if value is not None}


def _controls(document: Any) -> dict[str, Any]:
    controls = _object(document, "video.edit.controls", tuple(SIGNALS))
    for signal, told in controls.items():
        if told is None:
            continue
        place, amount = f"video.edit.controls.{signal}", SIGNALS[signal]
        said = _object(told, place, ("enabled", *filter(None, (amount,))))
        if not isinstance(said.get("enabled", True), bool):
            _bad(f"{place}.enabled: must be a boolean")
        value = said.get(amount) if amount else None
        if signal == "pose" and value is not None:
            _one_of(value, f"{place}.strength", ("precise", "coarse"))
        elif value is not None and not (_is_number(value) and 0 <= value <= 1):
            _bad(f"{place}.{amount}: must be a number from 0 to 1")
    return dict(controls)


def _keyframes(edit: Mapping[str, Any]) -> tuple[tuple[Ref, ...], tuple[int, ...]]:
    frames, indexes = edit.get("keyframes"), edit.get("keyframe_indexes")
    if frames is None and indexes is None:
        return (), ()
    if not isinstance(frames, list) or not isinstance(indexes, list) or len(frames) != len(indexes):
        _bad("video.edit.keyframes and keyframe_indexes: two lists of the same length")
    if not 1 <= len(frames) <= MOST_KEYFRAMES:
        _bad(f"video.edit.keyframes: 1 to {MOST_KEYFRAMES} anchors")
    if any(not isinstance(index, int) or isinstance(index, bool) or index < 0 for index in indexes):
        _bad("video.edit.keyframe_indexes: non-negative integers")
    if len(set(indexes)) != len(indexes):
        _bad("video.edit.keyframe_indexes: must be unique")
    return tuple(_ref(frame, f"video.edit.keyframes[{n}]") for n, frame in enumerate(frames)), tuple(indexes)


def _position(document: Any) -> tuple[float, float, float, float]:
    names = ("x_norm", "y_norm", "w_norm", "h_norm")
    position = _object(document, "video.source_position", names)
    if any(not _is_number(position.get(name)) for name in names):
        _bad(f"video.source_position: {', '.join(names)} are all required numbers")
    left, top, width, height = (float(position[name]) for name in names)
    if not (-2 <= left <= 2 and -2 <= top <= 2 and 0 < width <= 2 and 0 < height <= 2):
        _bad("video.source_position: x_norm and y_norm lie in -2 to 2, w_norm and h_norm above 0 and up to 2")
    return left, top, width, height


def _ref(document: Any, place: str) -> Ref:
    told = _object(document, place, ("url", "data", "generation_id", "file_id", "media_type"))
    kinds = [kind for kind in ("url", "data", "generation_id", "file_id") if told.get(kind) is not None]
    if len(kinds) != 1:
        _bad(f"{place}: provide exactly one of url, data, generation_id or file_id")
    value, media_type = told[kinds[0]], told.get("media_type")
    if not isinstance(value, str) or not value:
        _bad(f"{place}.{kinds[0]}: must be a string")
    if media_type is not None and not (isinstance(media_type, str) and "/" in media_type):
        _bad(f"{place}.media_type: must be a MIME type")
    if kinds[0] == "data" and media_type is None:
        _bad(f"{place}.media_type: required with data")
    if place == "source" and kinds[0] in ("url", "data") and not (media_type or "").startswith("video/"):
        _bad("source.media_type: required, a video/* MIME type")
    return Ref(kinds[0], value, media_type, place)


def _resolution(video: Mapping[str, Any]) -> str:
    told = video.get("resolution")
    return "720p" if told is None else _one_of(told, "video.resolution", tuple(SHORT_SIDES))


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        _bad(f"video.{name}: must be a boolean")
    return bool(value)


def _object(document: Any, place: str, names: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        _bad(f"{place}: must be an object")
    # No document says what Luma does with a field that it does not know; a misspelt one is found here.
    if unknown := [name for name in document if name not in names]:
        _bad(f"{place}: unknown field {unknown[0]!r}")
    return document


def _one_of(value: Any, place: str, among: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in among:
        _bad(f"{place}: {value!r} is not one of {', '.join(among)}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _bad(text: str) -> NoReturn:
    raise Troubled(Trouble.REFUSED, text)


def _clash(text: str) -> NoReturn:
    raise Troubled(Trouble.UNUSABLE, text)
