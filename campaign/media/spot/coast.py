"""Shot 1: a morning by the sea. The subject is a small boat with an orange sail, left of the middle."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops

from campaign.media.spot.can import CORAL, CREAM, NAVY, SUN
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
from campaign.media.spot.story import boat_at, ease

_HORIZON = 610
_HAZE: Colour = (255, 196, 138)
_SKY = ramp((58, 152, 190), (120, 196, 208), (196, 224, 208), (255, 226, 176), _HAZE, _HAZE, _HAZE, _HAZE)
_SEA = ramp((255, 214, 158), (126, 196, 186), (48, 158, 172), (20, 122, 148), (14, 96, 124), (10, 78, 106))


def paint_coast(scale: float) -> Callable[[float], Image.Image]:
    """The shot as a function of its part, 0 to 1."""
    sky, sea = _sky(scale), Sprite(_sea(scale), scale)
    clouds, isles, town, leaves = (Sprite(layer(scale), scale) for layer in (_clouds, _isles, _town, lemon_branch))
    glitter = [Sprite(_glitter(scale, seed), scale) for seed in (5, 6)]
    boat, mirrored, gull = (
        _boat(scale),
        _mirrored(_boat(scale), scale),
        [Sprite(_gull(scale, up), scale) for up in (0, 1)],
    )

    def frame(part: float) -> Image.Image:
        picture = sky.copy()
        clouds.onto(picture, -30 - 26 * part, 60)
        isles.onto(picture, -20 - 14 * part, _HORIZON - 150)
        sea.onto(picture, 0, _HORIZON)
        for n, layer in enumerate(glitter):
            layer.onto(picture, 300 + (22 * part if n else -22 * part), _HORIZON + 6)
        town.onto(picture, 880 - 44 * part, 110)
        _sail(picture, boat, mirrored, part, scale)
        for n, (x, y) in enumerate(((700, 240), (790, 205), (1010, 300))):
            flap = int(part * 44 + 5 * n) // 5 % 2
            gull[flap].onto(picture, x + 70 * part, y - 24 * part + 5 * math.sin(part * 9 + n))
        leaves.onto(picture, 1180 - 70 * ease(part), -60 + 8 * math.sin(part * 5))
        return picture

    return frame


def _sail(picture: Image.Image, boat: Image.Image, mirrored: Image.Image, part: float, scale: float) -> None:
    x, y = boat_at(part)
    tilt = 2.6 * math.sin(part * 2.2 * math.tau + 0.8)
    left, top = x * 1920 - 200, y * 1080 - 180
    Sprite(mirrored, scale).onto(picture, left, top + 318)
    Sprite(boat.rotate(tilt, Image.Resampling.BICUBIC, center=(200 * scale, 320 * scale)), scale).onto(
        picture, left, top
    )


def _sky(scale: float) -> Image.Image:
    picture = backdrop(1920, 1080, _SKY, scale, 11)
    for radius, colour, strength in ((760, (255, 214, 140), 0.75), (330, (255, 240, 200), 0.85)):
        light = glow(radius, colour, strength, scale)
        picture.paste(light, (round((690 - radius) * scale), round((420 - radius) * scale)), light)
    disc = Sheet(260, 260, scale).paint(oval(130, 130, 96, 96), ramp((255, 252, 232), (255, 236, 178))).image
    picture.paste(disc, (round(560 * scale), round(290 * scale)), disc)
    return picture


def _clouds(scale: float) -> Image.Image:
    sheet = Sheet(2040, 420, scale)
    for x, y, size in ((180, 110, 1.0), (960, 60, 0.7), (1240, 190, 1.25), (1830, 80, 0.9)):
        for dx, dy, length, radius, opacity in ((0, 0, 190, 30, 0.85), (60, -34, 90, 36, 0.9), (-40, 22, 240, 18, 0.6)):
            puff = capsule(x + dx * size, y + dy * size, x + (dx + length) * size, y + dy * size, radius * size)
            sheet.paint(puff, fading((255, 248, 234), opacity, opacity * 0.15), blur=2.0)
    return sheet.image


def _isles(scale: float) -> Image.Image:
    sheet = Sheet(1980, 170, scale)
    far = curve((-60, 190), (0, 120), (120, 92), (240, 66), (350, 100), (470, 128), (640, 152), (700, 190))
    near = curve(
        (900, 190), (980, 130), (1100, 96), (1240, 50), (1380, 74), (1560, 20), (1800, 40), (2060, 60), (2060, 190)
    )
    sheet.paint(far, ramp((150, 178, 188), (214, 196, 172)))
    sheet.paint(near, ramp((112, 164, 172), (176, 190, 172)))
    return sheet.image


def _sea(scale: float) -> Image.Image:
    picture = backdrop(1920, 1080 - _HORIZON, _SEA, scale, 12).convert("RGBA")
    rng, waves = np.random.default_rng(13), Sheet(1920, 1080 - _HORIZON, scale)
    for _ in range(240):
        depth = rng.random() ** 0.8
        x, y, length = rng.uniform(-80, 1960), 8 + depth * 450, (20 + 120 * depth) * rng.uniform(0.5, 1.3)
        tone: Colour = (255, 255, 255) if rng.random() < 0.5 else (8, 70, 100)
        waves.paint(_ripple(x, y, length, 1 + 3.2 * depth), tone, 0.05 + 0.15 * rng.random())
    picture.alpha_composite(waves.image)
    return picture


def _ripple(x: float, y: float, length: float, height: float) -> Outline:
    return curve((x - length / 2, y), (x, y - height), (x + length / 2, y), (x, y + height * 0.7))


def _glitter(scale: float, seed: int) -> Image.Image:
    rng, sheet = np.random.default_rng(seed), Sheet(800, 470, scale)
    for _ in range(95):
        depth = rng.random() ** 1.3
        x = 390 + rng.normal(0, 40 + 120 * depth)
        sheet.paint(_ripple(x, 4 + 440 * depth, 12 + 60 * depth * rng.uniform(0.5, 1.2), 1.4 + 4.5 * depth), (255, 246, 206),
                    0.75 - 0.3 * depth)  # fmt: skip
    return sheet.image


def _boat(scale: float) -> Image.Image:
    """400 x 360 units; the sail's middle is at (200, 180)."""
    sheet = Sheet(400, 360, scale)
    sail = curve((196, 40), (206, 44), (286, 150), (316, 252), (300, 262), (206, 266), (198, 258))
    sheet.paint(sail, ramp((255, 158, 84), CORAL, (232, 74, 58)))
    for y in (128, 176):
        band = np.array([(199, y), (199 + (y - 44) * 0.62, y + 6), (199 + (y - 30) * 0.62, y + 26), (199, y + 20)])
        sheet.paint(band, CREAM, 0.95)
    sheet.paint(np.array([(188, 66), (188, 262), (104, 258), (118, 220)]), ramp((255, 252, 240), (240, 222, 190)))
    sheet.paint(box(189, 26, 196, 276, 3), (112, 72, 50))
    sheet.paint(np.array([(196, 28), (236, 38), (196, 50)]), SUN)
    sheet.paint(curve((84, 272), (200, 280), (324, 268), (296, 306), (270, 322), (140, 322), (108, 308)), NAVY)
    sheet.paint(curve((88, 272), (200, 281), (322, 269), (314, 282), (200, 292), (94, 284)), (252, 246, 232))
    sheet.paint(curve((118, 310), (200, 316), (294, 308), (276, 322), (200, 324), (136, 322)), CORAL)
    for x in (150, 190, 230):
        sheet.paint(oval(x, 300, 5, 5), SUN, 0.9)
    return sheet.image


def _mirrored(boat: Image.Image, scale: float) -> Image.Image:
    """The boat in the water, broken into strips by the waves, with the wake."""
    height = round(130 * scale)
    upside = (
        boat.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        .resize((boat.width, round(150 * scale)))
        .crop((0, 0, boat.width, height))
    )
    fade = Sheet(400, 130, scale)
    fade.paint(box(0, 0, 400, 130), fading((255, 255, 255), 0.55, 0.0))
    upside.putalpha(ImageChops.multiply(upside.getchannel("A"), fade.image.getchannel("A")))
    sheet = Sheet(400, 130, scale).lay(upside, 0, 0)
    for x, y, length in ((200, 6, 300), (150, 16, 190), (90, 28, 170), (60, 42, 120), (250, 34, 120), (190, 60, 150)):
        sheet.paint(_ripple(x, y, length, 3.0), (255, 255, 255), 0.55)
    return sheet.image


def _gull(scale: float, up: int) -> Image.Image:
    lift = 16 if up else 4
    sheet = Sheet(80, 50, scale)
    wings = curve(
        (4, 32 - lift),
        (22, 20 - lift / 3),
        (40, 34),
        (58, 20 - lift / 3),
        (76, 32 - lift),
        (58, 27 - lift / 3),
        (40, 41),
        (22, 27 - lift / 3),
    )
    sheet.paint(wings, (255, 252, 244))
    return sheet.image


def _town(scale: float) -> Image.Image:
    """A hill with white houses: 1140 x 970 units, open to the right and below."""
    sheet = Sheet(1140, 970, scale)
    hill = curve((60, 420), (190, 350), (340, 250), (520, 180), (760, 90), (1180, 30), (1300, 500), (1200, 880),
                 (700, 900), (420, 560), (220, 440)) + _LIFT  # fmt: skip
    sheet.paint(hill, ramp((150, 176, 108), (104, 146, 96), (70, 118, 92), (44, 92, 88)))
    for x, y, size in (
        (520, 176, 0.7),
        (600, 150, 0.9),
        (930, 62, 1.0),
        (990, 50, 0.8),
        (690, 118, 0.7),
        (420, 224, 0.6),
    ):
        _cypress(sheet, x, y + 140, size)
    rng = np.random.default_rng(21)
    for x, y, width, height in _HOUSES:
        _house(sheet, x, y + 140, width, height, rng)
    for x, y, size in ((470, 400, 0.8), (745, 330, 0.9), (1010, 300, 1.1), (890, 520, 1.0), (640, 500, 0.9)):
        _bush(sheet, x, y + 140, size)
    quay = np.array([(300, 470), (560, 520), (1140, 560), (1140, 830), (760, 830), (520, 560), (296, 482)]) + _LIFT
    sheet.paint(quay, ramp((236, 206, 168), (206, 160, 124), (150, 104, 92)))
    sheet.paint(
        np.array([(300, 470), (560, 520), (1140, 560), (1140, 574), (558, 532), (298, 478)]) + _LIFT, (255, 240, 212)
    )
    return sheet.image


_LIFT = (0, 140)
_HOUSES = (
    (470, 250, 92, 84), (570, 216, 80, 110), (660, 190, 110, 96), (800, 150, 96, 120),
    (920, 130, 120, 110), (1060, 110, 120, 130),
    (400, 330, 96, 92), (520, 320, 120, 110), (660, 300, 100, 130), (790, 290, 130, 120),
    (950, 270, 110, 150), (1080, 280, 110, 140),
    (440, 420, 90, 80), (580, 420, 110, 96), (720, 424, 100, 100), (850, 420, 120, 120), (1000, 430, 130, 120),
)  # fmt: skip


def _house(sheet: Sheet, x: float, y: float, width: float, height: float, rng: np.random.Generator) -> None:
    wall: Colour = [(255, 246, 230), (252, 232, 208), (255, 222, 186), (248, 214, 190)][int(rng.integers(4))]
    sheet.paint(box(x, y, x + width, y + height), ramp((255, 250, 238), wall, across=True))
    sheet.paint(box(x + width * 0.68, y, x + width, y + height), (196, 138, 120), 0.42)
    roof = np.array([(x - 7, y + 3), (x + width * 0.5, y - height * 0.26), (x + width + 7, y + 3)])
    sheet.paint(roof, ramp((240, 138, 92), (206, 92, 70)))
    shutter: Colour = [(44, 130, 146), (36, 96, 130), (96, 150, 110)][int(rng.integers(3))]
    for row in range(2):
        for column in range(2):
            left, top = x + width * (0.14 + 0.32 * column), y + height * (0.18 + 0.40 * row)
            sheet.paint(box(left, top, left + width * 0.15, top + height * 0.22, 3), shutter)


def _cypress(sheet: Sheet, x: float, y: float, size: float) -> None:
    tree = curve(
        (x, y - 120 * size),
        (x + 20 * size, y - 30 * size),
        (x + 12 * size, y + 30),
        (x - 12 * size, y + 30),
        (x - 20 * size, y - 30 * size),
    )
    sheet.paint(tree, ramp((56, 116, 92), (32, 82, 78), across=True))


def _bush(sheet: Sheet, x: float, y: float, size: float) -> None:
    for dx, dy, radius in ((-34, 8, 26), (0, -8, 34), (36, 6, 28)):
        sheet.paint(
            oval(x + dx * size, y + dy * size, radius * size, radius * size * 0.8), ramp((118, 166, 96), (52, 110, 84))
        )
    for dx, dy in ((-30, 0), (-8, -18), (14, -4), (34, 2)):
        sheet.paint(oval(x + dx * size, y + dy * size, 5, 5), (238, 96, 130))


def lemon_branch(scale: float) -> Image.Image:
    """A lemon branch that hangs into the picture from the top right: 860 x 440 units."""
    sheet, rng = Sheet(860, 440, scale), np.random.default_rng(31)
    sheet.paint(curve((880, 20), (640, 70), (430, 130), (250, 150), (430, 142), (640, 86), (880, 44)), (92, 68, 52))
    for _ in range(44):
        along = rng.uniform(0.0, 1.0)
        x, y = 270 + 590 * along, 148 - 112 * along + rng.normal(0, 10)
        size, angle = rng.uniform(0.8, 1.35), rng.uniform(15, 165)
        leaf = curve((x, y), (x + 52 * size, y - 20 * size), (x + 112 * size, y), (x + 52 * size, y + 20 * size))
        dark = rng.random() < 0.5
        fill = ramp((52, 118, 78), (28, 84, 66)) if dark else ramp((126, 178, 84), (64, 132, 74))
        sheet.paint(turned(leaf, angle if rng.random() < 0.8 else -angle * 0.4, x, y), fill)
    for x, y, angle in ((470, 218, 12), (640, 190, -10), (760, 240, 24)):
        lemon = curve(
            (x - 62, y),
            (x - 44, y - 30),
            (x, y - 42),
            (x + 44, y - 30),
            (x + 66, y - 2),
            (x + 44, y + 30),
            (x, y + 42),
            (x - 44, y + 30),
        )
        sheet.paint(turned(lemon, 60 + angle, x, y), ramp((255, 236, 120), (255, 208, 64), (238, 160, 40)))
        sheet.paint(turned(oval(x - 12, y - 16, 24, 12), 60 + angle, x, y), (255, 255, 240), 0.45, blur=4)
    return sheet.image
