"""Films are real: the source's frames, rate and length, in the size that was asked for."""

import asyncio
import io
from collections.abc import Coroutine
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fakes.emulation import quick
from fakes.luma_client import LumaClient, fetch
from footage import SMALL, a_film

from campaign.model.ratios import Size
from emulator.blobs import Blobs, tail_for
from emulator.footage import Footage, NotAFilm, sniff
from emulator.geometry import canvas
from emulator.journal import Journal
from emulator.recipes import Picture
from emulator.works import Film

pytestmark = pytest.mark.ffmpeg
RATES = [Fraction(r) for r in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")]


def colours(content: bytes) -> tuple[int, int, int, "np.ndarray[Any, Any]"]:
    """Frames, width, height and the mean colour of the first frame."""
    with av.open(io.BytesIO(content)) as film:
        frames = list(film.decode(video=0))
    picture = frames[0].to_ndarray(format="rgb24")
    return len(frames), frames[0].width, frames[0].height, picture.mean(axis=(0, 1))


def in_footage(folder: Path, work: Any) -> Any:
    """Run `work(blobs, footage)` in a loop of its own."""

    async def run() -> Any:
        blobs = Blobs(folder, Journal(None))
        return await work(blobs, Footage(blobs, Journal(None)))

    coroutine: Coroutine[Any, Any, Any] = run()
    return asyncio.run(coroutine)


@pytest.mark.parametrize("look", [0, 4 * 3311], ids=["darkest", "lightest"])
def test_no_grade_leaves_video_range(tmp_path: Path, look: int) -> None:
    film = tmp_path / "ramp.mov"
    with av.open(str(film), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"crf": "10"})
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        grey = np.full((135, 160), 128, np.uint8)
        grey[:90] = np.linspace(16, 235, 160)
        for packets in (video.encode(av.VideoFrame.from_ndarray(grey, format="yuv420p")), video.encode(None)):
            container.mux(packets)

    async def work(blobs: Blobs, footage: Footage) -> "np.ndarray[Any, Any]":
        source = blobs.put(film.read_bytes())
        picture = Picture(width=160, height=90, frames=1, rate="24", source_rate="24", look=look)
        made = await footage.make(source.core, picture)
        with av.open(str(blobs.place(made.core))) as shown:
            return next(shown.decode(video=0)).to_ndarray(format="yuv420p")[:90]

    luma = in_footage(tmp_path / "blobs", work)
    assert np.mean((luma < 16) | (luma > 235)) < 0.03


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_frames_and_rate_are_those_of_the_source(tmp_path: Path, rate: Fraction) -> None:
    film = a_film(tmp_path / "clip.mp4", frames=37, rate=rate)

    async def work(blobs: Blobs, footage: Footage) -> None:
        source = blobs.put(film.read_bytes())
        assert await footage.measure(source.core) == Film(37, rate, 160, 90, True)
        picture = Picture(
            width=360, height=640, frames=37, rate=str(rate), source_rate=str(rate), reframe=True, quick=True
        )
        made = await footage.make(source.core, picture)
        assert await footage.measure(made.core) == Film(37, rate, 360, 640, False)

    in_footage(tmp_path / "blobs", work)


@pytest.mark.parametrize("ending", ["mov", "mkv"])
def test_other_containers_are_measured_too(tmp_path: Path, ending: str) -> None:
    film = a_film(tmp_path / f"clip.{ending}", frames=48, rate=Fraction(30000, 1001), sound=None)

    async def work(blobs: Blobs, footage: Footage) -> None:
        measured = await footage.measure(blobs.put(film.read_bytes()).core)
        assert (measured.frames, measured.rate) == (48, Fraction(30000, 1001))

    in_footage(tmp_path / "blobs", work)


@pytest.mark.parametrize(
    "content",
    [b"", b"#EXTM3U\nsecret.ts\n", b"ffconcat version 1.0\nfile secret.mp4\n", b"\0\0\0\x18ftypmp42" + bytes(200)],
)
def test_what_is_no_film_is_refused(tmp_path: Path, content: bytes) -> None:
    async def work(blobs: Blobs, footage: Footage) -> None:
        with pytest.raises(NotAFilm):
            await footage.measure(blobs.put(content).core)

    in_footage(tmp_path / "blobs", work)


def test_the_demuxer_is_named_by_the_first_bytes(clip: Path, tmp_path: Path) -> None:
    assert sniff(clip) == "mov"
    (tmp_path / "list.mp4").write_text("#EXTM3U\n")
    with pytest.raises(NotAFilm):
        sniff(tmp_path / "list.mp4")


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("720p", (16, 9), (1280, 720)),
        ("720p", (9, 16), (720, 1280)),
        ("720p", (1, 1), (960, 960)),
        ("1080p", (16, 9), (1920, 1080)),
        ("360p", (16, 9), (640, 360)),
        ("540p", (9, 16), (540, 960)),
    ],
)
def test_canvases_that_were_seen(resolution: str, ratio: tuple[int, int], size: tuple[int, int]) -> None:
    assert canvas(resolution, *ratio) == size


@pytest.mark.parametrize("ratio", ["9:16", "3:4", "1:1", "4:3", "16:9", "21:9"])
def test_a_reframe_has_the_geometry_that_was_asked_for(luma: LumaClient, source: dict[str, Any], ratio: str) -> None:
    done = luma.finished(luma.reframe(source, ratio).json()["id"])
    frames, width, height, _ = colours(fetch(done))
    wide, high = map(int, ratio.split(":"))
    assert frames == 24
    assert abs(width / height - wide / high) < 0.02
    assert abs(width * height - 640 * 360) < 640 * 360 * 0.02


def test_a_position_puts_the_source_where_it_says(clip: Path) -> None:
    """The source fills the upper left quarter; the rest is its blurred, wider self."""
    corner = {"x_norm": 0.0, "y_norm": 0.0, "w_norm": 0.5, "h_norm": 0.5}
    with quick(fast=False) as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        video = {"resolution": "360p", "source_position": corner}
        content = fetch(luma.finished(luma.reframe(source, "16:9", video=video).json()["id"]))
    with av.open(io.BytesIO(content)) as film, av.open(str(clip)) as original:
        shown = list(film.decode(video=0))[21].to_ndarray(format="gray")
        small = list(original.decode(video=0))[21].reformat(width=320, height=180).to_ndarray(format="gray")
    assert np.abs(shown[:180, :320].astype(int) - small).mean() < 8
    assert np.abs(shown[180:, 320:].astype(int) - small).mean() > 8


def test_a_modify_is_a_visible_regrade_by_its_prompt(clip: Path) -> None:
    with quick(fast=False) as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        films = [fetch(luma.bought(source, prompt=prompt)) for prompt in ("snow", "snow", "desert dusk")]
    (frames, _, _, first), (_, _, _, again), (_, _, _, other) = map(colours, films)
    _, _, _, plain = colours(clip.read_bytes())
    assert frames == 24
    assert np.abs(first - again).max() < 1
    assert max(np.abs(first - other).max(), np.abs(first - plain).max()) > 4


def test_hdr_is_marked_as_ten_bit_pq(luma: LumaClient, source: dict[str, Any]) -> None:
    done = luma.bought(source, video={"resolution": "720p", "hdr": True})
    with av.open(io.BytesIO(fetch(done))) as film:
        stream = film.streams.video[0].codec_context
        frame = next(film.decode(video=0))
        assert stream.pix_fmt == "yuv420p10le"
        assert (frame.color_trc, frame.color_primaries) == (16, 9)  # smpte2084, bt2020
        assert frame.format.name == "yuv420p10le"


@pytest.mark.parametrize(
    ("faults", "frames", "rate"),
    [
        ({"p_frames": 1, "frames_off": -1}, 24, Fraction(25)),
        ({"p_frames": 1, "frames_off": 1}, 26, Fraction(25)),
        ({"grid24": 1}, 24, Fraction(24)),
        ({"p_frozen": 1}, 25, Fraction(25)),
    ],
)
def test_films_that_are_wrong_on_purpose(tmp_path: Path, faults: dict[str, float], frames: int, rate: Fraction) -> None:
    film = a_film(tmp_path / "clip.mp4", frames=25, rate=Fraction(25))
    with quick(faults=faults) as emulator, LumaClient(emulator) as luma:
        done = luma.bought({"file_id": luma.upload(film)})
        content = fetch(done)
    with av.open(io.BytesIO(content)) as made:
        assert (sum(1 for _ in made.decode(video=0)), made.streams.video[0].average_rate) == (frames, rate)


def test_more_films_that_are_wrong(luma: LumaClient, source: dict[str, Any], emulator: Any) -> None:
    emulator.faults.set({"audio": 1, "p_black": 1})
    with av.open(io.BytesIO(fetch(luma.bought(source)))) as film:
        assert len(film.streams.audio) == 1
        assert film.streams.video[0].frames == 24
        assert next(film.decode(video=0)).to_ndarray(format="gray").mean() < 20
    emulator.faults.set({"audio": 0, "p_black": 0, "p_size": 1})
    _, width, height, _ = colours(fetch(luma.bought(source)))
    assert (width, height) == (644, 356)
    emulator.faults.set({"p_size": 0, "p_wrong_ratio": 1})
    _, width, height, _ = colours(fetch(luma.finished(luma.reframe(source).json()["id"])))
    assert width > height


def test_films_that_players_stumble_over(luma: LumaClient, source: dict[str, Any], emulator: Any) -> None:
    emulator.faults.set({"p_late_start": 1, "p_sar": 1, "p_444": 1})
    with av.open(io.BytesIO(fetch(luma.bought(source)))) as film:
        stream = film.streams.video[0]
        frames = list(film.decode(video=0))
        assert len(frames) == 24
        assert frames[0].time == pytest.approx(0.5, abs=0.01)
        assert (stream.codec_context.sample_aspect_ratio, stream.codec_context.pix_fmt) == (Fraction(4, 3), "yuv444p")


def test_an_output_of_an_unknown_kind_comes_first(luma: LumaClient, source: dict[str, Any], emulator: Any) -> None:
    emulator.faults.set({"more_outputs": 1})
    assert [output["type"] for output in luma.bought(source)["output"]] == ["thumbnail", "video"]


def test_a_fast_film_is_made_once(emulator: Any, luma: LumaClient, source: dict[str, Any]) -> None:
    for n in range(5):
        luma.bought(source, prompt=f"prompt {n}")
    assert len(list((emulator.world.folder / "media").iterdir())) == 2  # the clip and one film


def test_a_film_that_comes_back_is_recognised(tmp_path: Path, clip: Path) -> None:
    blobs = Blobs(tmp_path / "blobs", Journal(None))
    content = clip.read_bytes()
    plain, marked = blobs.put(content), blobs.put(content + tail_for("luma/1"))
    assert plain.core == marked.core
    assert plain.sha256 != marked.sha256
    assert blobs.of(marked.sha256).read() == content + tail_for("luma/1")
    assert blobs.put(content + tail_for("luma/1") + b"x").core != plain.core


def test_sizes_of_odd_sources_are_even(tmp_path: Path) -> None:
    width, height = canvas("720p", SMALL.width, SMALL.height)
    assert (width % 4, height % 4) == (0, 0)
    film = a_film(tmp_path / "odd.mp4", size=Size(202, 98), sound=None)
    with quick() as emulator, LumaClient(emulator) as luma:
        frames, wide, high, _ = colours(fetch(luma.bought({"file_id": luma.upload(film)})))
    assert frames == 24
    assert abs(wide / high - 202 / 98) < 0.02
