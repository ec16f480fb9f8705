"""Weather and what drifts in the air, as seamless tiles of pixels that ffmpeg moves over the picture."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from campaign.model.ratios import Size

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float64]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Particles at one distance. Sizes are radii in parts of the picture's height, speeds in picture heights a second.

    `count` is how many there are on a square of the picture's height at a density of 1. `across` and `down` may be
    negative. `sway` is how far (in heights) they swing from side to side.
    """

    count: int
    sizes: tuple[float, float]
    across: float
    down: float
    sway: float
    opacity: float
    colours: tuple[Colour, ...]
    shape: Callable[[Plane, Plane], Plane]
    stretch: float = 1.0
    turns: tuple[float, float] = (0.0, math.tau)


@dataclass(frozen=True, slots=True)
class Tile:
    """Twice the picture's width and height of RGBA pixels, and how far they move a frame (in pixels, `sway` at most).

    It repeats after the picture's width and height, so it can drift for ever.
    """

    pixels: Pixels
    across: float
    down: float
    sway: int


def _disc(x: Plane, y: Plane) -> Plane:
    return np.clip((1 - np.hypot(x, y)) * 2.2, 0, 1)


def _soft(x: Plane, y: Plane) -> Plane:
    return np.asarray(np.clip(1 - np.hypot(x, y), 0, 1) ** 1.5)


def _streak(x: Plane, y: Plane) -> Plane:
    return np.asarray(np.clip(1 - np.abs(y), 0, 1) * np.clip(1 - x**2, 0, 1))


def _petal(x: Plane, y: Plane) -> Plane:
    width = np.sqrt(np.clip(1 - x**2, 0, 1)) * (0.62 + 0.30 * x)
    notch = np.clip((x - 0.72) * 6 - np.abs(y) * 5, 0, 1)
    return np.asarray(np.clip((width - np.abs(y)) * 6, 0, 1) * (1 - notch))


def _leaf(x: Plane, y: Plane) -> Plane:
    bent = y - 0.22 * x * (1 - x**2)
    width = 0.46 * np.clip(1 - x**2, 0, 1) ** 0.8 * (1 - 0.35 * x)
    vein = 1 - 0.35 * np.exp(-((bent * 20) ** 2))
    return np.asarray(np.clip((width - np.abs(bent)) * 8, 0, 1) * vein)


_WHITE: Colour = (250, 252, 255)
_PETALS = ((255, 190, 206), (255, 214, 224), (250, 168, 190))
_LEAVES = ((214, 110, 34), (186, 66, 34), (232, 162, 48), (150, 84, 40))
_MOTES = ((255, 236, 190), (255, 246, 220))

LAYERS: dict[str, tuple[Layer, ...]] = {
    "snow": (
        Layer(count=190, sizes=(0.003, 0.005), across=0.02, down=0.15, sway=0.008, opacity=0.72, colours=(_WHITE,), shape=_disc),
        Layer(count=70, sizes=(0.006, 0.010), across=0.04, down=0.27, sway=0.015, opacity=0.85, colours=(_WHITE,), shape=_disc),
        Layer(count=14, sizes=(0.015, 0.026), across=0.07, down=0.48, sway=0.02, opacity=0.50, colours=(_WHITE,), shape=_soft),
    ),
    "rain": (
        Layer(count=170, sizes=(0.030, 0.048), across=-0.30, down=1.70, sway=0.0, opacity=0.26, colours=((206, 220, 234),),
              shape=_streak, stretch=0.026, turns=(math.radians(100), math.radians(100))),
        Layer(count=60, sizes=(0.060, 0.095), across=-0.52, down=2.95, sway=0.0, opacity=0.32, colours=((226, 236, 246),),
              shape=_streak, stretch=0.020, turns=(math.radians(100), math.radians(100))),
    ),
    "petals": (
        Layer(count=26, sizes=(0.008, 0.013), across=0.08, down=0.13, sway=0.020, opacity=0.85, colours=_PETALS, shape=_petal),
        Layer(count=13, sizes=(0.016, 0.024), across=0.14, down=0.22, sway=0.035, opacity=0.92, colours=_PETALS, shape=_petal),
        Layer(count=3, sizes=(0.034, 0.046), across=0.24, down=0.36, sway=0.045, opacity=0.60, colours=_PETALS, shape=_petal),
    ),
    "leaves": (
        Layer(count=15, sizes=(0.012, 0.019), across=-0.07, down=0.16, sway=0.030, opacity=0.90, colours=_LEAVES, shape=_leaf),
        Layer(count=8, sizes=(0.024, 0.036), across=-0.13, down=0.26, sway=0.050, opacity=0.95, colours=_LEAVES, shape=_leaf),
        Layer(count=2, sizes=(0.050, 0.070), across=-0.22, down=0.42, sway=0.060, opacity=0.65, colours=_LEAVES, shape=_leaf),
    ),
    "motes": (
        Layer(count=60, sizes=(0.004, 0.008), across=0.015, down=-0.020, sway=0.010, opacity=0.80, colours=_MOTES, shape=_soft),
        Layer(count=16, sizes=(0.012, 0.026), across=0.030, down=-0.035, sway=0.020, opacity=0.55, colours=_MOTES, shape=_soft),
    ),
}  # fmt: skip
"""What drifts, far layers first."""


def tiles_of(kind: str, density: float, *, seed: int, size: Size, rate: Fraction) -> tuple[Tile, ...]:
    """The layers of a kind of particles for pictures of `size` at `rate`: the same for the same seed.

    None for the kind "none" or a density of 0. Raises ValueError for a kind that is not known.
    """
    if kind == "none" or density <= 0:
        return ()
    if kind not in LAYERS:
        raise ValueError(f"no particles are called {kind!r}: there are none, {', '.join(LAYERS)}")
    return tuple(
        Tile(
            pixels=np.tile(_scattered(layer, density, np.random.default_rng((seed, n)), size), (2, 2, 1)),
            across=_a_frame(layer.across, size, rate),
            down=_a_frame(layer.down, size, rate),
            sway=round(layer.sway * size.height),
        )
        for n, layer in enumerate(LAYERS[kind])
    )


def _a_frame(speed: float, size: Size, rate: Fraction) -> float:
    """Pixels a frame: whole ones when fast, since uneven steps of a fast layer stutter."""
    pixels = speed * size.height / float(rate)
    return float(round(pixels)) if abs(pixels) >= 1.5 else round(pixels, 3)


def _scattered(layer: Layer, density: float, rng: np.random.Generator, size: Size) -> Pixels:
    """One repeat of a layer: particles strewn over the picture, those at its edges coming in again opposite."""
    colours = np.zeros((size.height, size.width, 3))
    cover = np.zeros((size.height, size.width))
    count = max(1, round(layer.count * density * size.width / size.height))
    for _ in range(count):
        radius = max(0.7, float(rng.uniform(*layer.sizes)) * size.height)
        x, y = rng.uniform(0, size.width), rng.uniform(0, size.height)
        turn, opacity = rng.uniform(*layer.turns), layer.opacity * rng.uniform(0.7, 1.0)
        colour = layer.colours[int(rng.integers(len(layer.colours)))]
        rows, columns, shape = _stamp(layer, x, y, radius, turn)
        place = np.ix_(rows % size.height, columns % size.width)
        alpha = shape * opacity
        colours[place] = np.where(alpha[..., None] > cover[place][..., None], np.array(colour), colours[place])
        cover[place] = np.maximum(cover[place], alpha)
    return np.rint(np.dstack((colours, cover * 255))).astype(np.uint8)


def _stamp(
    layer: Layer, x: float, y: float, radius: float, turn: float
) -> tuple[NDArray[np.int_], NDArray[np.int_], Plane]:
    """Rows, columns and cover of one particle. Thin ones are at least a pixel and a half wide."""
    reach = math.ceil(radius) + 1
    rows = np.arange(math.floor(y) - reach, math.floor(y) + reach + 2)
    columns = np.arange(math.floor(x) - reach, math.floor(x) + reach + 2)
    dy, dx = (rows - y)[:, None], (columns - x)[None, :]
    cos, sin = math.cos(turn), math.sin(turn)
    breadth = max(radius * layer.stretch, 0.75)
    return rows, columns, layer.shape((dx * cos + dy * sin) / radius, (dy * cos - dx * sin) / breadth)
