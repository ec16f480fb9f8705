"""What Fanout itself does, piece by piece: each prepares what a campaign does once, and answers the work to be measured."""

from collections.abc import Awaitable, Callable, Mapping
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.intake.catalogue import read_catalogue
from campaign.media.detection.detecting import Wanted
from campaign.media.detection.detectors import detect, detect_master
from campaign.media.engine import find_engine
from campaign.media.film.clips import Clip
from campaign.media.film.cutting import cut_segment
from campaign.media.film.finishing import Target, finish_film, finish_films
from campaign.media.film.loudness import own_detected
from campaign.media.film.writing import TOGETHER
from campaign.media.local.framing import render_framing
from campaign.media.master.master import read_master
from campaign.media.probe import probe
from campaign.media.quality.comparing import Comparison
from campaign.media.quality.qc import inspect
from campaign.media.quality.views import Stretch, View
from campaign.media.samples import master_samples, small
from campaign.media.sound import master_mono
from campaign.model.edit import MasterEdit, Segment, Shot
from campaign.model.jobs import Framing, How
from campaign.model.plan import Output
from campaign.model.ratios import CENTRE, GENERATED, Size, frame_size

Work = Callable[[], Awaitable[object]]


def an_output(spec: str, size: Size) -> Output:
    """An output that nobody planned."""
    chosen = read_catalogue().specs[spec]
    return Output(key="", placement=None, spec=chosen, size=size, upscaled_from=None, name="", file="")


async def six_ratios(path: str, tier: str, spec: str) -> Work:
    """A cut of the master in place of the one modify, and a finished film a ratio, which shows its window of that: as a
    campaign has it whose ratios are cropped, where who finishes first takes along those that show the same frames, as
    many as one process writes (delivery.company). Known before, as its plan knows it: the master, the outputs."""
    master, folder, engine = await _known(path), Path("made"), find_engine()
    outputs = {ratio.slug: an_output(spec, frame_size(ratio.value, tier)) for ratio in GENERATED}

    def target(slug: str, whole: Path) -> Target:
        clip = Clip(path=whole, frames=master.frames, fit="crop", focus=CENTRE)
        return Target((clip,), outputs[slug], folder / f"{slug}.mp4", folder / f"{slug}.jpg")

    async def work() -> None:
        shot = Shot(id="whole", start_frame=0, end_frame=master.frames)
        size = frame_size(master.size.shape, tier)
        for old in folder.glob("cuts/*"):
            old.unlink()
        whole = await cut_segment(master, Segment(shot, 0, master.frames), size, folder / "cuts", engine)
        for first in range(0, len(GENERATED), TOGETHER):
            company = [target(ratio.slug, whole) for ratio in GENERATED[first : first + TOGETHER]]
            for answer in await finish_films(company, master=master, engine=engine, cache=folder / "cache"):
                assert not isinstance(answer, MediaError), answer

    return work


async def finished(path: str, *clips: str) -> Work:
    """A film of several clips, finished under the master's sound. Known before: the master, its track as encoded."""
    master, engine = await _known(path), find_engine()
    parts = [Clip(path=Path(clip), frames=master.frames // len(clips), fit="crop", focus=CENTRE) for clip in clips]

    async def work() -> object:
        return await finish_film(
            parts,
            master=master,
            output=an_output("web.h264", probe(parts[0].path).size),
            into=Path("finished.mp4"),
            poster=Path("finished.jpg"),
            engine=engine,
            cache=Path("made/cache"),
        )

    return work


async def detectors(film: str) -> Work:
    """The detectors alone, and the frames that comparisons look at."""
    facts, engine = probe(Path(film)), find_engine()

    async def work() -> object:
        wanted = Wanted(frames=tuple(range(0, 190, 8)), size=small(facts.size), into=Path("samples.yuv"))
        return await detect(facts.source, facts.rate, sound=True, engine=engine, wanted=wanted)

    return work


async def quality(path: str, film: str) -> Work:
    """All of quality control, of a film that must look as its master does. Known before: what the master looks like."""
    master, engine, cache = await _known(path), find_engine(), Path("made/cache")
    span = (0, master.frames)
    stretch = Stretch(
        shot="whole", start_frame=span[0], end_frame=span[1], own=True, view=View("stretch"), subject=None
    )
    comparison = Comparison((stretch,))
    await master_samples(master, comparison.frames(master.frames), engine, cache)
    master_mono(master.path, master.sha256)
    output = an_output("web.h264", probe(Path(film)).size)

    async def work() -> None:
        _, report = await inspect(
            Path(film), output=output, master=master, engine=engine, cache=cache, comparison=comparison
        )
        assert report.passed, report

    return work


async def scenes(path: str) -> Work:
    """All that is detected in a master, cuts told from flashes."""
    master, engine = await _known(path), find_engine()
    return lambda: detect_master(master, engine)


async def framed(path: str, clip: str, how: str, frames: str) -> Work:
    """One clip of so many frames reframed to 9:16."""
    master, size = await _known(path), frame_size(Fraction(9, 16), "720p")
    return lambda: _framed(Path(clip), How(how), size, master, Path("framed.mp4"), frames=int(frames))


async def _known(path: str) -> MasterEdit:
    engine, cache = find_engine(), Path("made/cache")
    cache.mkdir(parents=True, exist_ok=True)
    master = await read_master(Path(path), (), engine, cache)
    await own_detected(master, engine, cache)
    return master


async def _framed(
    clip: Path, how: How, size: Size, master: MasterEdit, into: Path, *, frames: int | None = None
) -> None:
    await render_framing(
        clip,
        Framing(how, CENTRE),
        size=size,
        rate=master.rate,
        frames=frames or master.frames,
        into=into,
        engine=find_engine(),
    )


WORKS: Mapping[str, Callable[..., Awaitable[Work]]] = {
    "six_ratios": six_ratios,
    "finished": finished,
    "detectors": detectors,
    "quality": quality,
    "scenes": scenes,
    "framed": framed,
}
