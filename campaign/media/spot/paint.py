"""Paint for flat illustration: outlines, ramps, soft sheets and sprites, in design units of a 1920x1080 frame."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
Outline = NDArray[np.float64]
"""Corners of a closed polygon, one (x, y) a row, in design units."""

_OVERSAMPLING = 3
_PHASES = 2


@dataclass(frozen=True, slots=True)
class Ramp:
    """A gradient over an outline's box: (position 0 to 1, colour, opacity 0 to 1) stops, downwards or across."""

    stops: tuple[tuple[float, Colour, float], ...]
    across: bool = False


def ramp(*colours: Colour, across: bool = False) -> Ramp:
    """An opaque ramp with evenly spaced colours."""
    last = len(colours) - 1
    return Ramp(tuple((n / last, colour, 1.0) for n, colour in enumerate(colours)), across)


def fading(colour: Colour, *opacities: float, across: bool = False) -> Ramp:
    """A ramp of one colour through evenly spaced opacities."""
    last = len(opacities) - 1
    return Ramp(tuple((n / last, colour, opacity) for n, opacity in enumerate(opacities)), across)


def oval(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = math.tau) -> Outline:
    """An ellipse, or the slice of it between two angles (radians, clockwise from the right)."""
    angles = np.linspace(start, end, 72)
    return np.column_stack((x + rx * np.cos(angles), y + ry * np.sin(angles)))


def box(left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> Outline:
    """A rectangle with round corners."""
    if radius <= 0:
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)
    corners = (
        (right - radius, top + radius, -0.25),
        (right - radius, bottom - radius, 0.0),
        (left + radius, bottom - radius, 0.25),
        (left + radius, top + radius, 0.5),
    )
    turns = [oval(x, y, radius, radius, a * math.tau, (a + 0.25) * math.tau)[::6] for x, y, a in corners]
    return np.concatenate(turns)


def capsule(x0: float, y0: float, x1: float, y1: float, radius: float, end_radius: float | None = None) -> Outline:
    """A line with round ends, tapering to `end_radius`."""
    angle = math.atan2(y1 - y0, x1 - x0)
    last = radius if end_radius is None else end_radius
    quarter = math.tau / 4
    head = oval(x1, y1, last, last, angle - quarter, angle + quarter)
    tail = oval(x0, y0, radius, radius, angle + quarter, angle + 3 * quarter)
    return np.concatenate((head, tail))


def curve(*points: tuple[float, float]) -> Outline:
    """A smooth closed outline through the points (Catmull-Rom)."""
    p1 = np.array(points, dtype=np.float64)
    p0, p2, p3 = np.roll(p1, 1, 0), np.roll(p1, -1, 0), np.roll(p1, -2, 0)
    t = np.linspace(0, 1, 14, endpoint=False)[:, None, None]
    path = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.asarray(path.transpose(1, 0, 2).reshape(-1, 2))


def turned(outline: Outline, degrees: float, x: float, y: float) -> Outline:
    """An outline turned clockwise about a point."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.asarray((outline - (x, y)) @ np.array([(cos, sin), (-sin, cos)]) + (x, y))


class Sheet:
    """A transparent sheet of `width` x `height` design units, kept at `scale` pixels a unit, painted with smooth edges."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        self.scale = scale
        self.image = Image.new("RGBA", (max(1, round(width * scale)), max(1, round(height * scale))))

    def paint(self, outline: Outline, fill: Colour | Ramp, opacity: float = 1.0, blur: float = 0.0) -> "Sheet":
        """Lay a filled outline over what is there; `blur` softens its edge by that many units."""
        spread = 3 * blur + 2 / self.scale
        low = np.floor((outline.min(0) - spread) * self.scale).astype(int)
        high = np.ceil((outline.max(0) + spread) * self.scale).astype(int)
        low, high = np.maximum(low, 0), np.minimum(high, self.image.size)
        if (high <= low).any():
            return self
        width, height = int(high[0] - low[0]), int(high[1] - low[1])
        mask = self._mask(outline, low, (width, height), blur)
        tone = self._tone(fill, outline, low, (width, height))
        if opacity < 1 or isinstance(fill, Ramp):
            strength = np.asarray(mask, np.float32) * np.asarray(tone.getchannel("A"), np.float32) * (opacity / 255)
            mask = Image.fromarray(np.rint(strength).astype(np.uint8))
        tone.putalpha(mask)
        self.image.alpha_composite(tone, (int(low[0]), int(low[1])))
        return self

    def lay(self, other: Image.Image, x: float, y: float) -> "Sheet":
        """Lay another picture (in pixels of the same scale) with its top left corner at a point."""
        self.image.alpha_composite(other, (max(0, round(x * self.scale)), max(0, round(y * self.scale))))
        return self

    def write(
        self, text: str, x: float, y: float, size: float, colour: Colour, *, weight: float = 0, gap: float = 0
    ) -> None:
        """Write a line centred on (x, y): `size` tall, `weight` units bolder, letters `gap` units further apart."""
        grain = 2
        font = ImageFont.load_default(size * self.scale * grain)
        stroke = weight * self.scale * grain
        step = [font.getlength(letter) + (gap + weight) * self.scale * grain for letter in text]
        sheet = Image.new("L", (self.image.width * grain, self.image.height * grain))
        pen, at = ImageDraw.Draw(sheet), x * self.scale * grain - (sum(step) - gap * self.scale * grain) / 2
        for letter, advance in zip(text, step, strict=True):
            pen.text((at, y * self.scale * grain), letter, 255, font, anchor="lm", stroke_width=stroke)
            at += advance
        tone = Image.new("RGBA", self.image.size, (*colour, 255))
        tone.putalpha(sheet.reduce(grain))
        self.image.alpha_composite(tone)

    def _mask(self, outline: Outline, low: NDArray[np.int_], size: tuple[int, int], blur: float) -> Image.Image:
        mask = Image.new("L", (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING))
        corners = (outline * self.scale - low) * _OVERSAMPLING
        ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in corners], fill=255)
        mask = mask.reduce(_OVERSAMPLING)
        return mask.filter(ImageFilter.GaussianBlur(blur * self.scale)) if blur else mask

    def _tone(self, fill: Colour | Ramp, outline: Outline, low: NDArray[np.int_], size: tuple[int, int]) -> Image.Image:
        if not isinstance(fill, Ramp):
            return Image.new("RGBA", size, (*fill, 255))
        axis = 0 if fill.across else 1
        start, end = outline.min(0)[axis], outline.max(0)[axis]
        places = ((np.arange(size[axis]) + 0.5 + low[axis]) / self.scale - start) / max(end - start, 1e-6)
        line = _mixed(fill.stops, places)
        line = line[None, :, :] if fill.across else line[:, None, :]
        return Image.fromarray(np.rint(np.broadcast_to(line, (size[1], size[0], 4))).astype(np.uint8))


def _mixed(stops: Sequence[tuple[float, Colour, float]], places: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.array([(*colour, opacity * 255) for _, colour, opacity in stops])
    at = [position for position, _, _ in stops]
    return np.column_stack([np.interp(places, at, known[:, channel]) for channel in range(4)])


class Sprite:
    """A picture that moves in steps of half a pixel: whole pixels make slow moves judder."""

    def __init__(self, image: Image.Image, scale: float) -> None:
        self.scale = scale
        self._middle = (image.width / scale / 2, image.height / scale / 2)
        left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
        # Two clear pixels stay at the right and below, so that a shifted edge has something to fade into.
        self._image, self._corner = image.crop((left, top, right + 2, bottom + 2)), (left, top)
        self._shifted: dict[tuple[int, int], tuple[Image.Image, Image.Image]] = {}

    def onto(self, frame: Image.Image, x: float, y: float) -> None:
        """Lay the picture on a frame with its top left corner at a point in design units."""
        whole_x, part_x = divmod(round(x * self.scale * _PHASES), _PHASES)
        whole_y, part_y = divmod(round(y * self.scale * _PHASES), _PHASES)
        colours, cover = self._at(part_x, part_y)
        frame.paste(colours, (whole_x + self._corner[0], whole_y + self._corner[1]), cover)

    def centred(self, frame: Image.Image, x: float, y: float) -> None:
        """Lay the picture on a frame with its middle at a point in design units."""
        self.onto(frame, x - self._middle[0], y - self._middle[1])

    def _at(self, part_x: int, part_y: int) -> tuple[Image.Image, Image.Image]:
        """Colours and cover of the picture shifted by parts of a pixel; kept, since moves come back to the same parts."""
        if (part_x, part_y) not in self._shifted:
            picture = self._image
            if part_x or part_y:
                shift = (1, 0, -part_x / _PHASES, 0, 1, -part_y / _PHASES)
                picture = picture.transform(picture.size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR)
            self._shifted[(part_x, part_y)] = (picture.convert("RGB"), picture.getchannel("A"))
        return self._shifted[(part_x, part_y)]


def glow(radius: float, colour: Colour, strength: float, scale: float, power: float = 2.0) -> Image.Image:
    """A round light that fades from `strength` at its middle to nothing at `radius`."""
    side = max(2, round(2 * radius * scale))
    axis = (np.arange(side) + 0.5) / side * 2 - 1
    distance = np.hypot(axis[:, None], axis[None, :])
    light = np.clip(1 - distance, 0, 1) ** power * strength * 255
    picture = np.empty((side, side, 4), np.uint8)
    picture[..., :3] = colour
    picture[..., 3] = np.rint(light)
    return Image.fromarray(picture)


def backdrop(width: float, height: float, fill: Ramp, scale: float, seed: int) -> Image.Image:
    """An opaque ramp with a breath of grain, which keeps long gradients free of bands."""
    size = (round(width * scale), round(height * scale))
    places = (np.arange(size[1]) + 0.5) / size[1]
    line = _mixed(fill.stops, places)[:, None, :3]
    grain = np.random.default_rng(seed).normal(0, 1.1, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.rint(line + grain), 0, 255).astype(np.uint8))
