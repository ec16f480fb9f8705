"""A look's numbers as tone curves: what each channel's code values become."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaign.model.looks import Look

POINTS = 17
"""Points a curve; ffmpeg lays a monotone spline through them."""

_GAMMA = 2.2
_MIDDLE = 0.46
"""Middle grey (18 % of the light) as a code value: contrast turns about it."""
_KNEE = 0.82
"""Code values that exposure lifts above this are rolled off instead of clipped."""
_WARMTH_STOPS = (0.30, -0.02, -0.42)
_TINT_STOPS = (0.08, -0.22, 0.08)

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """Curves for red, green and blue: (in, out) points from 0 to 1, rising in both."""

    red: Curve
    green: Curve
    blue: Curve

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        return all(abs(x - y) < 1e-4 for curve in (self.red, self.green, self.blue) for x, y in curve)


def grade_of(look: Look) -> Grade:
    """The curves of a look: exposure and white balance on the light, contrast about middle grey, tints at the ends."""
    return Grade(*(_curve(look, channel) for channel in range(3)))


def as_text(curve: Curve) -> str:
    """A curve as ffmpeg's filter `curves` reads it."""
    return " ".join(f"{x:.4f}/{y:.4f}" for x, y in curve)


def _curve(look: Look, channel: int) -> Curve:
    given = np.linspace(0, 1, POINTS)
    stops = look.exposure + look.temperature * _WARMTH_STOPS[channel] + look.tint * _TINT_STOPS[channel]
    values = _rolled_off(given * 2 ** (stops / _GAMMA)) if stops else given
    values = _contrasted(values, look.contrast)
    values = values + look.shadows[channel] * (1 - given) ** 2 + look.highlights[channel] * given**2
    values = np.maximum.accumulate(np.clip(values, 0, 1))
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in zip(given, values, strict=True))


def _rolled_off(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values above the knee bent so that the highest becomes 1, when it would be more."""
    highest = values.max()
    if highest <= 1:
        return values
    room, excess = 1 - _KNEE, highest - _KNEE
    part = np.clip((values - _KNEE) / excess, 0, 1)
    slope = excess / room
    return np.where(values > _KNEE, _KNEE + room * (slope * part / (1 + (slope - 1) * part)), values)


def _contrasted(values: NDArray[np.float64], contrast: float) -> NDArray[np.float64]:
    """An S through black, middle grey and white whose slope at middle grey is `contrast`."""
    if contrast == 1:
        return values
    low, high = values / _MIDDLE, (1 - values) / (1 - _MIDDLE)
    return np.where(values < _MIDDLE, _MIDDLE * low**contrast, 1 - (1 - _MIDDLE) * np.maximum(high, 0) ** contrast)
