"""Sizes in pixels: of every resolution and ratio."""

from math import sqrt

SHORT_SIDES = {"360p": 360, "540p": 540, "720p": 720, "1080p": 1080}
RATIOS = {"9:16": (9, 16), "3:4": (3, 4), "1:1": (1, 1), "4:3": (4, 3), "16:9": (16, 9), "21:9": (21, 9)}


def canvas(resolution: str, wide: float, high: float) -> tuple[int, int]:
    """Width and height for a resolution and a ratio, both multiples of 4.

    Seen of the vendors: 1280x720, 720x1280, 960x960, 1920x1080 (providers.md 2.3): the area stays that of 16:9. The other
    sizes are computed by that rule; no document proves them.
    """
    short = SHORT_SIDES[resolution]
    area = short * short * 16 / 9
    width = sqrt(area * wide / high)
    return _round(width), _round(width * high / wide)


def placed(
    position: tuple[float, float, float, float] | None, canvas_size: tuple[int, int], source: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Where the source lies on the canvas: left, top, width, height in pixels. No position: centred, as large as it fits."""
    wide, high = canvas_size
    if position is not None:
        left, top, width, height = position
        return round(left * wide), round(top * high), max(2, round(width * wide)), max(2, round(height * high))
    scale = min(wide / source[0], high / source[1])
    width_px, height_px = max(2, round(source[0] * scale)), max(2, round(source[1] * scale))
    return (wide - width_px) // 2, (high - height_px) // 2, width_px, height_px


def _round(pixels: float) -> int:
    return max(16, round(pixels / 4) * 4)
