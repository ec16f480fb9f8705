"""What a `videoInference` task of luma:ray@3.2 must look like. Anything else is refused, as Runware refuses it.

Transcribed from providers.md 2.3 and 2.8 (runware.ai/docs, pages models/luma-ray3-2 and platform/*, read 2026-11) and the types
of runware-sdk 1.8.0 (`LumaRay32Params`). Where they are silent Luma's limits apply: lengths of sources, of prompts, guide
frames. Unknown fields are passed over, and billed. The emulator makes no film from nothing and no WEBM or MOV: it says so.
`uploadEndpoint` is taken, and nothing is ever sent to it.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.geometry import RATIOS, SHORT_SIDES

MODELS = ("luma:ray@3.2", "luma-ray3-2")
STRENGTHS = tuple(f"{band}_{level}" for band in ("adhere", "flex", "reimagine") for level in (1, 2, 3))
MOST_GUIDES = 64
MOST_PROMPT = 6000
DEFAULT_TTL_S = 7 * 24 * 3600
"""How long a result's link lives when no `ttl` is given: no document says."""

_SEEN_CANVASES = {(1280, 720): "720p", (720, 1280): "720p", (960, 960): "720p", (1920, 1080): "1080p"}
_RATIO_OFF, _AREA_OFF = 0.02, 0.06
"""The full list of canvases is in a schema that nobody could read: others pass that come this near to a ratio and a tier."""


class Refusal(Exception):
    """A task is refused: Runware's code for it, what is wrong, and the parameter (several, when they do not go together)."""

    def __init__(
        self, code: str, message: str, parameter: str | Sequence[str] | None = None, status: int = 400
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.parameter = parameter
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A task that was read. `canvas` is a reframe's, None for an edit; `guides` are pairs of a picture and its frame."""

    task_uuid: str
    prompt: str
    video: str
    resolution: str
    canvas: tuple[int, int] | None = None
    position: tuple[float, float, float, float] | None = None
    guides: tuple[tuple[str, int | str], ...] = ()
    edit: Mapping[str, Any] = field(default_factory=dict)
    hdr: bool = False
    exr: bool = False
    include_cost: bool = False
    ttl_s: int = DEFAULT_TTL_S
    webhook: str | None = None


def read_task(task: Mapping[str, Any]) -> Asked:
    """Read a task. Raises Refusal."""
    task_uuid = read_task_uuid(task)
    if task.get("model") not in MODELS:
        raise Refusal("invalidModel", f"Model {task.get('model')!r} does not exist or is not available.", "model")
    prompt = task.get("positivePrompt")
    if not isinstance(prompt, str) or not 1 <= len(prompt) <= MOST_PROMPT:
        raise _invalid("positivePrompt", f"a text of 1 to {MOST_PROMPT} characters")
    inputs = _object(task, "inputs", "inputs")
    video = inputs.get("video")
    if not isinstance(video, str) or not video:
        raise _invalid(
            "inputs.video", "a URL, a data URI or the UUID of a video; this emulator makes no film without one"
        )
    settings = _object(task, "settings", "settings")
    canvas, resolution = _size(task)
    _delivery(task)
    hdr, exr = _range(settings, is_reframe=canvas is not None)
    return Asked(
        task_uuid=task_uuid,
        prompt=prompt,
        video=video,
        resolution=resolution,
        canvas=canvas,
        position=_position(settings, is_reframe=canvas is not None),
        guides=_guides(inputs, is_reframe=canvas is not None),
        edit=_edit(settings, is_reframe=canvas is not None),
        hdr=hdr,
        exr=exr,
        include_cost=_flag(task, "includeCost", "includeCost"),
        ttl_s=_whole(task, "ttl", DEFAULT_TTL_S, least=60),
        webhook=_webhook(task),
    )


def read_task_uuid(task: Mapping[str, Any]) -> str:
    """The client's name of a task, in lower case. Raises Refusal unless it is a UUID of version 4."""
    given = task.get("taskUUID")
    try:
        read = uuid.UUID(given) if isinstance(given, str) else None
    except ValueError:
        read = None
    if read is None or read.version != 4:
        raise _invalid("taskUUID", "a UUID of version 4")
    return str(read)


def _size(task: Mapping[str, Any]) -> tuple[tuple[int, int] | None, str]:
    """The canvas of a reframe, and the tier. An edit has no canvas: it keeps the source's shape."""
    given = [name for name in ("width", "height") if task.get(name) is not None]
    resolution = task.get("resolution")
    if "duration" in task:
        if type(task["duration"]) is not int or task["duration"] not in (5, 10):
            raise _invalid("duration", "5 or 10, as a number")
        raise _rivals("the result is as long as its source", "duration", "inputs.video")
    if given and resolution is not None:
        raise _rivals("a canvas is given by its pixels or by a resolution", "resolution", *given)
    if not given:
        if resolution is not None and resolution not in SHORT_SIDES:
            raise _invalid("resolution", "one of " + ", ".join(SHORT_SIDES))
        return None, resolution or "720p"
    if len(given) == 1:
        raise _rivals("width and height go together", "width", "height")
    width, height = task["width"], task["height"]
    if type(width) is not int or type(height) is not int:
        raise _invalid("width", "a whole number, as height")
    return (width, height), tier_of(width, height)


def tier_of(width: int, height: int) -> str:
    """The tier of a canvas. Raises Refusal for one that is no output size of the model."""
    if (width, height) in _SEEN_CANVASES:
        return _SEEN_CANVASES[width, height]
    if width > 0 and height > 0 and width % 2 == 0 and height % 2 == 0 and nearest_ratio(width, height):
        for tier, short in SHORT_SIDES.items():
            if abs(width * height / (short * short * 16 / 9) - 1) < _AREA_OFF:
                return tier
    raise Refusal("unsupportedDimensions", f"{width}x{height} is no output size of this model.", ["width", "height"])


def nearest_ratio(width: int, height: int) -> str | None:
    """The ratio of the model that a canvas has; None for none of them."""
    off = {name: abs(width / height * high / wide - 1) for name, (wide, high) in RATIOS.items()}
    nearest = min(off, key=lambda name: off[name])
    return nearest if off[nearest] < _RATIO_OFF else None


def _edit(settings: Mapping[str, Any], *, is_reframe: bool) -> Mapping[str, Any]:
    if settings.get("edit") is None:
        return {}
    edit = _object(settings, "edit", "settings.edit")
    if is_reframe:
        raise _rivals("an edit keeps the aspect ratio of its source", "settings.edit", "width", "height")
    strength = edit.get("strength")
    if strength is not None and strength not in STRENGTHS:
        raise _invalid("settings.edit.strength", "one of " + ", ".join(STRENGTHS))
    controls = _object(edit, "controls", "settings.edit.controls")
    _check_controls(controls)
    if _flag(edit, "autoControls", "settings.edit.autoControls"):
        for name in ("strength", "controls"):
            if edit.get(name) is not None:
                raise _rivals("they exclude each other", "settings.edit.autoControls", f"settings.edit.{name}")
    return {name: edit[name] for name in ("autoControls", "strength", "controls") if edit.get(name) is not None}


def _check_controls(controls: Mapping[str, Any]) -> None:
    where = "settings.edit.controls"
    if controls.get("poseStrength") not in (None, "precise", "coarse"):
        raise _invalid(f"{where}.poseStrength", "precise or coarse")
    for name in ("depthBlur", "normalsAugmentation", "trajectorySparsity"):
        if controls.get(name) is not None and not (_is_number(controls[name]) and 0 <= controls[name] <= 1):
            raise _invalid(f"{where}.{name}", "a number from 0 to 1")
    _flag(controls, "face", f"{where}.face")


def _range(settings: Mapping[str, Any], *, is_reframe: bool) -> tuple[bool, bool]:
    """HDR and EXR. Edits take them at every tier: Runware has prices for all (providers.md 2.8)."""
    hdr, exr = _flag(settings, "hdr", "settings.hdr"), _flag(settings, "exrExport", "settings.exrExport")
    if is_reframe and (hdr or exr):
        raise _rivals("a reframe has standard dynamic range only", "settings.hdr", "width", "height")
    if exr and not hdr:
        raise _rivals("exrExport needs hdr", "settings.exrExport", "settings.hdr")
    if _flag(settings, "loop", "settings.loop"):
        raise _rivals("a source video cannot be made to loop", "settings.loop", "inputs.video")
    return hdr, exr


def _position(settings: Mapping[str, Any], *, is_reframe: bool) -> tuple[float, float, float, float] | None:
    if settings.get("sourcePosition") is None:
        return None
    where = "settings.sourcePosition"
    if not is_reframe:
        raise _rivals("it belongs to a reframe, which has a width and a height", where, "width", "height")
    place = _object(settings, "sourcePosition", where)
    for name, least in (("x", -2), ("y", -2), ("width", 0), ("height", 0)):
        value = place.get(name)
        if value is None or not _is_number(value) or not least <= value <= 2 or (least == 0 and value == 0):
            raise _invalid(f"{where}.{name}", "a fraction of the canvas; all four are required")
    return place["x"], place["y"], place["width"], place["height"]


def _guides(inputs: Mapping[str, Any], *, is_reframe: bool) -> tuple[tuple[str, int | str], ...]:
    listed, where = inputs.get("frameImages"), "inputs.frameImages"
    if listed is None:
        return ()
    if is_reframe:
        raise _rivals("a reframe takes no guide frames", where, "width", "height")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_GUIDES:
        raise _invalid(where, f"a list of 1 to {MOST_GUIDES} frames")
    read = [_guide(each, f"{where}.{place}") for place, each in enumerate(listed)]
    if len({frame for _, frame in read}) < len(read):
        raise _invalid(where, "a list in which every frame has a place of its own")
    return tuple(read)


def _guide(guide: Any, where: str) -> tuple[str, int | str]:
    if not isinstance(guide, dict) or not isinstance(guide.get("image"), str):
        raise _invalid(f"{where}.image", "a URL, a data URI or the UUID of a picture")
    frame = guide.get("frame")
    if frame not in ("first", "last") and not (type(frame) is int and frame >= 0):
        raise _invalid(f"{where}.frame", "first, last or the number of a frame")
    return guide["image"], frame


def _webhook(task: Mapping[str, Any]) -> str | None:
    url = task.get("webhookURL")
    if url is not None and not (isinstance(url, str) and url.startswith(("https://", "http://"))):
        raise _invalid("webhookURL", "a URL")
    return url


def _delivery(task: Mapping[str, Any]) -> None:
    if task.get("deliveryMethod", "async") != "async":
        raise _invalid("deliveryMethod", "async: a video takes minutes")
    if task.get("outputType", "URL") not in ("URL", ["URL"]):
        raise _invalid("outputType", "URL")
    if task.get("outputFormat", "MP4") != "MP4":
        raise _invalid("outputFormat", "MP4; this emulator makes no WEBM and no MOV")
    if _whole(task, "numberResults", 1, least=1) != 1:
        raise _invalid("numberResults", "1; this emulator makes one film a task")
    _whole(task, "outputQuality", 95, least=1)


def _object(holder: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _invalid(where, "an object")
    return value


def _flag(holder: Mapping[str, Any], name: str, where: str) -> bool:
    value = holder.get(name)
    if value not in (None, True, False) or (isinstance(value, int | float) and type(value) is not bool):
        raise _invalid(where, "true or false")
    return bool(value)


def _whole(holder: Mapping[str, Any], name: str, usual: int, *, least: int) -> int:
    value = holder.get(name, usual)
    if type(value) is not int or value < least:
        raise _invalid(name, f"a whole number of at least {least}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and type(value) is not bool


def _invalid(parameter: str, what: str) -> Refusal:
    code = "invalid" + "".join(part[:1].upper() + part[1:] for part in parameter.split(".") if not part.isdigit())
    return Refusal(code, f"Invalid value for '{parameter}': it must be {what}.", parameter)


def _rivals(why: str, *parameters: str) -> Refusal:
    names = ", ".join(f"'{name}'" for name in parameters)
    return Refusal("incompatibleParameters", f"{names} cannot be sent like this: {why}.", list(parameters))
