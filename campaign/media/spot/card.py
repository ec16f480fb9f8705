"""Shot 5, the end card: the can before the sun, the brand, one line of text. Everything stays near the middle."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from campaign.media.spot.can import BRAND, CREAM, WIDTH, Can, dew, shadow
from campaign.media.spot.kitchen import wheel
from campaign.media.spot.paint import Sheet, Sprite, backdrop, curve, fading, glow, oval, ramp
from campaign.media.spot.story import card_at, ease

LINE = "Fresh days. Everywhere."
_CAN = 520


def paint_card(scale: float) -> Callable[[float], Image.Image]:
    """The shot as a function of its part, 0 to 1."""
    ground = backdrop(1920, 1080, ramp((14, 116, 136), (22, 138, 150), (40, 158, 160)), scale, 71)
    sun, waves = Sprite(_sun(scale), scale), [Sprite(_waves(scale, n), scale) for n in range(3)]
    product = Can(_CAN, scale).picture(0.0)
    product.alpha_composite(dew(_CAN * WIDTH, _CAN, scale, 72, 150))
    can, foot = Sprite(product, scale), Sprite(shadow(_CAN * WIDTH, 40, scale, 0.35), scale)
    fruit, words = Sprite(_fruit(scale), scale), (Sprite(_brand(scale), scale), Sprite(_line(scale), scale))

    def frame(part: float) -> Image.Image:
        x, y = (fraction * length for fraction, length in zip(card_at(part), (1920, 1080), strict=True))
        picture = ground.copy()
        _rays(picture, part, scale)
        sun.centred(picture, 960, 400)
        for n, wave in enumerate(waves):
            wave.onto(picture, -160 + (60 if n % 2 else -60) * part - 40 * n, 606 + 52 * n)
        fruit.centred(picture, 960, 590)
        foot.onto(picture, x - 234, y + _CAN / 2 - 92)
        can.centred(picture, x, y)
        for n, word in enumerate(words):
            arrival = ease(min(1.0, max(0.0, part * 5 - 0.5 * n)))
            word.centred(picture, 960, (836, 956)[n] + 46 * (1 - arrival))
        return picture

    return frame


_RAYS = 20


def _rays(picture: Image.Image, part: float, scale: float) -> None:
    """Lay the rays of the sun, which turn slowly, on the picture."""
    mask = Image.new("L", picture.size)
    pen, half = ImageDraw.Draw(mask), math.tau / _RAYS / 4
    for n in range(_RAYS):
        angle = (n + 0.7 * part) / _RAYS * math.tau
        ends = [
            ((960 + 1500 * math.cos(a)) * scale, (400 + 1500 * math.sin(a)) * scale)
            for a in (angle - half, angle + half)
        ]
        pen.polygon([(960 * scale, 400 * scale), *ends], fill=26)
    picture.paste((255, 236, 190), (0, 0), mask.filter(ImageFilter.BoxBlur(scale)))


def _sun(scale: float) -> Image.Image:
    sheet = Sheet(1500, 1500, scale)
    sheet.lay(glow(740, (255, 226, 150), 0.75, scale), 10, 10)
    sheet.paint(oval(750, 750, 330, 330), ramp((255, 238, 168), (255, 206, 92), (255, 160, 74)))
    sheet.paint(oval(750, 750, 300, 300), fading((255, 255, 236), 0.35, 0.0))
    return sheet.image


def _waves(scale: float, n: int) -> Image.Image:
    sheet = Sheet(2300, 480, scale)
    x = np.linspace(0, 2300, 90)
    crest = 40 + 20 * np.sin(x / 2300 * math.tau * (3 + n) + n * 1.9)
    fills = (
        ramp((255, 246, 224), (255, 240, 214)),
        ramp((244, 112, 78), (232, 84, 66)),
        ramp((28, 72, 100), (18, 48, 72)),
    )
    sheet.paint(np.concatenate((np.column_stack((x, crest)), [(2300, 480), (0, 480)])), fills[n])
    return sheet.image


def _fruit(scale: float) -> Image.Image:
    """Lemons beside the can: 700 x 200 units."""
    sheet = Sheet(740, 220, scale)
    for x, turn in ((150, 1), (590, -1)):
        lemon = curve(
            (x - 84, 110), (x - 56, 64), (x, 48), (x + 56, 64), (x + 88, 108), (x + 56, 150), (x, 168), (x - 56, 150)
        )
        sheet.paint(oval(x, 166, 96, 14), (20, 30, 40), 0.35, blur=7)
        sheet.paint(lemon, ramp((255, 238, 128), (255, 208, 66), (232, 150, 38)))
        sheet.paint(oval(x - 22, 82, 30, 12), (255, 255, 244), 0.6, blur=5)
        leaf = curve((x + turn * 20, 52), (x + turn * 60, 18), (x + turn * 116, 26), (x + turn * 76, 56))
        sheet.paint(leaf, ramp((126, 190, 96), (44, 122, 80)))
    wheel(sheet, 232, 136, 62, 58)
    wheel(sheet, 512, 138, 58, 56)
    return sheet.image


def _brand(scale: float) -> Image.Image:
    sheet = Sheet(1000, 190, scale)
    sheet.write(BRAND, 500, 95, 150, CREAM, weight=5, gap=26)
    return sheet.image


def _line(scale: float) -> Image.Image:
    sheet = Sheet(1100, 90, scale)
    sheet.write(LINE, 550, 45, 54, (255, 214, 120), weight=0.6, gap=3)
    return sheet.image
