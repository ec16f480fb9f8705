"""Shot 4: the can is poured into a glass with ice, right of the middle, against the sun."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from campaign.media.spot.can import Can
from campaign.media.spot.kitchen import wheel
from campaign.media.spot.paint import (
    Colour,
    Outline,
    Sheet,
    Sprite,
    backdrop,
    box,
    capsule,
    curve,
    fading,
    glow,
    oval,
    ramp,
    turned,
)
from campaign.media.spot.story import ease, glass_at

_GLASS = (300, 560)
_CAN = 430
_TILT = 146
_TABLE = 850
_DRINK = ramp((255, 214, 96), (255, 178, 62), (248, 132, 48))


def paint_pour(scale: float) -> Callable[[float], Image.Image]:
    """The shot as a function of its part, 0 to 1."""
    sky, palms, table = _sky(scale), Sprite(_palms(scale), scale), Sprite(_table(scale), scale)
    back, front = Sprite(_glass_back(scale), scale), Sprite(_glass_front(scale), scale)
    can = ImageOps.expand(Can(_CAN, scale).picture(-0.04, opened=True), 3)  # turned edges need room to be smooth in
    bubbles, cubes = _Bubbles(scale), [_cube(scale, n) for n in range(4)]
    lemon = Sprite(_rim_lemon(scale), scale)

    def frame(part: float) -> Image.Image:
        x, y = (fraction * length for fraction, length in zip(glass_at(part), (1920, 1080), strict=True))
        shift = x - 1380
        picture = sky.copy()
        palms.onto(picture, -140 + shift * 0.35, 0)
        table.onto(picture, -300 + shift, _TABLE - 40)
        left, top = x - _GLASS[0] / 2, y - _GLASS[1] / 2
        back.onto(picture, left - 60, top - 20)
        level = _level(part)
        inside = _drink(scale, level, part, bubbles, cubes)
        Sprite(inside, scale).onto(picture, left, top)
        _can_and_stream(picture, can, x, top, level, part, scale)
        front.onto(picture, left - 60, top - 20)
        lemon.onto(picture, left - 76, top - 62)
        return picture

    return frame


def _level(part: float) -> float:
    """How full the glass is, 0 to 1."""
    return 0.16 + 0.60 * ease(part)


def _inner(depth: float) -> tuple[float, float]:
    """Left and right inside wall of the glass at a depth below its rim, in units of its sheet."""
    slope = 34 * depth / _GLASS[1]
    return 16 + slope, _GLASS[0] - 16 - slope


def _drink(scale: float, level: float, part: float, bubbles: "_Bubbles", cubes: list[Image.Image]) -> Image.Image:
    """What is in the glass: drink, ice, bubbles and foam, 300 x 560 units."""
    width, height = _GLASS
    bottom = height - 34
    top = bottom - level * (height - 90)
    sheet = Sheet(width, height, scale)
    (a, b), (c, d) = _inner(top), _inner(bottom)
    sheet.paint(np.array([(a, top), (b, top), (d, bottom), (c, bottom)]), _DRINK, 0.96)
    sheet.paint(oval(150, bottom, (d - c) / 2, 13), (244, 122, 44))
    sheet.paint(
        np.array([(a + 12, top + 10), (a + 46, top + 10), (c + 40, bottom), (c + 14, bottom)]),
        (255, 246, 196),
        0.35,
        blur=6,
    )
    for n, (x, depth, turn) in enumerate(((96, 40, 12), (196, 66, -16), (140, 140, 30), (206, 176, 8))):
        y = min(top + depth, bottom - 44 - 84 * (n // 2)) + 5 * math.sin(part * 14 + n)
        cube = cubes[n].rotate(turn * math.sin(part * 4 + n), Image.Resampling.BICUBIC)
        sheet.lay(cube, x - 55, y - 55)
    bubbles.onto(sheet, top, bottom, part)
    sheet.paint(oval(150, top, (b - a) / 2, 15), ramp((255, 236, 168), (255, 206, 104)))
    rng = np.random.default_rng(61)
    for n in range(34):
        angle, near = n / 34 * math.tau, rng.uniform(0.72, 0.98)
        radius = rng.uniform(4, 10) * (1 + 0.25 * math.sin(part * 18 + 2 * n))
        sheet.paint(oval(150 + (b - a) / 2 * near * math.cos(angle), top + 12 * near * math.sin(angle), radius, radius * 0.8),
                    (255, 250, 232), 0.85)  # fmt: skip
    return sheet.image


class _Bubbles:
    """Bubbles that rise through the drink."""

    def __init__(self, scale: float) -> None:
        rng = np.random.default_rng(62)
        self._x, self._start, self._speed = rng.uniform(0.06, 0.94, 60), rng.random(60), rng.uniform(1.2, 2.8, 60)
        self._pictures = [_bubble(radius, scale) for radius in (2.4, 3.4, 4.8)]

    def onto(self, sheet: Sheet, top: float, bottom: float, part: float) -> None:
        """Lay the bubbles between the drink's surface and the bottom of the glass."""
        for n, (x, start, speed) in enumerate(zip(self._x, self._start, self._speed, strict=True)):
            y = bottom - 14 - (start + speed * part) % 1.0 * (bottom - top - 20)
            left, right = _inner(y)
            picture = self._pictures[n % 3]
            sheet.lay(picture, left + 6 + (right - left - 18) * x + 2 * math.sin(part * 20 + n), y)


def _bubble(radius: float, scale: float) -> Image.Image:
    sheet = Sheet(2 * radius + 2, 2 * radius + 2, scale)
    sheet.paint(oval(radius + 1, radius + 1, radius, radius), (255, 250, 220), 0.55)
    sheet.paint(oval(radius + 0.4, radius + 0.2, radius * 0.5, radius * 0.5), (255, 255, 255), 0.9)
    return sheet.image


def _cube(scale: float, seed: int) -> Image.Image:
    sheet = Sheet(110, 110, scale)
    sheet.paint(turned(box(16, 16, 94, 94, 16), 10 * seed, 55, 55), ramp((255, 255, 255), (226, 244, 248)), 0.42)
    sheet.paint(turned(box(26, 26, 84, 84, 12), 10 * seed, 55, 55), (255, 255, 255), 0.22)
    sheet.paint(turned(capsule(30, 30, 72, 26, 4), 10 * seed, 55, 55), (255, 255, 255), 0.9, blur=1)
    sheet.paint(turned(capsule(28, 34, 28, 62, 3.4), 10 * seed, 55, 55), (255, 255, 255), 0.8, blur=1)
    return sheet.image


def _can_and_stream(
    picture: Image.Image, can: Image.Image, x: float, top: float, level: float, part: float, scale: float
) -> None:
    """The tilted can above the glass and what runs out of it."""
    surface = top + _GLASS[1] - 34 - level * (_GLASS[1] - 90)
    mouth_x, mouth_y = x + 52, top - 42
    angle = _TILT + 3 * part
    aside, above = (0.42 * _CAN * turn(math.radians(angle)) for turn in (math.sin, math.cos))
    tilted = Sprite(can.rotate(angle, Image.Resampling.BICUBIC, expand=True), scale)
    tilted.centred(picture, mouth_x + aside, mouth_y + above)
    land, width = x + 4 + 5 * math.sin(part * 16), 22 + 3 * math.sin(part * 23)
    sheet = Sheet(420, 760, scale)
    left, up = x - 210, mouth_y - 30
    stream = _ribbon((mouth_x - left, 30), (land - left, 40), (land - left, surface - up + 6), width)
    sheet.paint(stream, ramp((255, 206, 88), (255, 170, 58)), 0.96)
    glint = _ribbon((mouth_x - left - 4, 31), (land - left - 4, 42), (land - left - 4, surface - up), width * 0.26)
    sheet.paint(glint, (255, 246, 196), 0.85)
    rng = np.random.default_rng(int(part * 60) + 63)
    for _ in range(12):
        radius = rng.uniform(2.5, 6)
        drop = oval(land - left + rng.normal(0, 46), surface - up - rng.uniform(0, 46), radius, radius)
        sheet.paint(drop, (255, 236, 170), 0.9)
    Sprite(sheet.image, scale).onto(picture, left, up)


def _ribbon(start: tuple[float, float], bend: tuple[float, float], end: tuple[float, float], width: float) -> Outline:
    """A stream from a lip over a bend down to where it lands, thinning as it falls."""
    t = np.linspace(0, 1, 40)[:, None]
    p0, p1, p2 = np.array(start), np.array(bend), np.array(end)
    path = (1 - t) ** 2 * p0 + 2 * t * (1 - t) * p1 + t**2 * p2
    slope = np.gradient(path, axis=0)
    normal = np.column_stack((-slope[:, 1], slope[:, 0])) / np.linalg.norm(slope, axis=1, keepdims=True)
    aside = normal * width * (1.35 - 0.55 * t) / 2
    return np.asarray(np.concatenate((path - aside, (path + aside)[::-1])))


def _sky(scale: float) -> Image.Image:
    picture = backdrop(
        1920, 1080, ramp((250, 150, 96), (255, 190, 116), (255, 224, 158), (255, 236, 190), (255, 214, 150)), scale, 64
    )
    for radius, colour, strength in ((820, (255, 244, 200), 0.9), (420, (255, 252, 232), 0.8)):
        light = glow(radius, colour, strength, scale)
        picture.paste(light, (round((760 - radius) * scale), round((470 - radius) * scale)), light)
    disc = Sheet(520, 520, scale).paint(oval(260, 260, 230, 230), ramp((255, 255, 240), (255, 236, 170))).image
    picture.paste(disc, (round(500 * scale), round(210 * scale)), disc)
    sea = Sheet(1920, 260, scale)
    sea.paint(box(0, 0, 1920, 260), ramp((255, 206, 140), (250, 160, 112), (214, 112, 104)))
    rng = np.random.default_rng(65)
    for _ in range(90):
        y = rng.uniform(4, 200)
        x, length = 760 + rng.normal(0, 120 + y * 2), rng.uniform(20, 110)
        sea.paint(oval(x, y, length / 2, 1.2 + y * 0.012), (255, 248, 206), 0.7)
    picture.paste(sea.image, (0, round(660 * scale)), sea.image)
    return picture


def _palms(scale: float) -> Image.Image:
    """Palm trees and a headland against the light: 2200 x 900 units."""
    sheet = Sheet(2240, 900, scale)
    sheet.paint(
        curve((-60, 720), (0, 610), (180, 560), (360, 590), (560, 660), (700, 712), (300, 730)),
        ramp((206, 112, 104), (226, 136, 108)),
    )
    for x, y, height, lean in ((250, 640, 330, 40), (390, 660, 250, -26)):
        trunk = curve(
            (x - 9, y),
            (x - 4 + lean * 0.6, y - height * 0.6),
            (x + lean - 6, y - height),
            (x + lean + 6, y - height),
            (x + 8 + lean * 0.6, y - height * 0.6),
            (x + 11, y),
        )
        sheet.paint(trunk, (150, 72, 84))
        for angle in (-168, -142, -116, -64, -38, -12, 14, 166):
            size = height * 0.5
            leaf = curve(
                (x + lean, y - height),
                (x + lean + size * 0.5, y - height - size * 0.16),
                (x + lean + size, y - height + size * 0.1),
                (x + lean + size * 0.5, y - height + size * 0.02),
            )
            sheet.paint(turned(leaf, angle, x + lean, y - height), (164, 78, 88))
    return sheet.image


def _table(scale: float) -> Image.Image:
    """A tiled table top: 2500 x 280 units, with the light that falls through the glass."""
    sheet = Sheet(2560, 290, scale)
    sheet.paint(box(0, 20, 2560, 290), ramp((255, 238, 206), (244, 206, 168), (206, 146, 124)))
    for n in range(-14, 15):
        x = 1280.0 + n * 150
        sheet.paint(
            np.array([(x, 20), (x + 5, 20), (1280 + n * 236 + 9, 290), (1280 + n * 236, 290)]), (214, 150, 120), 0.55
        )
    for y in (66, 142, 240):
        sheet.paint(box(0, y, 2560, y + 3 + y * 0.014), (214, 150, 120), 0.5)
    tones: tuple[Colour, ...] = ((18, 122, 134), (244, 96, 66), (255, 205, 84))
    for n in range(-7, 8):
        for y, size, spread in ((104, 0.8, 1.16), (190, 1.1, 1.38)):
            x = 1280 + (n * 300 + (150 if size > 1 else 0)) * spread * 0.86
            sheet.paint(
                curve((x - 46 * size, y), (x, y - 15 * size), (x + 46 * size, y), (x, y + 15 * size)),
                tones[n % 3],
                0.55,
            )
    sheet.paint(box(0, 18, 2560, 27), (255, 252, 232))
    sheet.paint(oval(1850, 96, 320, 30), (120, 54, 60), 0.34, blur=16)
    sheet.paint(
        curve((1640, 66), (1800, 58), (2160, 108), (2230, 140), (2100, 146), (1800, 110)), (255, 170, 60), 0.55, blur=12
    )
    sheet.paint(curve((1740, 78), (1900, 86), (2120, 124), (1960, 118)), (255, 246, 190), 0.75, blur=8)
    return sheet.image


def _glass_back(scale: float) -> Image.Image:
    """The glass behind the drink: 420 x 620 units, the glass itself inset by (60, 20)."""
    width, height = _GLASS
    sheet = Sheet(width + 120, height + 60, scale)
    body = np.array([(60, 26), (60 + width, 26), (60 + width - 34, 20 + height), (94, 20 + height)])
    sheet.paint(body, ramp((255, 255, 255), (255, 250, 240), (255, 255, 255), across=True), 0.26)
    sheet.paint(oval(60 + width / 2, 26, width / 2, 16), (255, 255, 255), 0.40)
    return sheet.image


def _glass_front(scale: float) -> Image.Image:
    """Walls, rim and reflections before the drink: 420 x 620 units, inset like the back."""
    width, height = _GLASS
    sheet = Sheet(width + 120, height + 60, scale)
    left, right, foot = 60, 60 + width, 20 + height
    for edge in (np.array([(left, 26), (left + 9, 26), (left + 43, foot - 8), (left + 34, foot)]),
                 np.array([(right, 26), (right - 9, 26), (right - 43, foot - 8), (right - 34, foot)])):  # fmt: skip
        sheet.paint(edge, (255, 255, 255), 0.75, blur=0.8)
    sheet.paint(np.array([(left + 34, foot - 34), (right - 34, foot - 34), (right - 36, foot), (left + 36, foot)]),
                ramp((255, 240, 214), (255, 255, 255), (240, 206, 176), across=True), 0.75)  # fmt: skip
    sheet.paint(oval(left + width / 2, foot, width / 2 - 35, 9), (255, 255, 255), 0.6)
    sheet.paint(
        np.array([(left + 34, 70), (left + 62, 70), (left + 76, foot - 70), (left + 58, foot - 70)]),
        (255, 255, 255),
        0.5,
        blur=3,
    )
    sheet.paint(
        np.array([(right - 42, 110), (right - 32, 110), (right - 48, foot - 120), (right - 56, foot - 120)]),
        (255, 255, 255),
        0.45,
        blur=2,
    )
    rim = np.concatenate(
        (oval(left + width / 2, 26, width / 2, 16), oval(left + width / 2, 26, width / 2 - 7, 11)[::-1])
    )
    sheet.paint(rim, (255, 255, 255), 0.85)
    rng = np.random.default_rng(66)
    for _ in range(46):
        x, y, radius = rng.uniform(left + 40, right - 40), rng.uniform(140, foot - 60), rng.uniform(1.6, 4.4)
        sheet.paint(oval(x, y, radius, radius * 1.15), fading((255, 255, 255), 0.25, 0.75))
    return sheet.image


def _rim_lemon(scale: float) -> Image.Image:
    sheet = Sheet(190, 190, scale)
    wheel(sheet, 92, 92, 78, 78)
    return sheet.image
