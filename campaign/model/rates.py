"""Frame rates as people write them."""

from fractions import Fraction


def rate_text(rate: Fraction) -> str:
    """Frames a second to three places, without idle zeros: `23.976`, `25`."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")
