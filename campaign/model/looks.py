"""Looks: what the local engine does to a picture, as numbers."""

from dataclasses import dataclass

PARTICLES = ("none", "snow", "rain", "petals", "leaves", "motes")

RANGES = {
    "exposure": (-2.0, 2.0),
    "contrast": (0.5, 1.5),
    "saturation": (0.0, 2.0),
    "temperature": (-1.0, 1.0),
    "tint": (-1.0, 1.0),
    "shadows": (-0.2, 0.2),
    "highlights": (-0.2, 0.2),
    "vignette": (0.0, 1.0),
    "glow": (0.0, 1.0),
    "density": (0.0, 1.0),
}
"""Lowest and highest of each number of a look; of each of the three where it is an RGB offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A resolved local look. Neutral by default.

    `exposure` in stops (-2 to 2); `contrast`, `saturation` factors (0.5 to 1.5, 0 to 2); `temperature`, `tint` -1 (cool,
    green) to 1 (warm, magenta); `shadows`, `highlights` tint each end as an RGB offset of -0.2 to 0.2; `vignette` 0 to 1;
    `glow` 0 to 1; `particles` none, snow, rain, petals, leaves or motes with `density` 0 to 1.
    """

    exposure: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    temperature: float = 0.0
    tint: float = 0.0
    shadows: tuple[float, float, float] = (0.0, 0.0, 0.0)
    highlights: tuple[float, float, float] = (0.0, 0.0, 0.0)
    vignette: float = 0.0
    glow: float = 0.0
    particles: str = "none"
    density: float = 0.0


@dataclass(frozen=True, slots=True)
class LookBook:
    """templates/looks.toml: for each season, market and light (lower-case names) the numbers it changes.

    A look is the neutral one changed by season, then market, then light: a number adds its difference from neutral,
    a factor multiplies, `particles` and `density` are replaced. `planning.looks.resolve` does it.
    """

    season: dict[str, dict[str, object]]
    market: dict[str, dict[str, object]]
    light: dict[str, dict[str, object]]
