"""Static crops and pads without a job of their own: the film shows what the job's film showed, and is judged like it."""

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, ffmpeg, numbers
from numpy.typing import NDArray
from plans import a_brief, a_campaign, a_plan

from campaign.delivery.derived import comparison_of
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.local.framing import render_framing
from campaign.media.master.master import read_master
from campaign.media.quality.comparing import Comparison
from campaign.media.quality.views import View
from campaign.model.edit import MasterEdit, Shot, Treatment
from campaign.model.jobs import Framing, How
from campaign.model.qc import Finding
from campaign.model.ratios import AspectRatio, Size

FRAMES = 12
TALL = Size(180, 320)
MASTER = Size(320, 180)


@pytest.fixture(scope="module")
def edit(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> MasterEdit:
    """Twelve frames that move, without sound."""
    folder = tmp_path_factory.mktemp("windows")
    moving = f"testsrc2=s={MASTER}:r=24:d=1,scale=out_color_matrix=bt709,format=yuv420p,setparams=range=tv"
    colours = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
    path = folder / "master.mp4"
    ffmpeg("-f", "lavfi", "-i", moving, "-frames:v", FRAMES, "-c:v", "libx264", "-crf", "6", *colours, path)
    shots = (Shot(id="all", start_frame=0, end_frame=FRAMES, treatment=Treatment(modify=True)),)
    return asyncio.run(read_master(path, shots, engine, folder / "cache"))


def luma(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]).astype(np.int16)


def film_of(
    clip: Clip, edit: MasterEdit, engine: Engine, into: Path, size: Size = TALL
) -> tuple[NDArray[np.int16], tuple[Finding, ...]]:
    output = an_output(spec=a_spec(audio_codec=None), size=size)
    told = asyncio.run(
        finish_film([clip], master=edit, output=output, into=into, poster=into.with_suffix(".jpg"), engine=engine)
    )
    return luma(into), told


@pytest.mark.parametrize("focus", [(0.5, 0.5), (0.1, 0.3), (0.93, 1.0)])
@pytest.mark.parametrize("how", [How.CROP, How.PAD])
def test_a_window_shows_frame_by_frame_what_a_job_of_its_own_would_have_shown(
    how: How, focus: tuple[float, float], edit: MasterEdit, engine: Engine, tmp_path: Path
) -> None:
    made = tmp_path / "job.mp4"
    asyncio.run(
        render_framing(
            edit.path, Framing(how, focus), size=TALL, rate=edit.rate, frames=FRAMES, into=made, engine=engine
        )
    )
    job = Clip(path=made, frames=FRAMES, fit="crop", focus=(0.5, 0.5), ordered=True)
    window = Clip(path=edit.path, frames=FRAMES, fit=how.value, focus=focus, ordered=True, asked=MASTER)
    by_job, _ = film_of(job, edit, engine, tmp_path / "by-job.mp4")
    by_window, told = film_of(window, edit, engine, tmp_path / "by-window.mp4")
    assert told == ()
    assert by_window.shape == by_job.shape == (FRAMES, 320, 180)
    assert np.abs(by_window - by_job).mean(axis=(1, 2)).max() < 2
    assert np.abs(by_window[:-1] - by_job[1:]).mean() > 2 * np.abs(by_window - by_job).mean(), "no frame late"


def test_every_numbered_frame_is_seen_through_the_window(engine: Engine, tmp_path: Path) -> None:
    path = a_film(tmp_path / "in.mov", frames=24, rate=Fraction(24000, 1001), sound=None)
    shots = (Shot(id="all", start_frame=0, end_frame=24),)
    edit = asyncio.run(read_master(path, shots, engine, tmp_path / "cache"))
    clip = Clip(path=path, frames=24, fit="pad", focus=(0.5, 0.5), ordered=True, asked=SMALL)
    film_of(clip, edit, engine, tmp_path / "film.mp4", Size(160, 120))
    ffmpeg("-i", tmp_path / "film.mp4", "-vf", "crop=160:90:0:15", "-crf", "6", tmp_path / "inner.mp4")
    assert list(numbers(tmp_path / "inner.mp4")) == list(range(24))


def test_a_result_of_another_shape_than_was_ordered_is_told_through_a_window_too(
    edit: MasterEdit, engine: Engine, tmp_path: Path
) -> None:
    clip = Clip(path=edit.path, frames=FRAMES, fit="crop", focus=(0.5, 0.5), ordered=True, asked=Size(320, 240))
    _, told = film_of(clip, edit, engine, tmp_path / "film.mp4")
    assert [(finding.check, finding.severity) for finding in told] == [("conform", "error")]
    assert "not the shape of 320x240" in told[0].message


def compared(edit: MasterEdit, engine: Engine, tmp_path: Path, **changes: object) -> Comparison:
    plan = a_plan(a_brief(campaign=a_campaign(provider="local", **changes)), edit, draft=True)
    (film,) = plan.films
    return asyncio.run(comparison_of(film, film.outputs[0], plan, home=tmp_path, cache=tmp_path, engine=engine))


def test_quality_control_knows_which_window_of_the_master_is_shown(
    edit: MasterEdit, engine: Engine, tmp_path: Path
) -> None:
    tall = AspectRatio("9:16")
    (crop,) = compared(edit, engine, tmp_path, ratios=(tall,), how={tall: How.CROP}, focus=(0.2, 0.5)).stretches
    assert crop.view == View("crop", (0.2, 0.5)) and not crop.own
    assert crop.subject is not None and crop.subject[1] < FRAMES
    (pad,) = compared(edit, engine, tmp_path, ratios=(tall,), how={tall: How.PAD}, focus=(0.5, 0.2)).stretches
    assert (pad.view, pad.subject) == (View("pad", (0.5, 0.2)), None)
    (wide,) = compared(edit, engine, tmp_path, ratios=(AspectRatio("1.91:1"),)).stretches
    assert wide.view == View("crop", (0.5, 0.5)) and wide.subject is not None
    (own,) = compared(edit, engine, tmp_path, ratios=(AspectRatio("16:9"),)).stretches
    assert own.view is not None and own.subject is None
