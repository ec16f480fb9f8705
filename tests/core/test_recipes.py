"""Whoever changes how files are made says so: the name of a recipe is in the keys of all that was made by it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from campaign.media.film.laying import RECIPE as SOUND_RECIPE
from campaign.media.film.padding import PAD_RECIPE
from campaign.media.master.mezzanine import RECIPE as MEZZANINE_RECIPE
from campaign.media.quality.measures import MEASURE_RECIPE
from campaign.planning.identity import FINISH_RECIPE

GOLDEN = Path(__file__).parent.parent / "golden"
RECIPES = {
    "FINISH_RECIPE in campaign/planning/identity.py": (FINISH_RECIPE, "film*.txt"),
    "RECIPE in campaign/media/film/laying.py": (SOUND_RECIPE, "sound.txt"),
    "PAD_RECIPE in campaign/media/film/padding.py": (PAD_RECIPE, "pad.txt"),
    "RECIPE in campaign/media/master/mezzanine.py": (MEZZANINE_RECIPE, "mezzanine*.txt"),
    "MEASURE_RECIPE in campaign/media/quality/measures.py": (MEASURE_RECIPE, "detect*.txt"),
}
"""Where each is named, and the command lines in tests/golden/argv that it stands for.

Not among them on purpose: CUT_RECIPE and the local engine's `local/1`. Their names are in work keys, and another one of the cut's
buys a whole campaign again: it stays as long as the frames are the same ones, whatever the command line. The
mezzanine's is in them, too: whoever bumps it buys again what was made of mended masters.
"""


def made_by(pattern: str) -> str:
    """A hash of the command lines, each of which a test compares with those that are run."""
    files = sorted((GOLDEN / "argv").glob(pattern))
    assert files, pattern
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@pytest.mark.parametrize("named", RECIPES)
def test_a_recipe_is_bumped_with_what_it_makes(named: str) -> None:
    recipe, pattern = RECIPES[named]
    known = dict(line.split() for line in (GOLDEN / "recipes.txt").read_text(encoding="utf-8").splitlines())
    assert known.get(recipe, made_by(pattern)) == made_by(pattern), (
        f"bump the recipe: {named} is still {recipe}, but tests/golden/argv/{pattern} has changed, "
        "and what was made before would pass for what is made now"
    )


def test_every_recipe_is_written_down(golden: Callable[[str, str], None], request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        for named in RECIPES:
            test_a_recipe_is_bumped_with_what_it_makes(named)
    golden("recipes.txt", "".join(f"{recipe} {made_by(pattern)}\n" for recipe, pattern in RECIPES.values()))
