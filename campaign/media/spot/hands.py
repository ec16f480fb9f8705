"""Shot 3: two hands open the can in the light of the terrace, left of the middle."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from campaign.media.spot.can import WIDTH, Can, dew
from campaign.media.spot.paint import (
    Colour,
    Ramp,
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
)
from campaign.media.spot.story import OPENING_FRAME, SHOTS, ease, hand_at

_CAN = 520
_SHOT = SHOTS[2]
_SKIN = ramp((246, 190, 150), (228, 160, 120), (204, 130, 98))
_SKIN_DARK = ramp((224, 154, 116), (196, 124, 94))
_FOLD: Colour = (158, 88, 70)
_NAIL = ramp((255, 226, 210), (246, 196, 176))
_SLEEVE = ramp((250, 250, 244), (222, 232, 232), (190, 206, 212))


def paint_hands(scale: float) -> Callable[[float], Image.Image]:
    """The shot as a function of its part, 0 to 1."""
    terrace = Sprite(_terrace(scale), scale)
    can, drops = Can(_CAN, scale), dew(_CAN * WIDTH, _CAN, scale, 51, 150)
    closed, opened = (can.picture(0.02, state) for state in (False, True))
    for picture in (closed, opened):
        picture.alpha_composite(drops)
    product = [Sprite(picture, scale) for picture in (closed, opened)]
    palm, grip, pull = Sprite(_palm(scale), scale), Sprite(_grip(scale), scale), Sprite(_pulling(scale), scale)
    mist, spray = glow(210, (255, 255, 255), 0.9, scale, 1.4), _Spray(scale)

    def frame(part: float) -> Image.Image:
        x, y = (fraction * length for fraction, length in zip(hand_at(part), (1920, 1080), strict=True))
        since = round(part * (_SHOT.frames - 1)) - (OPENING_FRAME - _SHOT.start_frame)
        if since == 0:
            y += 7
        picture = Image.new("RGB", (round(1920 * scale), round(1080 * scale)))
        terrace.onto(picture, -30 - 50 * part, -20 - 16 * part)
        palm.onto(picture, x - 560, y - 260)
        product[since >= 0].centred(picture, x, y)
        grip.onto(picture, x - 240, y - 300)
        lift = ease(min(1.0, max(0.0, since / 11)))
        ready = 1 - ease(min(1.0, part * 4.5))
        pull.onto(
            picture,
            x - 60 + 560 * lift + 190 * ready,
            y - 440 + 330 * lift + 130 * ready - (8 if -2 <= since <= 0 else 0),
        )
        if since >= 0:
            _burst(picture, mist, spray, x, y - _CAN / 2 + 30, since, scale)
        return picture

    return frame


def _burst(
    picture: Image.Image, mist: Image.Image, spray: "_Spray", x: float, y: float, since: int, scale: float
) -> None:
    strength = max(0.0, 1 - since / 15)
    if strength:
        size = 0.5 + 0.10 * since
        width, height = round(mist.width * size * 0.8), round(mist.height * size)
        puff = mist.resize((width, height))
        puff.putalpha(puff.getchannel("A").point(lambda opacity: round(opacity * strength * 0.8)))
        picture.paste(puff, (round(x * scale - width / 2), round((y - 36 - since * 9) * scale - height / 2)), puff)
    spray.onto(picture, x, y, since)


class _Spray:
    """Drops flung from the mouth of the can, each on its own parabola."""

    def __init__(self, scale: float) -> None:
        rng = np.random.default_rng(52)
        count = 90
        angle, speed = rng.normal(-math.pi / 2, 0.5, count), rng.uniform(9, 34, count)
        self._vx, self._vy = np.cos(angle) * speed, np.sin(angle) * speed
        self._start, self._size = rng.integers(0, 9, count), rng.integers(0, 4, count)
        self._drops = [Sprite(_drop(3 + 2.4 * size, scale), scale) for size in range(4)]

    def onto(self, picture: Image.Image, x: float, y: float, since: int) -> None:
        """Lay every drop that is in the air `since` frames after the opening."""
        for vx, vy, start, size in zip(self._vx, self._vy, self._start, self._size, strict=True):
            age = since - int(start)
            if 0 <= age < 20:
                self._drops[size].centred(picture, x + vx * age, y + vy * age + 0.95 * age * age)


def _drop(radius: float, scale: float) -> Image.Image:
    sheet = Sheet(2 * radius + 4, 2 * radius + 4, scale)
    middle = radius + 2
    sheet.paint(oval(middle, middle, radius, radius), fading((255, 246, 214), 0.95, 0.55))
    sheet.paint(oval(middle - radius * 0.3, middle - radius * 0.35, radius * 0.35, radius * 0.3), (255, 255, 255))
    return sheet.image


def _terrace(scale: float) -> Image.Image:
    """A terrace at noon, out of focus: 2000 x 1120 units."""
    picture = backdrop(
        2000, 1120, ramp((30, 128, 150), (72, 176, 178), (190, 222, 184), (66, 128, 112), (34, 88, 92)), scale, 53
    )
    sheet = Sheet(2000, 1120, scale)
    sheet.paint(box(-40, 520, 2040, 640), fading((16, 108, 138), 0.75, 0.35))
    sheet.paint(curve((900, 640), (1100, 520), (1400, 430), (1720, 400), (2100, 380), (2100, 700)), (46, 112, 92), 0.9)
    sheet.paint(curve((1180, 330), (1480, 130), (1800, 330), (1480, 300)), (250, 244, 226), 0.9)
    sheet.paint(box(1474, 280, 1488, 720), (240, 226, 204), 0.9)
    sheet.paint(box(-40, 820, 2040, 1140), ramp((228, 176, 128), (170, 104, 78)))
    for x, colour in ((240, (250, 196, 90)), (760, (244, 120, 80)), (1340, (255, 226, 140)), (1760, (236, 106, 84))):
        sheet.paint(oval(x, 820, 90, 62), colour, 0.8)
    picture.paste(sheet.image, (0, 0), sheet.image)
    picture = picture.filter(ImageFilter.GaussianBlur(26 * scale))
    return _with_bokeh(picture, scale).convert("RGBA")


def _with_bokeh(picture: Image.Image, scale: float) -> Image.Image:
    rng = np.random.default_rng(54)
    sheet = Sheet(2000, 1120, scale)
    sheet.lay(glow(820, (255, 240, 190), 0.8, scale), -420, -620)
    for _ in range(46):
        x, y, radius = rng.uniform(0, 2000), rng.uniform(20, 760), rng.uniform(16, 66)
        colour: Colour = ((255, 244, 200), (255, 214, 130), (190, 240, 220), (255, 255, 255))[int(rng.integers(4))]
        opacity = rng.uniform(0.06, 0.22)
        sheet.paint(oval(x, y, radius, radius), colour, opacity, blur=1.5)
        sheet.paint(oval(x, y, radius * 0.88, radius * 0.88), colour, opacity * 0.35, blur=1.5)
    picture.paste(sheet.image, (0, 0), sheet.image)
    return picture


def _finger(sheet: Sheet, x0: float, y0: float, x1: float, y1: float, radius: float, fill: Ramp = _SKIN) -> None:
    sheet.paint(capsule(x0 + 3, y0 + 8, x1 + 3, y1 + 8, radius, radius * 0.86), (70, 24, 26), 0.35, blur=5)
    sheet.paint(capsule(x0, y0, x1, y1, radius, radius * 0.86), fill)


def _sleeve(sheet: Sheet, elbow: tuple[float, float], wrist: tuple[float, float], wide: float, narrow: float) -> None:
    """A linen sleeve with its cuff turned up at the wrist."""
    length = math.dist(elbow, wrist)
    along = ((wrist[0] - elbow[0]) / length, (wrist[1] - elbow[1]) / length)

    def place(far: float, aside: float) -> tuple[float, float]:
        return elbow[0] + along[0] * far - along[1] * aside, elbow[1] + along[1] * far + along[0] * aside

    sheet.paint(np.array([place(0, -wide), place(length, -narrow), place(length, narrow), place(0, wide)]), _SLEEVE)
    for far, aside, reach in ((0.82, -0.25, 150), (0.66, 0.30, 190), (0.52, -0.40, 170), (0.36, 0.15, 220)):
        x, y = length * far, narrow * aside
        fold = curve(
            place(x, y), place(x - reach * 0.5, y - 22), place(x - reach, y - 8), place(x - reach * 0.5, y + 4)
        )
        sheet.paint(fold, (132, 158, 174), 0.45, blur=4)
    for lift, tone, opacity in ((10, (70, 60, 70), 0.30), (0, None, 1.0)):
        ends = (*place(length - 26 - lift * 2, -narrow * 1.02), *place(length - 26 - lift * 2, narrow * 1.02))
        sheet.paint(
            capsule(*ends, 34),
            tone or ramp((255, 255, 250), (228, 236, 238), (196, 208, 214)),
            opacity,
            blur=lift * 0.7,
        )


def _palm(scale: float) -> Image.Image:
    """Arm and palm behind the can: 760 x 900 units; the can's middle is at (560, 260)."""
    sheet = Sheet(760, 940, scale)
    sheet.paint(capsule(270, 610, 420, 400, 100, 98), _SKIN)
    _sleeve(sheet, (10, 980), (290, 580), 172, 122)
    palm = curve(
        (330, 470), (352, 330), (420, 200), (500, 150), (600, 180), (640, 330), (600, 470), (500, 540), (400, 560)
    )
    sheet.paint(palm, _SKIN_DARK)
    return sheet.image


def _grip(scale: float) -> Image.Image:
    """Thumb and fingertips before the can: the can's middle is at (240, 300)."""
    sheet = Sheet(520, 620, scale)
    for n, (y, reach) in enumerate(((250, 62), (316, 74), (382, 68), (444, 48))):
        _finger(sheet, 392, y + 10, 392 - reach, y, 33 - 2 * n)
        sheet.paint(capsule(392 - reach - 8, y - 3, 392 - reach + 12, y - 1, 14, 12), _NAIL)
        sheet.paint(curve((384, y - 20), (390, y), (384, y + 24), (380, y)), _FOLD, 0.30, blur=1.5)
    base = curve((40, 540), (70, 430), (120, 372), (170, 384), (190, 440), (150, 520), (100, 580), (50, 590))
    sheet.paint(base + np.array((4, 10)), (70, 24, 26), 0.30, blur=8)
    sheet.paint(base, _SKIN)
    _finger(sheet, 118, 440, 200, 300, 50)
    sheet.paint(
        curve((92, 470), (120, 400), (170, 330), (182, 350), (150, 420), (120, 490)), (250, 200, 162), 0.55, blur=6
    )
    sheet.paint(capsule(198, 296, 208, 278, 25, 21), _NAIL)
    sheet.paint(curve((138, 372), (160, 378), (186, 396), (160, 386)), _FOLD, 0.4, blur=1.2)
    return sheet.image


def _pulling(scale: float) -> Image.Image:
    """The other hand, its first finger on the tab: the fingertip is at (60, 208)."""
    sheet = Sheet(1360, 1300, scale)
    sheet.paint(capsule(650, 530, 440, 300, 100, 104), _SKIN)
    _sleeve(sheet, (1260, 1300), (612, 494), 210, 122)
    back = curve(
        (286, 168), (360, 120), (470, 140), (540, 240), (530, 350), (450, 420), (350, 410), (280, 330), (262, 240)
    )
    sheet.paint(back, _SKIN)
    for n, (x0, y0, x1, y1) in enumerate(((360, 380, 236, 372), (322, 330, 196, 330), (310, 272, 180, 282))):
        _finger(sheet, x0, y0, x1, y1, 38 - 3 * (2 - n), _SKIN_DARK)
    _finger(sheet, 360, 190, 180, 132, 44)
    _finger(sheet, 184, 132, 74, 190, 37)
    sheet.paint(capsule(80, 178, 66, 190, 19, 16), _NAIL)
    sheet.paint(capsule(350, 176, 190, 124, 14), (255, 212, 176), 0.6, blur=6)
    for x, y in ((196, 120), (214, 148)):
        sheet.paint(curve((x - 10, y - 10), (x + 6, y - 2), (x + 10, y + 14), (x, y + 4)), _FOLD, 0.4, blur=1.2)
    _finger(sheet, 400, 360, 250, 236, 42)
    sheet.paint(capsule(258, 240, 242, 226, 21, 18), _NAIL)
    return sheet.image
