"""The product: a can of fizzy lemonade whose label wraps round it."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from campaign.media.spot.paint import Colour, Sheet, box, capsule, curve, fading, oval, ramp

BRAND = "ACME"
PRODUCT = "fresh"

CORAL: Colour = (244, 96, 66)
CREAM: Colour = (255, 244, 219)
SUN: Colour = (255, 205, 84)
TEAL: Colour = (18, 122, 134)
NAVY: Colour = (24, 58, 84)

WIDTH = 0.5
"""Width of the can as a part of its height."""

_FINE = 2
_RIM = 0.055
"""Half height of the lid's ellipse as a part of the can's height: how far from above it is seen."""


class Can:
    """The can, `height` design units tall, drawn with any side of its label to the front."""

    def __init__(self, height: float, scale: float) -> None:
        self._label = np.asarray(_label(height, scale * _FINE))[..., :3]
        rows, columns = round(height * scale * _FINE), round(height * WIDTH * scale * _FINE)
        across, down, cover = _surface(rows, columns)
        light, metal = _light(across), _metal(across, down)
        bare = metal[..., 3:]
        self._kept = light[..., :1] * (1 - bare)
        self._added = light[..., :1] * metal[..., :3] * bare + light[..., 1:] * 255
        self._cover = np.rint(cover * 255).astype(np.uint8)
        self._row = np.clip(down * self._label.shape[0], 0, self._label.shape[0] - 1).astype(np.int32)
        self._angle = 0.25 + np.arcsin(np.clip(across, -1, 1)) / math.tau
        self._lid = {opened: _lid(height, scale, opened) for opened in (False, True)}

    def picture(self, turn: float = 0.0, opened: bool = False) -> Image.Image:
        """The can with its label turned by `turn` of a full turn, transparent around it."""
        around = self._label.shape[1]
        column = ((self._angle + turn) % 1.0 * around).astype(np.int32) % around
        colour = self._label[self._row, column] * self._kept + self._added
        body = np.dstack((np.clip(colour, 0, 255).astype(np.uint8), self._cover))
        picture = Image.fromarray(body).reduce(_FINE)
        picture.alpha_composite(self._lid[opened])
        return picture


def _surface(rows: int, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """For each pixel: where it lies across the body (-1 to 1), down the label (0 to 1), and whether it is body at all."""
    y = (np.arange(rows, dtype=np.float32) + 0.5) / rows
    x = ((np.arange(columns, dtype=np.float32) + 0.5) / columns * 2 - 1)[None, :]
    bulge = _RIM * np.sqrt(np.clip(1 - x**2, 0, 1))
    down = (y[:, None] - _RIM - bulge * 0.9) / (1 - 2 * _RIM - 0.012)
    neck = np.interp(down, (0.0, 0.015, 0.085, 0.93, 1.0), (0.86, 0.86, 1.0, 1.0, 0.86))
    across = x / neck
    cover = (np.abs(across) < 1) & (down > 0) & (down < 1)
    return across.astype(np.float32), down.astype(np.float32), cover.astype(np.float32)


def _light(across: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of the colour stays and how much white is added, by how a round body catches a window's light."""
    places = np.array((-1.0, -0.92, -0.78, -0.62, -0.48, -0.30, 0.0, 0.35, 0.70, 0.88, 0.96, 1.0))
    kept = np.array((0.58, 0.74, 0.94, 1.02, 1.04, 1.04, 1.02, 0.92, 0.70, 0.60, 0.66, 0.60))
    white = np.array((0.0, 0.02, 0.05, 0.34, 0.30, 0.05, 0.0, 0.0, 0.0, 0.03, 0.12, 0.02))
    return np.dstack((np.interp(across, places, kept), np.interp(across, places, white))).astype(np.float32)


def _metal(across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bare aluminium at neck and foot: colour and how much of it shows."""
    shine = np.interp(across, (-1, -0.7, -0.45, -0.1, 0.3, 0.62, 0.8, 1), (120, 190, 252, 188, 150, 214, 150, 110))
    shows = np.interp(down, (0.070, 0.078, 0.945, 0.953), (1, 0, 0, 1))
    return np.dstack((shine * 0.96, shine, shine * 1.02, shows)).astype(np.float32)


def _label(height: float, scale: float) -> Image.Image:
    """The printed side, unrolled: twice round the can, so that one front is always in sight."""
    width = height * WIDTH * math.pi
    sheet = Sheet(width, height, scale)
    sheet.paint(box(0, 0, width, height), ramp((255, 142, 84), CORAL, (226, 66, 62)))
    for middle in (width * 0.25, width * 0.75):
        _front(sheet, middle, height, width)
    return sheet.image


def _front(sheet: Sheet, x: float, height: float, width: float) -> None:
    sun_y, sun = height * 0.50, height * 0.165
    for n in range(24):
        angle = n / 24 * math.tau
        near, far = sun * 1.18, sun * (1.42 if n % 2 else 1.58)
        sheet.paint(
            capsule(
                x + near * math.cos(angle),
                sun_y + near * math.sin(angle),
                x + far * math.cos(angle),
                sun_y + far * math.sin(angle),
                height * 0.006,
            ),
            SUN,
        )
    sheet.paint(oval(x, sun_y, sun, sun), ramp((255, 226, 128), SUN, (255, 170, 62)))
    for n, (colour, top) in enumerate(((CREAM, 0.60), (TEAL, 0.635), ((12, 94, 112), 0.70), (NAVY, 0.78))):
        sheet.paint(_wave(x - width * 0.25, width * 0.5, height * top, height, n), colour)
    sheet.write(BRAND, x, height * 0.205, height * 0.105, CREAM, weight=height * 0.004, gap=height * 0.010)
    sheet.write(PRODUCT, x, height * 0.715, height * 0.115, CREAM, weight=height * 0.003, gap=height * 0.004)
    sheet.write("CITRUS SODA", x, height * 0.845, height * 0.042, SUN, weight=height * 0.001, gap=height * 0.008)


def _wave(left: float, width: float, top: float, bottom: float, phase: float) -> NDArray[np.float64]:
    x = np.linspace(0, 1, 60)
    crest = top + bottom * 0.016 * np.sin(x * math.tau * 2 + phase * 1.7)
    edge = np.column_stack((left + x * width, crest))
    return np.concatenate((edge, [(left + width, bottom), (left, bottom)]))


def _lid(height: float, scale: float, opened: bool) -> Image.Image:
    width = height * WIDTH
    x, y = width / 2, height * _RIM + height * 0.004
    rx, ry = width * 0.43, height * _RIM * 0.86
    sheet = Sheet(width, height, scale)
    bands = (
        (1.0, ramp((150, 160, 166), (246, 250, 252), (160, 170, 176), (235, 240, 242), across=True)),
        (0.93, ramp((96, 106, 114), (168, 178, 184), (110, 120, 128), across=True)),
        (0.86, ramp((176, 186, 192), (232, 238, 240), (188, 198, 204), across=True)),
    )
    for part, fill in bands:
        sheet.paint(oval(x, y + (1 - part) * ry * 0.6, rx * part, ry * part), fill)
    mouth = oval(x, y + ry * 0.36, rx * 0.34, ry * 0.34)
    sheet.paint(mouth, (34, 30, 34) if opened else (206, 214, 218))
    tab = curve((x - rx * 0.13, y - ry * 0.5), (x + rx * 0.13, y - ry * 0.5), (x + rx * 0.2, y + ry * 0.1), (x, y + ry * 0.3),
                (x - rx * 0.2, y + ry * 0.1))  # fmt: skip
    sheet.paint(tab, ramp((250, 252, 253), (158, 168, 174)))
    sheet.paint(oval(x, y - ry * 0.22, rx * 0.08, ry * 0.14), (120, 130, 138))
    return sheet.image


def dew(width: float, height: float, scale: float, seed: int, drops: int) -> Image.Image:
    """Condensation for a can of this size: drops with a lit lower edge, a few of them running down."""
    rng = np.random.default_rng(seed)
    sheet = Sheet(width, height, scale)
    for _ in range(drops):
        x = width * (0.5 + 0.42 * math.sin(rng.uniform(-1.45, 1.45)))
        y, size = height * rng.uniform(0.17, 0.93), float(rng.choice((1.6, 2.2, 3.0, 4.6), p=(0.45, 0.3, 0.17, 0.08)))
        if size > 4 and rng.random() < 0.5:
            sheet.paint(capsule(x, y - rng.uniform(18, 46), x, y, 1.0, size * 0.6), fading((255, 255, 255), 0.0, 0.35))
        sheet.paint(oval(x, y + size * 0.25, size, size * 1.12), (70, 20, 20), 0.28, blur=0.7)
        sheet.paint(oval(x, y, size, size * 1.1), fading((255, 250, 244), 0.16, 0.60))
        sheet.paint(oval(x - size * 0.3, y - size * 0.4, size * 0.30, size * 0.30), (255, 255, 255), 0.95)
    return sheet.image


def shadow(width: float, depth: float, scale: float, strength: float = 0.5) -> Image.Image:
    """The soft shadow under a round foot, `width` wide, falling to the right."""
    sheet = Sheet(width * 2.4, depth * 4, scale)
    x, y = width * 0.9, depth * 2
    reach = [
        oval(x + width * 0.14 * n, y + depth * 0.05 * n, width * (0.50 + 0.09 * n), depth * (0.5 + 0.05 * n))
        for n in range(4)
    ]
    for n, (outline, _) in enumerate(pairwise((*reach, reach[-1]))):
        sheet.paint(outline, (46, 22, 26), strength * (0.55 - 0.11 * n), blur=depth * (0.14 + 0.14 * n))
    return sheet.image
