"""The emulator's own price list in USD, transcribed from providers.md 1.9 (docs.agents.lumalabs.ai, copy of 2026-06-11).

Runware and fal ask the same (providers.md 2.8, 3.8). It shares nothing with the prices that the product plans with.
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil

EDIT_5S = {"360p": "0.54", "540p": "0.72", "720p": "1.08", "1080p": "2.16"}
REFRAME_PER_SECOND = {"360p": "0.03", "540p": "0.06", "720p": "0.12", "1080p": "0.36"}
HDR_FACTOR, EXR_FACTOR = 2, 3


def edit_usd(resolution: str, seconds: Fraction, *, hdr: bool = False, exr: bool = False) -> Decimal:
    """What an edit costs: a block for every five seconds begun; HDR doubles it, HDR with EXR triples it."""
    factor = EXR_FACTOR if exr else HDR_FACTOR if hdr else 1
    return Decimal(EDIT_5S[resolution]) * max(1, ceil(seconds / 5)) * factor


def reframe_usd(resolution: str, seconds: Fraction) -> Decimal:
    """What a reframe costs: by every second begun."""
    return Decimal(REFRAME_PER_SECOND[resolution]) * max(1, ceil(seconds))
