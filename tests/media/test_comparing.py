"""Films held beside their master: what was passed through is the same, what was changed keeps its structure, joins hold."""

import asyncio
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from builders import an_output
from footage import ffmpeg

from campaign.media.engine import Engine
from campaign.media.master.master import read_master
from campaign.media.quality.comparing import Comparison
from campaign.media.quality.qc import inspect
from campaign.media.quality.views import Stretch, View
from campaign.model.edit import MasterEdit, Shot
from campaign.model.qc import Finding, Region
from campaign.model.ratios import Size

TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
SCENE = f"mandelbrot=s=320x180:r=24:start_scale=0.05:end_scale=0.03,format=yuv420p,{TAGS}"
SHOTS = (Shot(id="one", start_frame=0, end_frame=48),)
WIDE, TALL = Size(320, 180), Size(180, 320)
OWN = (Stretch(shot="one", start_frame=0, end_frame=48, own=True, view=View("stretch")),)
CHANGED = (
    Stretch(shot="one", start_frame=0, end_frame=24, own=False, view=View("stretch")),
    Stretch(shot="one", start_frame=24, end_frame=48, own=False, view=View("stretch")),
)

Compare = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> MasterEdit:
    """Two seconds of one shot, in colour and in motion."""
    folder = tmp_path_factory.mktemp("comparing")
    ffmpeg("-f", "lavfi", "-i", SCENE, "-frames:v", "48", "-c:v", "libx264", "-crf", "8", folder / "master.mov")
    return asyncio.run(read_master(folder / "master.mov", SHOTS, engine, folder / "cache"))


@pytest.fixture
def compare(master: MasterEdit, engine: Engine, tmp_path: Path) -> Compare:
    def compared(
        graph: str, stretches: Sequence[Stretch] = OWN, *, size: Size = WIDE, regions: tuple[Region, ...] = ()
    ) -> list[Finding]:
        film = tmp_path / "film.mp4"
        codec = (
            "-pix_fmt",
            "yuv420p",
            "-c:v",
            "libx264",
            "-crf",
            "18",
            "-preset",
            "veryfast",
            "-movflags",
            "+faststart",
        )
        ffmpeg("-i", master.path, "-vf", f"{graph},{TAGS}", *codec, film)
        comparison = Comparison(tuple(stretches), regions)
        output = an_output(size=size)
        cache = master.path.parent / "cache"
        _, report = asyncio.run(
            inspect(film, output=output, master=master, engine=engine, cache=cache, comparison=comparison)
        )
        return [finding for finding in report.findings if finding.severity != "info"]

    return compared


@pytest.mark.parametrize(
    ("graph", "view", "size"),
    [
        ("null", View("stretch"), WIDE),
        ("scale=568:320,crop=180:320:194:0,setsar=1", View("crop", (0.5, 0.5)), TALL),
        ("scale=568:320,crop=180:320:388:0,setsar=1", View("crop", (1.0, 0.5)), TALL),
        ("scale=180:102,pad=180:320:0:108,setsar=1", View("pad"), TALL),
    ],
    ids=["whole", "cropped", "cropped to the right", "padded"],
)
def test_frames_passed_through_are_the_master_s(compare: Compare, graph: str, view: View, size: Size) -> None:
    stretch = Stretch(shot="one", start_frame=0, end_frame=48, own=True, view=view)
    assert compare(graph, [stretch], size=size) == []


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        ("scale=in_color_matrix=bt709:out_color_matrix=bt601", "looks like BT.601 pixels tagged BT.709"),
        ("scale=in_color_matrix=bt601:out_color_matrix=bt709", "looks like BT.709 pixels converted as if"),
        ("scale=in_range=tv:out_range=pc", "looks like full-range pixels tagged as video range"),
    ],
)
def test_a_swapped_matrix_or_range_is_named(compare: Compare, graph: str, words: str) -> None:
    (found,) = [finding for finding in compare(graph) if finding.check == "matrix"]
    assert found.severity == "error" and words in found.message and found.frame is not None


@pytest.mark.parametrize("graph", ["hue=h=40", "crop=288:162,scale=320:180", "hflip"])
def test_frames_that_were_to_pass_and_did_not_are_an_error(compare: Compare, graph: str) -> None:
    assert ("drift", "error") in {(finding.check, finding.severity) for finding in compare(graph)}


def test_full_range_pixels_of_changed_frames_are_found_too(compare: Compare) -> None:
    found = {finding.check: finding for finding in compare("eq=contrast=1.5,scale=in_range=tv:out_range=pc", CHANGED)}
    assert found["range"].severity == "error" and found["range"].measured.endswith("% of the picture")


def test_a_look_keeps_structure_and_movement(compare: Compare) -> None:
    assert compare("eq=brightness=-0.05:contrast=0.9,hue=h=30:s=0.7", CHANGED) == []


def test_a_changed_stretch_that_shows_something_else_is_told_by_its_shot(compare: Compare) -> None:
    found = [finding for finding in compare("hflip,negate", CHANGED) if finding.check == "drift"]
    assert len(found) == 2 and all("shot one" in finding.message for finding in found)


def test_a_jump_at_a_join_is_found_at_its_frame_and_none_where_a_cut_is(compare: Compare) -> None:
    graph = "eq=brightness='if(gte(n,24),0.12,0)':eval=frame"
    (found,) = [finding for finding in compare(graph, CHANGED) if finding.check == "seam"]
    assert (found.severity, found.frame) == ("error", 24)
    other = (CHANGED[0], Stretch(shot="two", start_frame=24, end_frame=48, own=False, view=View("stretch")))
    assert "seam" not in {finding.check for finding in compare(graph, other)}


def test_a_marked_region_must_be_kept_and_be_in_the_frame(compare: Compare) -> None:
    logo = Region(name="logo", box=(0.6, 0.3, 0.2, 0.3), start_frame=0, end_frame=48)
    assert compare("eq=brightness=-0.05", CHANGED, regions=(logo,)) == []
    wiped = "drawbox=x=192:y=54:w=64:h=54:color=gray:t=fill"
    (found,) = [finding for finding in compare(wiped, CHANGED, regions=(logo,)) if finding.check == "region"]
    assert found.severity == "error" and "logo" in found.message
    stretch = Stretch(shot="one", start_frame=0, end_frame=48, own=False, view=View("crop", (0.1, 0.5)))
    (cut,) = compare("scale=568:320,crop=180:320:0:0,setsar=1", [stretch], size=TALL, regions=(logo,))
    assert (cut.check, cut.measured) == ("region", "0% of it")


def test_a_region_is_told_with_its_place_in_a_letterbox_and_as_not_checked_in_a_picture_made_anew(
    master: MasterEdit, engine: Engine, tmp_path: Path
) -> None:
    film, logo = tmp_path / "boxed.mp4", Region(name="logo", box=(0.5, 0.5, 0.25, 0.5), start_frame=0, end_frame=48)
    ffmpeg("-i", master.path, "-vf", f"scale=180:102,pad=180:320:0:109,setsar=1,{TAGS}", "-crf", "10", film)
    stretches = (
        Stretch(shot="one", start_frame=0, end_frame=24, own=False, view=View("pad")),
        Stretch(shot="two", start_frame=24, end_frame=48, own=False, view=None),
    )
    comparison, cache = Comparison(stretches, (logo,)), master.path.parent / "cache"
    terms = {"output": an_output(size=TALL), "master": master, "engine": engine, "cache": cache}
    _, report = asyncio.run(inspect(film, comparison=comparison, **terms))  # type: ignore[arg-type]
    told = {finding.measured: finding for finding in report.findings if finding.check == "region"}
    unknown = told.pop("not checked")
    assert unknown.severity == "info" and unknown.message.startswith("logo is not checked in shot two: no rule tells")
    ((measured, placed),) = told.items()
    assert placed.message == "logo as in the master"
    assert measured.startswith("at 50 % across and 50 % down, 25 % wide and 16 % high, edges alike by ")


def test_a_stretch_of_which_nobody_knows_what_it_shows_is_told_as_not_checked(
    master: MasterEdit, engine: Engine
) -> None:
    comparison = Comparison((Stretch(shot="one", start_frame=0, end_frame=48, own=False, view=None),))
    output = an_output(size=WIDE)
    assert master.rate == Fraction(24)
    _, report = asyncio.run(
        inspect(master.path, output=output, master=master, engine=engine, cache=None, comparison=comparison)
    )
    told = [finding.message for finding in report.findings if finding.check == "not_checked"]
    assert any("drift of shots one" in message for message in told)
