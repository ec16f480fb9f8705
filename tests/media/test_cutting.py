"""Segments cut out of the master: the right frames, once."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from footage import SMALL, a_film, numbers

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.cutting import cut_segment
from campaign.media.master.master import read_master
from campaign.media.probe import probe
from campaign.model.edit import MasterEdit, Segment, Shot
from campaign.model.ratios import Size

CUTS = (0, 17, 19, 48)
SHOTS = tuple(Shot(id=f"s{n}", start_frame=a, end_frame=b) for n, (a, b) in enumerate(pairwise(CUTS)))


def whole(shot: Shot) -> Segment:
    return Segment(shot, shot.start_frame, shot.end_frame)


def edit_of(path: Path, engine: Engine, tmp_path: Path) -> MasterEdit:
    return asyncio.run(read_master(path, SHOTS, engine, tmp_path / "cache"))


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60"])
def test_cuts_hold_just_their_frames_and_join_to_the_whole(rate: str, engine: Engine, tmp_path: Path) -> None:
    edit = edit_of(a_film(tmp_path / "master.mov", frames=48, rate=Fraction(rate)), engine, tmp_path)

    async def all_cuts() -> list[Path]:
        return [await cut_segment(edit, whole(shot), SMALL, tmp_path / "cuts", engine) for shot in edit.shots]

    cuts = asyncio.run(all_cuts())
    assert [numbers(cut) for cut in cuts] == [list(range(17)), list(range(17, 19)), list(range(19, 48))]
    assert {probe(cut).rate for cut in cuts} == {Fraction(rate)}


def test_a_cut_is_scaled_tagged_and_silent(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    edit = edit_of(master_file, engine, tmp_path)
    cut = asyncio.run(cut_segment(edit, whole(edit.shots[0]), Size(320, 180), tmp_path / "cuts", engine))
    facts = probe(cut)
    assert (facts.size, facts.colour, facts.audio) == (Size(320, 180), ("tv", "bt709", "bt709", "bt709"), None)
    assert facts.pixel_format == "yuv420p"


def test_many_who_ask_at_once_get_one_cut_made_once(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    edit, folder = edit_of(master_file, engine, tmp_path), tmp_path / "cuts"

    async def crowd() -> set[tuple[Path, int]]:
        async def ask() -> tuple[Path, int]:
            path = await cut_segment(edit, whole(edit.shots[2]), SMALL, folder, engine)
            return path, path.stat().st_ino

        return set(await asyncio.gather(*(ask() for _ in range(8))))

    ((path, _),) = asyncio.run(crowd())
    assert [file for file in folder.iterdir() if not file.name.startswith(".")] == [path]
    assert not list(folder.glob("*.part*")) and not list(folder.glob(".*.part*"))


def test_a_cancelled_cut_leaves_nothing_and_the_next_one_is_whole(
    master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    edit, folder = edit_of(master_file, engine, tmp_path), tmp_path / "cuts"

    async def scene() -> Path:
        task = asyncio.create_task(cut_segment(edit, whole(edit.shots[2]), Size(3840, 2160), folder, engine))
        while not (any(folder.glob("*.part*")) or task.done()):
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not [file for file in folder.iterdir() if ".part" in file.name or file.suffix == ".mp4"]
        return await cut_segment(edit, whole(edit.shots[2]), SMALL, folder, engine)

    assert len(numbers(asyncio.run(scene()))) == 29


def test_a_cut_that_comes_out_short_is_not_kept(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    edit = replace(edit_of(master_file, engine, tmp_path), frames=60)
    beyond = Segment(Shot(id="end", start_frame=40, end_frame=60), 40, 60)
    with pytest.raises(MediaError, match="gave 8 frames, not 20"):
        asyncio.run(cut_segment(edit, beyond, SMALL, tmp_path / "cuts", engine))
    assert not list((tmp_path / "cuts").glob("*.mp4"))
