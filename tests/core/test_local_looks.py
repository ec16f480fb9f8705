import pytest

from campaign.model.looks import Look, LookBook
from campaign.planning.looks import resolve

BOOK = LookBook(
    season={"winter": {"exposure": 0.1, "contrast": 1.1, "particles": "snow", "density": 0.4, "shadows": [0, 0, 0.05]}},
    market={"jp": {"exposure": 0.2, "contrast": 1.2, "highlights": (0.02, 0, 0)}},
    light={"golden": {"temperature": 0.3}, "golden hour": {"temperature": 0.5, "density": 0.1, "exposure": 9}},
)


def test_numbers_add_factors_multiply_and_particles_are_replaced() -> None:
    look = resolve(BOOK, "winter", "JP", "Golden Hour")
    assert look == Look(
        exposure=2.0,
        contrast=1.32,
        temperature=0.5,
        shadows=(0.0, 0.0, 0.05),
        highlights=(0.02, 0.0, 0.0),
        particles="snow",
        density=0.1,
    )


def test_names_the_book_lacks_leave_the_picture_neutral() -> None:
    assert resolve(BOOK, "monsoon", "BR", "") == Look()


@pytest.mark.parametrize(
    ("light", "temperature"),
    [("low golden hour sun", 0.5), ("golden", 0.3), ("marigolden", 0.0), ("a GOLDEN, soft light", 0.3)],
)
def test_a_light_in_free_words_takes_the_longest_name_inside(light: str, temperature: float) -> None:
    assert resolve(BOOK, "", "", light).temperature == temperature


def test_sums_are_rounded_so_that_a_key_is_the_same_everywhere() -> None:
    assert resolve(BOOK, "winter", "jp", "").exposure == 0.3


def test_a_number_that_is_text_is_refused() -> None:
    with pytest.raises(TypeError, match="exposure"):
        resolve(LookBook(season={"winter": {"exposure": "much"}}, market={}, light={}), "winter", "", "")
