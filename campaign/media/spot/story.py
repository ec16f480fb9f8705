"""The story of the sample spot: its frames, its shots, and where the subject is in every one of them."""

import math
from fractions import Fraction

from campaign.model.edit import Shot, Treatment
from campaign.model.ratios import Size

RATE = Fraction(24)
FRAMES = 192
SIZE = Size(1920, 1080)

SHOTS = (
    Shot(id="establishing", start_frame=0, end_frame=44),
    Shot(id="hero", start_frame=44, end_frame=92),
    Shot(id="hands", start_frame=92, end_frame=130),
    Shot(id="pour", start_frame=130, end_frame=160),
    Shot(id="end-card", start_frame=160, end_frame=192, treatment=Treatment(modify=False)),
)

OPENING_FRAME = 106
"""The frame of the edit on which the can is opened; picture and sound agree on it."""

Point = tuple[float, float]


def subject_at(frame: int) -> Point:
    """Where the middle of the subject is on a frame of the edit, as fractions of width and height from top left.

    The subject is the boat, the can on the table, the can in the hand, the glass, the can on the end card.
    Raises ValueError outside the edit.
    """
    for shot, path in zip(SHOTS, (boat_at, hero_at, hand_at, glass_at, card_at), strict=True):
        if shot.start_frame <= frame < shot.end_frame:
            return path((frame - shot.start_frame) / (shot.frames - 1))
    raise ValueError(f"frame {frame} is outside the sample edit of {FRAMES} frames")


def boat_at(part: float) -> Point:
    """The sail of the boat; `part` runs from 0 to 1 over the shot."""
    return 0.115 + 0.165 * part, 0.555 + 0.006 * math.sin(part * 2.2 * math.tau)


def hero_at(part: float) -> Point:
    """The middle of the can on the kitchen table."""
    return 0.835 - 0.125 * ease(part), 0.545


def hand_at(part: float) -> Point:
    """The middle of the can in the hand: lifted into the light, then held."""
    return 0.300 - 0.060 * ease(part), 0.640 - 0.090 * ease(min(1.0, part * 1.5))


def glass_at(part: float) -> Point:
    """The middle of the glass."""
    return 0.752 - 0.072 * ease(part), 0.620


def card_at(part: float) -> Point:
    """The can on the end card, settling."""
    return 0.5, 0.355 + 0.020 * (1 - ease(min(1.0, part * 2.5)))


def ease(part: float) -> float:
    """Slow out, slow in: 0 to 1."""
    return part * part * (3 - 2 * part)
