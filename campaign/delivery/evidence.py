"""Frames that findings are about, of film and master, as pictures beside the gallery."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError, StoreError
from campaign.media.engine import Engine
from campaign.media.quality.evidence import export_frames
from campaign.model.edit import MasterEdit
from campaign.model.finished import Finished
from campaign.store.files import Store

FRAMES = "frames"
MOST = 4
"""Frames shown of one film, those of errors first."""
MOST_FILMS = 200
"""Films that get pictures: a campaign in which more go wrong has one cause."""


def frames_of(done: Finished) -> tuple[int, ...]:
    """The frames of a film that are worth a picture."""
    told = [each for each in done.report.findings if each.severity != "info" and each.frame is not None]
    told.sort(key=lambda each: each.severity != "error")
    inside = (each.frame for each in told if each.frame is not None and 0 <= each.frame < done.facts.frames)
    return tuple(dict.fromkeys(inside))[:MOST]


def film_picture(done: Finished, frame: int) -> str:
    """The name of a film's frame in the gallery's folder of frames."""
    return f"{done.sha256[:20]}-f{frame:04d}.jpg"


def master_picture(master: MasterEdit, frame: int) -> str:
    """The name of a master's frame there."""
    return f"master-{master.sha256[:20]}-f{frame:04d}.jpg"


def master_frame(done: Finished, master: MasterEdit, frame: int) -> int:
    """The master's frame that a film shows at `frame`: at twice the rate each is shown twice, at half of it every second
    one, and the last stays for what is held after it."""
    for ratio in (Fraction(2), Fraction(1, 2)):
        if master.rate == ratio * done.facts.rate:
            frame = int(frame * ratio)
    return min(frame, master.frames - 1)


async def export_evidence(
    finished: Collection[Finished], master: MasterEdit, store: Store, folder: Path, engine: Engine
) -> None:
    """Make `folder` hold the pictures that these films' findings need and no others; what is there is not made again.

    A film that cannot be read any more goes without.
    """
    films = {done.key: frames for done in finished if (frames := frames_of(done))}
    shown = [done for done in finished if done.key in films][:MOST_FILMS]
    beside = {master_frame(done, master, frame) for done in shown for frame in films[done.key]}
    names = {film_picture(done, frame) for done in shown for frame in films[done.key]}
    names |= {master_picture(master, frame) for frame in beside}
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for stale in there - names:
        (folder / stale).unlink()
    for done in shown:
        wanted = _missing(there, folder, {frame: film_picture(done, frame) for frame in films[done.key]})
        if wanted and store.exists(done.sha256):
            with suppress(MediaError, StoreError):
                await export_frames(store.local(done.sha256), done.facts.rate, wanted, engine)
    wanted = _missing(there, folder, {frame: master_picture(master, frame) for frame in beside})
    if wanted:
        with suppress(MediaError):
            await export_frames(master.path, master.rate, wanted, engine)


def _missing(there: set[str], folder: Path, names: Mapping[int, str]) -> dict[int, Path]:
    return {frame: folder / name for frame, name in names.items() if name not in there}
