"""A film can be written for every placement and passes quality control by that placement's own spec."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import an_output
from footage import ffmpeg

from campaign.intake.catalogue import read_catalogue
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.quality.qc import inspect
from campaign.model.edit import MasterEdit, Shot
from campaign.model.ratios import AspectRatio, Size, frame_size

PLACEMENTS = read_catalogue().placements
RATES = (Fraction(25), Fraction(24000, 1001))
FRAMES = 12
GRAPH = "testsrc2=s=640x360:r={0}:d=1,noise=alls=60:allf=t,format=yuv420p,setparams=range=tv:colorspace=bt709"


@pytest.fixture(scope="module")
def masters(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[Fraction, MasterEdit]:
    """Half a second of noise at two rates: every placement takes one of them."""
    folder, shots = tmp_path_factory.mktemp("masters"), (Shot(id="all", start_frame=0, end_frame=FRAMES),)
    found = {}
    for n, rate in enumerate(RATES):
        into, sound = folder / f"{n}.mov", f"anoisesrc=d={float(FRAMES / rate)}:r=48000:seed=5:a=0.2:color=pink"
        ffmpeg(
            *("-f", "lavfi", "-i", GRAPH.format(rate), "-f", "lavfi", "-i", sound, "-frames:v", str(FRAMES)),
            *("-preset", "ultrafast", "-crf", "8", "-c:a", "pcm_s16le", "-ac", "2", into),
        )
        found[rate] = asyncio.run(read_master(into, shots, engine, folder / "cache"))
    return found


@pytest.mark.parametrize(
    ("name", "ratio"),
    [(name, ratio) for name, each in PLACEMENTS.items() for ratio in each.ratios],
    ids=str,
)
def test_a_film_for_a_placement_keeps_its_spec(
    name: str, ratio: AspectRatio, masters: dict[Fraction, MasterEdit], engine: Engine, tmp_path: Path
) -> None:
    asked = {rate: PLACEMENTS[name].spec(ratio, "US", rate) for rate in RATES}
    rate, spec = next((rate, spec) for rate, spec in asked.items() if not spec.rates or rate in spec.rates)
    size, master = smaller(spec.size) if spec.size else frame_size(ratio.value, "360p"), masters[rate]
    spec = replace(spec, size=size, min_size=None, min_seconds=None, max_seconds=None, exact_seconds=())
    into, output = tmp_path / f"film.{spec.container}", an_output(spec=spec, size=size, placement=name)
    clip = Clip(path=master.path, frames=FRAMES, fit="crop", focus=(0.5, 0.5))
    terms = {"master": master, "output": output, "engine": engine, "cache": master.path.parent / "cache"}
    told = asyncio.run(finish_film([clip], into=into, poster=tmp_path / "film.jpg", **terms))  # type: ignore[arg-type]
    _, report = asyncio.run(inspect(into, **terms))  # type: ignore[arg-type]
    assert report.passed, report.errors
    assert not [finding for finding in told if finding.severity == "error"]


def smaller(size: Size) -> Size:
    """A third, even: what is asked of bits and sound is asked of few pixels as well."""
    return Size(size.width // 6 * 2, size.height // 6 * 2)
