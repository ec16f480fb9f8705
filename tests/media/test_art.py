"""Art in a shot's place: stills held, films looked at, and what is no picture refused by name."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from builders import a_finished, an_edit, an_output
from footage import a_film, numbers
from PIL import Image
from plans import a_brief, a_campaign, a_plan

from campaign.delivery.pieces import clips_of
from campaign.errors import MediaError
from campaign.media.detection.detected import Detected, Span, with_stills
from campaign.media.engine import Engine
from campaign.media.master.art import ArtFacts, look_at_art, still_clip
from campaign.media.probe import probe
from campaign.media.quality.checks import judge_picture
from campaign.media.quality.comparing import Comparison
from campaign.media.quality.views import Stretch
from campaign.model.edit import Art, MasterEdit, Shot, Treatment
from campaign.model.ratios import AspectRatio, Size

NTSC = Fraction(24000, 1001)
TALL = AspectRatio("9:16")


def a_card(path: Path, size: tuple[int, int] = (90, 160), colour: tuple[int, ...] = (200, 40, 60)) -> Path:
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(path)
    return path


def test_a_still_is_held_for_its_frames_in_its_own_colours(engine: Engine, tmp_path: Path) -> None:
    art = Art(TALL, a_card(tmp_path / "card.png"), "a" * 64)
    clip = asyncio.run(still_clip(art, 7, NTSC, tmp_path / "cuts", engine))
    facts = probe(clip)
    assert (facts.size, facts.rate, len(numbers(clip))) == (Size(90, 160), NTSC, 7)
    assert facts.colour[1] == "bt709"
    assert [path.suffix for path in (tmp_path / "cuts").iterdir() if path.suffix != ".lock"] == [".mp4"]
    assert np.abs(first_picture(clip) - (200, 40, 60)).max() < 4


def first_picture(clip: Path) -> np.ndarray:
    import av

    with av.open(str(clip)) as container:
        frame = next(container.decode(video=0))
        return frame.reformat(format="rgb24", src_colorspace=1).to_ndarray().reshape(-1, 3).mean(axis=0)


def test_what_is_clear_in_a_still_is_black(engine: Engine, tmp_path: Path) -> None:
    art = Art(TALL, a_card(tmp_path / "card.png", colour=(255, 255, 255, 0)), "b" * 64)
    assert first_picture(asyncio.run(still_clip(art, 1, NTSC, tmp_path / "cuts", engine))).max() < 4


def test_a_film_tells_its_frames_at_the_masters_rate(tmp_path: Path) -> None:
    film = a_film(tmp_path / "card.mov", frames=24, sound=None)
    assert look_at_art(film, Fraction(48)) == ArtFacts(Size(160, 90), 48)
    assert look_at_art(a_card(tmp_path / "card.jpg"), NTSC) == ArtFacts(Size(90, 160), None)


@pytest.mark.parametrize("what", ["bomb", "animated", "broken", "gif", "playlist"])
def test_what_is_no_picture_is_refused_by_name(what: str, tmp_path: Path) -> None:
    path = tmp_path / "card.png"
    match what:
        case "bomb":
            Image.new("1", (40_000, 40_000)).save(path)
        case "animated":
            frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
            frames[0].save(path, save_all=True, append_images=frames[1:])
        case "broken":
            Image.effect_noise((64, 64), 50).save(path)
            path.write_bytes(path.read_bytes()[:600])
        case "gif":
            Image.new("RGB", (8, 8)).save(path, "GIF")
        case "playlist":
            path.write_text("#EXTM3U\nother.ts\n")
    with pytest.raises(MediaError, match=r"card\.png"):
        look_at_art(path, NTSC)


def a_master_with_art(path: Path, *art: Art) -> MasterEdit:
    hero = Shot(id="hero", start_frame=0, end_frame=96)
    card = Shot(id="card", start_frame=96, end_frame=192, treatment=Treatment(modify=False, art=art))
    return replace(an_edit(path=path), shots=(hero, card))


class NoJobs:
    def records(self, keys: list[str]) -> dict[str, object]:
        return dict.fromkeys(keys)


def test_a_film_in_the_arts_ratio_has_the_art_and_others_have_the_master(engine: Engine, tmp_path: Path) -> None:
    art = Art(TALL, a_card(tmp_path / "card.png"), "c" * 64)
    brief = a_brief(campaign=a_campaign(ratios=(TALL, AspectRatio("1:1"))))
    tall, square = a_plan(brief, a_master_with_art(tmp_path / "master.mov", art)).films
    assert [film.pieces[1].art for film in (tall, square)] == [art, None]
    plain = a_plan(brief, a_master_with_art(tmp_path / "master.mov"))
    repainted = a_plan(brief, a_master_with_art(tmp_path / "master.mov", Art(TALL, art.path, "d" * 64)))
    keys = [each.films[0].outputs[0].key for each in (plain, repainted)]
    assert len({*keys, tall.outputs[0].key}) == 3
    assert plain.films[0].jobs == tall.jobs
    assert plain.films[1].outputs[0].key == square.outputs[0].key
    alone = replace(tall, pieces=tall.pieces[1:])
    master = a_master_with_art(tmp_path / "master.mov", art)
    made = clips_of(alone, [an_output(size=Size(90, 160))], master, NoJobs(), None, tmp_path, engine)  # type: ignore[arg-type]
    (clip,) = asyncio.run(made)
    assert clip.frames == len(numbers(clip.path)) == 96
    assert "card.png" in clip.name


def test_a_freeze_of_the_art_is_no_fault_and_one_of_what_was_bought_is() -> None:
    before = Stretch(shot="hero", start_frame=0, end_frame=48, own=False, view=None)
    card = Stretch(shot="card", start_frame=48, end_frame=72, own=True, view=None)
    drawn = Comparison((before, card)).drawn
    assert drawn == (Span(48, 72),)
    quiet = Detected(
        frames=72, cuts=(), black=(), freeze=(), silence=(), loudness_lufs=None, true_peak_dbfs=None, errors=()
    )
    own = with_stills(replace(quiet, freeze=(Span(40, 48),)), drawn)
    assert own.freeze == (Span(40, 72),)
    facts = replace(a_finished().facts, frames=72, rate=Fraction(24))
    held = judge_picture(replace(quiet, freeze=(Span(48, 72),), black=(Span(48, 72),)), own, facts)
    assert {found.severity for found in held} == {"info"}
    stuck = judge_picture(replace(quiet, freeze=(Span(0, 30),)), own, facts)
    assert [found.severity for found in stuck] == ["error"]
