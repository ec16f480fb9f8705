"""Shot 2, the hero: the can on a kitchen table by a sunny window, right of the middle, while the camera moves past."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from campaign.media.spot.can import WIDTH, Can, dew, shadow
from campaign.media.spot.paint import (
    Colour,
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
from campaign.media.spot.story import hero_at

_TABLE = 760
_CAN = 560


def paint_kitchen(scale: float) -> Callable[[float], Image.Image]:
    """The shot as a function of its part, 0 to 1."""
    wall, view = _wall(scale), Sprite(_view(scale), scale)
    frame_, shelf, table = (Sprite(layer(scale), scale) for layer in (_window, _shelf, _table))
    opening = Image.new("RGBA", (round(770 * scale), round(540 * scale)))
    beams = Sprite(_beams(scale), scale)
    can, drops = Can(_CAN, scale), dew(_CAN * WIDTH, _CAN, scale, 41, 170)
    ground = Sprite(shadow(_CAN * WIDTH, 44, scale, 0.62), scale)
    fruit, slices = Sprite(_bowl(scale), scale), Sprite(_slices(scale), scale)

    def frame(part: float) -> Image.Image:
        x, y = hero_at(part)
        shift = x * 1920 - 1400
        picture = wall.copy()
        pane = opening.copy()
        view.onto(pane, -66 - shift * 0.25, 0)
        Sprite(pane, scale).onto(picture, 110 + shift * 0.35, 52)
        frame_.onto(picture, 60 + shift * 0.35, 20)
        shelf.onto(picture, 1020 + shift * 0.35, 60)
        table.onto(picture, -260 + shift, _TABLE - 30)
        fruit.onto(picture, 790 + shift * 0.92, 490)
        beams.onto(picture, -40 + shift * 0.5, 0)
        ground.onto(picture, x * 1920 - 252, y * 1080 + _CAN / 2 - 102)
        product = can.picture(0.10 - 0.15 * part)
        product.alpha_composite(drops)
        Sprite(product, scale).centred(picture, x * 1920, y * 1080)
        slices.onto(picture, x * 1920 - 500 - 20 * part, 846)
        return picture

    return frame


def _wall(scale: float) -> Image.Image:
    picture = backdrop(1920, 1080, ramp((250, 214, 168), (255, 232, 196), (250, 214, 170), (232, 178, 132)), scale, 42)
    light = glow(1100, (255, 250, 226), 0.75, scale)
    picture.paste(light, (round(-500 * scale), round(-650 * scale)), light)
    sheet = Sheet(1920, 1080, scale)
    rng = np.random.default_rng(43)
    for row in range(5):
        for column in range(17):
            left, top = column * 118 - 30 + (59 if row % 2 else 0), 470 + row * 66
            tone: Colour = ((214, 236, 226), (198, 228, 222), (232, 242, 230), (176, 214, 214))[int(rng.integers(4))]
            sheet.paint(box(left, top, left + 110, top + 58, 5), tone, 0.85)
            sheet.paint(box(left + 4, top + 3, left + 106, top + 9, 3), (255, 255, 255), 0.5)
    picture.paste(sheet.image, (0, 0), sheet.image)
    return picture


def _view(scale: float) -> Image.Image:
    """What the window shows: 960 x 560 units."""
    picture = backdrop(960, 560, ramp((104, 194, 222), (178, 226, 226), (255, 240, 206)), scale, 44).convert("RGBA")
    sheet = Sheet(960, 560, scale)
    sheet.paint(oval(300, 170, 78, 78), (255, 250, 224))
    sheet.lay(glow(300, (255, 246, 206), 0.8, scale), 0, -130)
    sheet.paint(
        curve((380, 420), (470, 330), (600, 270), (760, 300), (1000, 240), (1020, 460)),
        ramp((132, 186, 166), (96, 156, 150)),
    )
    sheet.paint(box(0, 400, 960, 560), ramp((120, 206, 206), (36, 150, 172), (18, 112, 146)))
    rng = np.random.default_rng(45)
    for _ in range(40):
        x, y, length = rng.uniform(0, 960), rng.uniform(408, 555), rng.uniform(20, 80)
        sheet.paint(oval(x, y, length / 2, 1.6), (255, 255, 255), 0.5)
    sheet.paint(np.array([(590, 330), (622, 388), (590, 392)]), (244, 96, 66))
    sheet.paint(np.array([(584, 342), (584, 392), (562, 390)]), (255, 250, 236))
    sheet.paint(curve((552, 396), (636, 394), (622, 408), (564, 408)), (24, 58, 84))
    for x, y, length in ((110, 70, 130), (540, 100, 180), (760, 56, 110)):
        sheet.paint(capsule(x, y, x + length, y, 18), fading((255, 255, 255), 0.95, 0.3), blur=1.5)
        sheet.paint(capsule(x + 36, y - 22, x + length - 40, y - 22, 20), fading((255, 255, 255), 0.95, 0.5), blur=1.5)
    sheet.paint(box(0, 0, 960, 560), (255, 246, 226), 0.42)  # the sun outside is brighter than the room
    picture.alpha_composite(sheet.image)
    return picture.filter(ImageFilter.GaussianBlur(3 * scale))


def _window(scale: float) -> Image.Image:
    """The frame round the view, its sill and a curtain: 1000 x 700 units, panes left open."""
    sheet = Sheet(1060, 720, scale)
    wood, dark = ramp((255, 252, 244), (240, 226, 206)), ramp((226, 204, 178), (206, 178, 150))
    for left, top, right, bottom in (
        (40, 20, 860, 58),
        (40, 20, 78, 590),
        (822, 20, 860, 590),
        (432, 40, 462, 580),
        (60, 270, 840, 292),
    ):
        sheet.paint(box(left + 6, top + 8, right + 6, bottom + 8, 4), (120, 74, 52), 0.25, blur=4)
        sheet.paint(box(left, top, right, bottom, 4), wood)
    sheet.paint(box(10, 560, 900, 606, 8), wood)
    sheet.paint(box(10, 596, 900, 616, 6), dark)
    for n in range(5):
        left = 30 + n * 34
        fold = curve(
            (left, 0),
            (left + 40, 0),
            (left + 46 - n * 4, 260),
            (left + 30 - n * 14, 560),
            (left - 6 - n * 14, 560),
            (left - 4, 260),
        )
        sheet.paint(fold, ramp((255, 250, 240), (246, 220, 190)), 0.92)
    sheet.paint(box(0, 0, 1040, 14, 7), (150, 96, 62))
    _pot(sheet, 700, 560)
    return sheet.image


def _pot(sheet: Sheet, x: float, y: float) -> None:
    rng = np.random.default_rng(46)
    for _ in range(26):
        angle, length = rng.uniform(-170, -10), rng.uniform(70, 150)
        leaf = curve(
            (x, y - 70), (x + length * 0.5, y - 70 - 15), (x + length, y - 70), (x + length * 0.5, y - 70 + 15)
        )
        fill = ramp((120, 184, 106), (58, 130, 84)) if rng.random() < 0.5 else ramp((66, 136, 90), (34, 92, 76))
        sheet.paint(turned(leaf, angle, x, y - 70), fill)
    pot = np.array([(x - 62, y - 84), (x + 62, y - 84), (x + 44, y), (x - 44, y)])
    sheet.paint(pot, ramp((240, 142, 96), (206, 98, 70), (168, 72, 58), across=True))
    sheet.paint(box(x - 70, y - 96, x + 70, y - 74, 6), ramp((250, 160, 112), (190, 86, 64), across=True))


def _shelf(scale: float) -> Image.Image:
    """A shelf with jars and a lamp: 900 x 420 units."""
    sheet = Sheet(900, 430, scale)
    sheet.paint(box(60, 262, 880, 300), (120, 74, 52), 0.22, blur=10)
    for x, width, height, colour in (
        (110, 90, 120, (34, 122, 132)),
        (220, 74, 92, (238, 178, 84)),
        (650, 96, 130, (244, 122, 84)),
        (770, 76, 88, (255, 246, 228)),
    ):
        body = box(x, 252 - height, x + width, 252, 14)
        sheet.paint(body, ramp(_paler(colour, 0.35), colour, _paler(colour, -0.25), across=True))
        sheet.paint(
            box(x + 8, 240 - height, x + width - 8, 258 - height, 6), ramp((196, 146, 96), (150, 100, 64), across=True)
        )
        sheet.paint(box(x + 12, 270 - height, x + 20, 236, 4), (255, 255, 255), 0.5, blur=1.5)
    for n, (height, colour) in enumerate(
        (
            (136, (206, 84, 70)),
            (150, (24, 88, 110)),
            (124, (246, 206, 120)),
            (142, (96, 150, 116)),
            (130, (240, 226, 204)),
        )
    ):
        sheet.paint(
            box(330 + n * 38, 252 - height, 362 + n * 38, 252, 3),
            ramp(_paler(colour, 0.2), colour, _paler(colour, -0.2), across=True),
        )
        sheet.paint(box(336 + n * 38, 272 - height, 356 + n * 38, 278 - height), (255, 244, 220), 0.8)
    sheet.paint(box(40, 250, 860, 272, 5), ramp((206, 146, 98), (166, 108, 70)))
    return sheet.image


def _paler(colour: Colour, by: float) -> Colour:
    """A colour mixed with white, or (below 0) with a warm dark."""
    to, part = ((255, 250, 240) if by > 0 else (50, 24, 24)), abs(by)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(colour, to, strict=True))
    return red, green, blue


def _table(scale: float) -> Image.Image:
    """The table top from its far edge down: 2700 x 360 units."""
    sheet, rng = Sheet(2700, 380, scale), np.random.default_rng(47)
    sheet.paint(box(0, 22, 2700, 380), ramp((240, 176, 118), (222, 146, 92), (190, 110, 70), (150, 80, 56)))
    for _ in range(170):
        y = 30 + 340 * rng.random() ** 1.2
        x, length = rng.uniform(-100, 2700), rng.uniform(60, 420)
        grain = curve(
            (x, y), (x + length / 2, y - 2 - y * 0.006), (x + length, y), (x + length / 2, y + 1.5 + y * 0.006)
        )
        sheet.paint(grain, (130, 66, 44) if rng.random() < 0.65 else (255, 214, 160), 0.10 + 0.12 * rng.random())
    for y in (92, 198, 330):
        sheet.paint(box(0, y, 2700, y + 3 + y * 0.008), (104, 50, 38), 0.45)
        sheet.paint(box(0, y + 4 + y * 0.008, 2700, y + 6 + y * 0.01), (255, 224, 176), 0.35)
    sheet.paint(box(0, 22, 2700, 30), (255, 226, 178), 0.85)
    return sheet.image


def _beams(scale: float) -> Image.Image:
    """Sunlight from the window across wall and table."""
    sheet = Sheet(1960, 1080, scale)
    for left, width, strength in ((210, 300, 0.32), (560, 330, 0.36)):
        corners = np.array([(left, 60), (left + width, 60), (left + width + 980, 1080), (left + 520, 1080)])
        sheet.paint(corners, fading((255, 244, 200), 0.10, strength, strength * 0.8), blur=16)
    return sheet.image


def _bowl(scale: float) -> Image.Image:
    """A bowl of lemons and oranges: 520 x 380 units."""
    sheet = Sheet(560, 400, scale)
    sheet.paint(oval(300, 338, 220, 30), (70, 30, 26), 0.5, blur=12)
    for x, y, radius, colours in (
        (170, 160, 66, ((255, 196, 84), (246, 140, 44), (206, 96, 36))),
        (360, 162, 70, ((255, 236, 120), (255, 206, 60), (230, 156, 40))),
        (262, 118, 72, ((255, 190, 80), (244, 132, 44), (204, 92, 36))),
        (110, 196, 50, ((255, 236, 120), (255, 206, 60), (230, 156, 40))),
        (424, 200, 52, ((255, 196, 84), (246, 140, 44), (206, 96, 36))),
    ):
        sheet.paint(oval(x, y, radius, radius * 0.96), ramp(*colours))
        sheet.paint(
            oval(x - radius * 0.32, y - radius * 0.38, radius * 0.3, radius * 0.18), (255, 255, 244), 0.55, blur=4
        )
    for angle in (-150, -20):
        leaf = curve((262, 54), (300, 38), (346, 54), (300, 70))
        sheet.paint(turned(leaf, angle, 262, 54), ramp((120, 180, 96), (44, 112, 76)))
    bowl = np.concatenate((oval(266, 196, 222, 150, 0, math.pi), [(44, 196)]))
    sheet.paint(bowl, ramp((34, 142, 152), (22, 112, 128), (14, 78, 100), across=True))
    sheet.paint(oval(266, 344, 84, 12), (12, 66, 88))
    sheet.paint(curve((44, 190), (266, 208), (488, 190), (486, 206), (266, 226), (46, 206)), (226, 246, 240))
    for x in (110, 180, 252, 324, 396):
        sheet.paint(turned(box(x - 13, 250, x + 13, 276), 45, x, 263), (255, 214, 128), 0.9)
    sheet.paint(curve((84, 226), (104, 226), (140, 306), (122, 300)), (255, 255, 255), 0.35, blur=3)
    return sheet.image


def _slices(scale: float) -> Image.Image:
    """Half a lemon and a slice on the table: 360 x 170 units."""
    sheet = Sheet(380, 180, scale)
    sheet.paint(oval(140, 136, 120, 22), (80, 34, 26), 0.5, blur=8)
    sheet.paint(oval(292, 146, 80, 16), (80, 34, 26), 0.45, blur=7)
    sheet.paint(
        curve((24, 100), (60, 34), (136, 14), (206, 48), (226, 104), (186, 146), (120, 152), (50, 140)),
        ramp((255, 222, 88), (236, 160, 44)),
    )
    wheel(sheet, 152, 88, 74, 60)
    wheel(sheet, 296, 132, 76, 24)
    return sheet.image


def wheel(sheet: Sheet, x: float, y: float, rx: float, ry: float) -> None:
    """A slice of lemon seen at an angle."""
    sheet.paint(oval(x, y, rx, ry), ramp((255, 214, 76), (244, 176, 48)))
    sheet.paint(oval(x, y, rx * 0.91, ry * 0.91), (255, 248, 220))
    for n in range(9):
        start, end = (n + 0.08) / 9 * math.tau, (n + 0.92) / 9 * math.tau
        wedge = np.concatenate(([(x + rx * 0.1 * math.cos((start + end) / 2), y + ry * 0.1 * math.sin((start + end) / 2))],
                                oval(x, y, rx * 0.82, ry * 0.82, start, end)))  # fmt: skip
        sheet.paint(wedge, ramp((255, 232, 112), (255, 206, 72)))
    sheet.paint(oval(x - rx * 0.3, y - ry * 0.4, rx * 0.22, ry * 0.14), (255, 255, 255), 0.55, blur=2)
