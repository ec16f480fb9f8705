"""Films that are windows on the same frames, made in one decode: the same bytes, and nobody's failure is another's."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from builders import a_spec, an_output
from desks import OUTPUT, Desk
from footage import a_film

from campaign.delivery.company import lock_of
from campaign.delivery.finishing import finish
from campaign.errors import MediaError
from campaign.media.film import writing
from campaign.media.once import alone
from campaign.model.finished import Finished
from campaign.model.jobs import How
from campaign.model.plan import Film, Plan
from campaign.model.ratios import AspectRatio, Size

SIZES = {"16:9": Size(160, 90), "1:1": Size(90, 90), "9:16": Size(90, 160), "3:4": Size(90, 120)}


class Windows:
    """The desk's film and three crops of it: four ratios of one variant."""

    def __init__(self, desk: Desk, clip: Path, **specs: str) -> None:
        desk.bought(a_film(clip, frames=30, sound=None))
        self.desk = desk
        self.films = [self._film(n, label, specs.get(f"codec_{n}")) for n, label in enumerate(SIZES)]
        self.plan: Plan = replace(desk.plan(self.films[0]), films=tuple(self.films))

    def _film(self, n: int, label: str, codec: str | None) -> Film:
        spec = a_spec(video_codec=codec) if codec else OUTPUT.spec
        output = an_output(size=SIZES[label], key=str(n) * 64, spec=spec, file=f"deliverables/{label}.mp4")
        film = self.desk.film(output)
        pieces = tuple(replace(piece, fit="crop", focus=(0.4, 0.5)) for piece in film.pieces)
        return replace(film, ratio=AspectRatio(label), pieces=pieces, how=How.CROP if n else None)

    async def finish(self, n: int, wanted: Collection[str]) -> tuple[Finished, ...]:
        desk = self.desk
        kit = {"ledger": desk.ledger, "store": desk.store, "home": desk.home, "engine": desk.engine}
        return await finish(self.films[n], self.plan, **kit, wanted=wanted)  # type: ignore[arg-type]

    @property
    def all(self) -> frozenset[str]:
        return frozenset(film.id for film in self.films)

    def made(self) -> dict[str, Finished]:
        known = self.desk.ledger.finished([film.outputs[0].key for film in self.films])
        return {done.ratio: done for done in known.values()}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many films each process of the engine wrote."""
    counts, run = list[int](), writing.run

    async def counted(argv: list[str], **terms: object) -> str:
        counts.append(sum(word.startswith("file:") and word.endswith(".jpg") for word in argv))
        return await run(argv, **terms)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "run", counted)
    return counts


def test_three_windows_come_out_of_one_decode_with_the_bytes_each_has_alone(
    desk: Desk, tmp_path: Path, written: list[int]
) -> None:
    windows = Windows(desk, tmp_path / "result.mp4")
    (first,) = asyncio.run(windows.finish(0, windows.all))
    together = windows.made()
    assert written == [3]
    assert set(together) == {"16:9", "1:1", "9:16"} and together["16:9"] == first
    for n in (1, 2, 3):
        asyncio.run(windows.finish(n, windows.all))
    assert written == [3, 1], "what was made beside another is not made again"
    for done in together.values():
        desk.store.local(done.sha256).unlink()
    for label, beside in together.items():
        (by_itself,) = asyncio.run(windows.finish(list(SIZES).index(label), ()))
        assert (by_itself.sha256, by_itself.poster_sha256) == (beside.sha256, beside.poster_sha256)
        assert by_itself.report == beside.report
    assert written == [3, 1, 1, 1, 1]


def test_films_that_nobody_asked_for_or_that_somebody_makes_are_left(
    desk: Desk, tmp_path: Path, written: list[int]
) -> None:
    windows = Windows(desk, tmp_path / "result.mp4")

    async def beside_another() -> None:
        async with alone(lock_of(windows.films[1].outputs[0].key, desk.home)):
            await windows.finish(0, windows.all - {windows.films[2].id})

    asyncio.run(beside_another())
    assert written == [2]
    assert set(windows.made()) == {"16:9", "3:4"}


def test_all_who_finish_at_once_end_up_with_their_film_made_once(
    desk: Desk, tmp_path: Path, written: list[int]
) -> None:
    windows = Windows(desk, tmp_path / "result.mp4")

    async def crowd() -> list[tuple[Finished, ...]]:
        return await asyncio.gather(*(windows.finish(n, windows.all) for n in range(4)))

    answers = asyncio.run(crowd())
    assert [done.ratio for (done,) in answers] == list(SIZES)
    assert sum(written) == 4


def test_a_film_that_cannot_be_made_takes_none_of_the_others_with_it(desk: Desk, tmp_path: Path) -> None:
    windows = Windows(desk, tmp_path / "result.mp4", codec_1="mpeg9")
    asyncio.run(windows.finish(0, windows.all))
    assert set(windows.made()) == {"16:9", "9:16"}
    with pytest.raises(MediaError, match="mpeg9"):
        asyncio.run(windows.finish(1, windows.all))
    assert not list((tmp_path / "store" / "partial").iterdir())


def test_who_was_taken_along_by_one_that_was_stopped_makes_its_film_itself(desk: Desk, tmp_path: Path) -> None:
    windows = Windows(desk, tmp_path / "result.mp4")

    async def stopped() -> tuple[Finished, ...]:
        taking = asyncio.create_task(windows.finish(0, windows.all))
        while not list((tmp_path / "store").glob("partial/*.mp4")):
            await asyncio.sleep(0.001)
        waiting = asyncio.create_task(windows.finish(1, windows.all))
        await asyncio.sleep(0.1)
        taking.cancel()
        return await waiting

    (done,) = asyncio.run(stopped())
    assert done.ratio == "1:1" and done.report.passed
