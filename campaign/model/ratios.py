"""Aspect ratios and the frame sizes they have at each resolution."""

from dataclasses import dataclass
from fractions import Fraction

CENTRE = (0.5, 0.5)
"""The middle of a picture, as parts of its width and height from top left."""


@dataclass(frozen=True, slots=True)
class AspectRatio:
    """A named shape. `label` is how people write it (`9:16`, `1.91:1`); 21:9 stays 21:9, never 7:3."""

    label: str

    @property
    def value(self) -> Fraction:
        """Width over height."""
        width, height = self.label.split(":")
        return Fraction(width) / Fraction(height)

    @property
    def slug(self) -> str:
        """The ratio in a file name: `9x16`, since a colon is illegal on Windows."""
        return self.label.replace(":", "x")

    def __str__(self) -> str:
        return self.label


GENERATED = tuple(AspectRatio(label) for label in ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"))
"""The six ratios that the providers' reframe can make."""

DERIVED = {
    AspectRatio("4:5"): AspectRatio("3:4"),
    AspectRatio("2:3"): AspectRatio("9:16"),
    AspectRatio("1.91:1"): AspectRatio("16:9"),
}
"""Ratios nobody generates, each with the neighbour it is cropped from."""

RATIOS = (*GENERATED, *DERIVED)
"""Every ratio Fanout knows."""

SAME_SHAPE = Fraction(1, 100)
"""Shapes closer than this (relative) are one ratio: 1920x1080 and 1918x1080 are both 16:9."""


@dataclass(frozen=True, slots=True)
class Size:
    """A frame's width and height in square pixels."""

    width: int
    height: int

    @property
    def shape(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width, self.height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def same_shape(one: Fraction, other: Fraction) -> bool:
    """Whether two shapes are the same ratio to the eye (within `SAME_SHAPE`)."""
    return abs(one / other - 1) < SAME_SHAPE


RESOLUTIONS = {"360p": 360, "540p": 540, "720p": 720, "1080p": 1080}
"""Resolution tiers and the lines of their shorter side."""


def frame_size(shape: Fraction, resolution: str) -> Size:
    """The even-sized frame of a shape at a resolution tier, whose shorter side has the tier's lines.

    720p is 1280x720 for 16:9, 720x1280 for 9:16, 720x720 for 1:1. Raises KeyError for an unknown tier.
    """
    lines = RESOLUTIONS[resolution]
    if shape >= 1:
        return Size(_even(lines * shape), lines)
    return Size(lines, _even(lines / shape))


def _even(length: Fraction) -> int:
    return 2 * round(length / 2)
