import pytest

from campaign.model.controls import STRENGTHS, Controls, ControlSet
from campaign.planning.controls import settle, silenced, translate


def test_of_each_control_the_nearest_word_wins() -> None:
    row, front_matter = Controls(faces=False), Controls(faces=True, pose="precise")
    assert settle(row, Controls(), front_matter) == Controls(faces=False, pose="precise")


def test_a_strength_in_the_row_drops_the_holds_of_the_template() -> None:
    settled = settle(Controls(strength="flex_2"), Controls(), Controls(hold_motion=7, hold_structure=8))
    assert settled == Controls(strength="flex_2")


def test_a_hold_in_the_row_keeps_the_templates_other_hold_and_drops_its_strength() -> None:
    settled = settle(Controls(hold_motion=3), Controls(strength="adhere_1"), Controls(hold_structure=8, auto=True))
    assert settled == Controls(hold_motion=3, hold_structure=8)


def test_auto_switched_off_in_the_row_lets_the_next_word_count() -> None:
    settled = settle(Controls(auto=False), Controls(auto=True), Controls(strength="flex_1"))
    assert settled == Controls(strength="flex_1")


def test_auto_in_the_row_beats_a_strength_further_away() -> None:
    assert settle(Controls(auto=True), Controls(strength="flex_1")) == Controls(auto=True)


def test_nothing_said_leaves_all_to_the_model() -> None:
    assert translate(settle(Controls(), Controls())) == ControlSet()


@pytest.mark.parametrize(("hold", "freedom"), [(9, 0.0), (8, 0.125), (5, 0.5), (1, 1.0), (0, "off"), (None, None)])
def test_holds_run_the_other_way_round_than_the_api(hold: int | None, freedom: float | str | None) -> None:
    assert translate(Controls(hold_structure=hold)) == ControlSet(depth_blur=freedom, normals_augmentation=freedom)
    assert translate(Controls(hold_motion=hold)) == ControlSet(trajectory_sparsity=freedom)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_strength_goes_alone(strength: str) -> None:
    assert translate(Controls(strength=strength, faces=True, pose="precise")) == ControlSet(strength=strength)


def test_auto_goes_alone() -> None:
    assert translate(Controls(auto=True, bodies=True)) == ControlSet(auto=True)


@pytest.mark.parametrize(
    ("controls", "pose"),
    [
        (Controls(pose="precise"), "precise"),
        (Controls(pose="off", bodies=True), "off"),
        (Controls(bodies=True), "coarse"),
        (Controls(bodies=False), None),
        (Controls(), None),
    ],
)
def test_bodies_without_a_pose_become_a_coarse_pose(controls: Controls, pose: str | None) -> None:
    assert translate(controls).pose == pose


@pytest.mark.parametrize(
    "controls",
    [Controls(hold_motion=10), Controls(hold_structure=-1), Controls(strength="flex_9"), Controls(pose="tight")],
)
def test_a_value_out_of_range_is_refused(controls: Controls) -> None:
    with pytest.raises(ValueError, match=r"not between|none of"):
        translate(controls)


def test_signals_that_a_strength_silences_are_named() -> None:
    assert silenced(Controls(strength="flex_1", faces=False, pose="off")) == ("faces", "pose")
    assert silenced(Controls(hold_motion=1, faces=False)) == ()
