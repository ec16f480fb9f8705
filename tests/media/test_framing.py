"""Framings on real pixels: exact sizes and frames, the focus honoured, the path followed."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from footage import SMALL, a_film, numbers
from numpy.typing import NDArray

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.local.framing import commands_of, framing_argv, render_framing
from campaign.media.local.tracking import CropPath
from campaign.media.probe import probe
from campaign.media.source import Source
from campaign.model.jobs import Framing, How
from campaign.model.ratios import RATIOS, Size, frame_size

RATE = Fraction(24)
MIDDLE = (0.5, 0.5)
SEEN = Size(320, 180)
TALL = Size(90, 160)


def framed(
    source: Path, how: How, size: Size, into: Path, engine: Engine, *, focus: tuple[float, float] = MIDDLE, frames: int = 12
) -> Path:  # fmt: skip
    asyncio.run(
        render_framing(source, Framing(how, focus), size=size, rate=RATE, frames=frames, into=into, engine=engine)
    )
    return into


def pictures(path: Path) -> NDArray[np.uint8]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """A film of 160x90 whose left quarter is red, the next two grey, the right one blue; top and bottom lines white."""
    path = tmp_path_factory.mktemp("quarters") / "quarters.mp4"
    picture = np.full((90, 160, 3), 110, np.uint8)
    picture[:, :40], picture[:, 120:] = (200, 30, 30), (30, 30, 200)
    picture[:12], picture[-12:] = 235, 235
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"crf": "8"})
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        for _ in range(12):
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
    return path


@pytest.mark.parametrize("how", [How.CROP, How.PAD, How.BLUR, How.TRACK, How.DERIVE])
@pytest.mark.parametrize("ratio", RATIOS, ids=str)
def test_every_framing_has_exact_size_square_pixels_tags_and_frames(
    how: How, ratio, sample_clips: dict[str, Path], tmp_path: Path, engine: Engine
) -> None:
    size = frame_size(ratio.value, "360p")
    facts = probe(framed(sample_clips["pour"], how, size, tmp_path / "out.mp4", engine, frames=5))
    assert (facts.coded, facts.sample_aspect, facts.frames, facts.rate) == (size, 1, 5, RATE)
    assert facts.colour == ("tv", "bt709", "bt709", "bt709")
    assert facts.audio is None


def test_frames_keep_their_order_and_number_at_ntsc_rates(engine: Engine, tmp_path: Path) -> None:
    rate = Fraction(24000, 1001)
    source = a_film(tmp_path / "in.mp4", frames=25, rate=rate, sound=None)
    asyncio.run(
        render_framing(
            source, Framing(How.PAD, MIDDLE), size=Size(160, 120), rate=rate, frames=25, into=tmp_path / "o.mp4",
            engine=engine,
        )
    )  # fmt: skip
    assert probe(tmp_path / "o.mp4").rate == rate
    with av.open(str(tmp_path / "o.mp4")) as container:
        inner = [frame.to_ndarray(format="gray")[20:100] for frame in container.decode(video=0)]
    columns = np.stack([picture[:, 8::16].mean(0) > 125 for picture in inner])
    assert [int((row * 2 ** np.arange(10)).sum()) for row in columns] == list(range(25))


def test_a_crop_keeps_the_focus(quarters: Path, tmp_path: Path, engine: Engine) -> None:
    for focus, channel in (((0.1, 0.5), 0), ((0.9, 0.5), 2)):
        film = framed(quarters, How.CROP, Size(90, 180), tmp_path / "out.mp4", engine, focus=focus)
        colour = pictures(film)[3, 60:120].mean((0, 1))
        assert colour[channel] > 150 and colour[2 - channel] < 80
    middle = pictures(framed(quarters, How.DERIVE, Size(90, 180), tmp_path / "out.mp4", engine))[3, 60:120].mean((0, 1))
    assert np.ptp(middle) < 12


def test_a_pad_shows_everything_on_black_and_the_focus_places_it(
    quarters: Path, tmp_path: Path, engine: Engine
) -> None:
    for down, bright in ((0.0, slice(0, 90)), (0.5, slice(80, 170)), (1.0, slice(160, 250))):
        film = framed(quarters, How.PAD, Size(160, 250), tmp_path / "out.mp4", engine, focus=(0.5, down))
        picture = pictures(film)[3].astype(int)
        inside = np.zeros(250, bool)
        inside[bright] = True
        assert picture[inside].mean() > 80
        assert picture[~inside].max() < 20
        assert picture[bright][40, :30, 0].mean() > 150 and picture[bright][40, -30:, 2].mean() > 150


def test_a_blurred_fill_leaves_no_black(quarters: Path, tmp_path: Path, engine: Engine) -> None:
    picture = pictures(framed(quarters, How.BLUR, Size(160, 250), tmp_path / "out.mp4", engine))[3].astype(int)
    assert picture.max(2).min() > 40
    assert picture[80:170][40, :30, 0].mean() > 150


def test_a_tracked_crop_shows_the_subject_where_the_centre_crop_shows_none(
    sample_clips: dict[str, Path], tmp_path: Path, engine: Engine
) -> None:
    def coral(how: How) -> float:
        """How much of the picture has the can's colour, on the frame that has least of it."""
        film = framed(sample_clips["hero"], how, TALL, tmp_path / f"{how}.mp4", engine, frames=48)
        shown = pictures(film).astype(int)
        red, green, blue = shown[..., 0], shown[..., 1], shown[..., 2]
        found = (red > 190) & (green < 130) & (blue < 120) & (red - green > 90)
        return float(found.mean((1, 2)).min())

    assert coral(How.TRACK) > 5 * coral(How.CROP)
    assert coral(How.GENERATE) == coral(How.TRACK)


def test_a_moving_path_is_followed_to_the_pixel(engine: Engine, tmp_path: Path) -> None:
    """Frames are numbered by bars 16 pixels wide; the window's left edge is read back from where the bars lie."""
    from campaign.media.local.framing import COMMANDS
    from campaign.media.run import run

    source = a_film(tmp_path / "in.mp4", frames=24, first=341, sound=None)  # 341 = 0b0101010101: bars alternate
    centres = tuple(0.3 + 0.01 * n for n in range(24))
    path = CropPath(0.4, False, centres)
    size = Size(64, 90)
    argv = framing_argv(
        engine, Source(source, "mov"), SMALL, Framing(How.TRACK, MIDDLE), path,
        size=size, rate=RATE, frames=24, into=tmp_path / "out.mp4",
    )  # fmt: skip
    (tmp_path / COMMANDS).write_text(commands_of(path, SMALL, size, RATE))
    asyncio.run(run(argv, deadline_s=60, cwd=tmp_path))
    with av.open(str(source)) as one, av.open(str(tmp_path / "out.mp4")) as other:
        for centre, whole, window in zip(centres, one.decode(video=0), other.decode(video=0), strict=True):
            left = round(centre * 160 - 32)
            wanted = whole.to_ndarray(format="gray")[:, left : left + 64].astype(int)
            assert np.abs(wanted - window.to_ndarray(format="gray")).mean() < 4


def test_a_ratio_equal_to_the_sources_is_only_scaled(engine: Engine, tmp_path: Path) -> None:
    source = a_film(tmp_path / "in.mp4", frames=6, sound=None)
    for how in How:
        film = framed(source, how, Size(320, 180), tmp_path / "o.mp4", engine, frames=6)
        assert numbers(film) == list(range(6))


def test_a_clip_with_fewer_frames_than_asked_is_refused(engine: Engine, tmp_path: Path) -> None:
    source = a_film(tmp_path / "in.mp4", frames=5, sound=None)
    for how in (How.CROP, How.TRACK):
        with pytest.raises(MediaError, match="5 frames"):
            framed(source, how, TALL, tmp_path / "o.mp4", engine, frames=6)


def test_a_file_name_is_never_read_as_a_filter(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "a;b[c],d'e=f %s"
    folder.mkdir()
    source = a_film(folder / "-i in:put.mp4", frames=6, sound=None)
    film = framed(source, How.TRACK, TALL, folder / "out %d.mp4", engine, frames=6)
    assert probe(film).size == TALL


@pytest.mark.parametrize("how", How)
def test_the_command_of_a_framing_is_the_reviewed_one(how: How, golden: Callable[[str, str], None]) -> None:
    path = CropPath(0.316, False, tuple(0.3 + 0.002 * n for n in range(8)))
    argv = framing_argv(
        Engine(Path("/ffmpeg"), "9"), Source(Path("/in.mp4"), "mov"), SEEN, Framing(how, (0.3, 0.5)), path,
        size=Size(360, 640), rate=Fraction(24000, 1001), frames=44, into=Path("/out.mp4"),
    )  # fmt: skip
    golden(f"argv/framing-{how}.txt", "\n".join(argv).replace(";", ";\n") + "\n")
    golden("argv/framing-path.txt", commands_of(path, SEEN, Size(360, 640), Fraction(24000, 1001)))
