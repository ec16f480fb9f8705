"""How one frame size is brought into another: even numbers for crops and pads."""

from fractions import Fraction

from campaign.model.ratios import Size


def covering(inner: Size, outer: Size) -> Size:
    """`inner`'s shape at the smallest even size that covers `outer`."""
    factor = max(Fraction(outer.width, inner.width), Fraction(outer.height, inner.height))
    return Size(max(_even(inner.width * factor), outer.width), max(_even(inner.height * factor), outer.height))


def within(inner: Size, outer: Size) -> Size:
    """`inner`'s shape at the largest even size that lies in `outer`."""
    factor = min(Fraction(outer.width, inner.width), Fraction(outer.height, inner.height))
    return Size(min(_even(inner.width * factor), outer.width), min(_even(inner.height * factor), outer.height))


def corner(inner: Size, outer: Size, focus: tuple[float, float]) -> tuple[int, int]:
    """Top left (even) of the `inner` window in `outer` whose centre is as near to `focus` as the edges allow."""
    return (_offset(inner.width, outer.width, focus[0]), _offset(inner.height, outer.height, focus[1]))


def _offset(window: int, whole: int, focus: float) -> int:
    wanted = whole * min(max(focus, 0.0), 1.0) - window / 2
    return 2 * round(min(max(wanted, 0.0), float(whole - window)) / 2)


def _even(length: Fraction) -> int:
    return max(2, 2 * round(length / 2))
