"""Sizes brought into one another."""

from hypothesis import given
from hypothesis import strategies as st

from campaign.media.fitting import corner, covering, within
from campaign.model.ratios import Size

sizes = st.builds(Size, st.integers(8, 1000).map(lambda n: 2 * n), st.integers(8, 1000).map(lambda n: 2 * n))
focuses = st.tuples(st.floats(-1, 2), st.floats(-1, 2))


@given(sizes, sizes)
def test_what_covers_is_no_smaller_and_what_lies_within_no_larger(inner: Size, outer: Size) -> None:
    cover, inside = covering(inner, outer), within(inner, outer)
    assert cover.width >= outer.width and cover.height >= outer.height
    assert inside.width <= outer.width and inside.height <= outer.height
    assert cover.width == outer.width or cover.height == outer.height
    assert inside.width == outer.width or inside.height == outer.height
    assert not any(side % 2 for side in (cover.width, cover.height, inside.width, inside.height))


@given(sizes, sizes, focuses)
def test_a_window_never_leaves_the_picture(inner: Size, outer: Size, focus: tuple[float, float]) -> None:
    cover = covering(inner, outer)
    x, y = corner(outer, cover, focus)
    assert 0 <= x <= cover.width - outer.width and 0 <= y <= cover.height - outer.height
    assert x % 2 == y % 2 == 0


def test_a_window_is_centred_on_the_focus() -> None:
    assert corner(Size(360, 640), Size(1138, 640), (0.5, 0.5)) == (388, 0)
    assert corner(Size(360, 640), Size(1138, 640), (0.0, 0.5)) == (0, 0)
    assert corner(Size(360, 640), Size(1138, 640), (1.0, 0.5)) == (778, 0)
