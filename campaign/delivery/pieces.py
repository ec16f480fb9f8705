"""The pieces of a film as clips: results from the store, and the master's own frames."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from campaign.errors import StoreError
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.cutting import cut_segment
from campaign.media.film.encoding import exacting
from campaign.media.fitting import covering, within
from campaign.media.master.art import is_still, still_clip
from campaign.model.edit import Art, MasterEdit
from campaign.model.jobs import Job
from campaign.model.plan import Film, Output, Piece
from campaign.model.ratios import CENTRE, RESOLUTIONS, Size, frame_size
from campaign.store.files import Store

CUTS = "cuts"
NO_JOBS: Mapping[str, Job] = MappingProxyType({})


async def clips_of(
    film: Film,
    outputs: Sequence[Output],
    master: MasterEdit,
    ledger: Ledger,
    store: Store,
    home: Path,
    engine: Engine,
    jobs: Mapping[str, Job] = NO_JOBS,
) -> tuple[Clip, ...]:
    """Every piece as a file that serves all `outputs`: the master's own frames are cut to a size that fills the largest,
    or, where a spec keeps more than such a cut does, read from the master itself. `jobs` are those of its pieces by key.
    Raises StoreError without a result.
    """
    keys = [piece.key for piece in film.pieces if piece.key is not None]
    records = await asyncio.to_thread(ledger.records, keys)
    whole = any(exacting(output.spec) for output in outputs)
    clips = []
    for piece in film.pieces:
        if piece.key is not None:
            record = records.get(piece.key)
            if record is None or record.artifact_sha256 is None:
                state = record.state if record else "unknown"
                raise StoreError(f"{film.id}: job {piece.key[:12]} ({state}) has no result yet. Run again.")
            path = await asyncio.to_thread(store.local, record.artifact_sha256)
            clips.append(_bought(piece, jobs[piece.key], path, film))
        elif piece.art is not None:
            clips.append(await _of_art(piece, piece.art, master, home, engine))
        elif whole:
            clips.append(_own(piece, master.path, piece.segment.start_frame))
        else:
            size = _cut_size(piece, outputs, master)
            clips.append(_own(piece, await cut_segment(master, piece.segment, size, home / CUTS, engine), 0))
    return _joined(clips)


def drawn_from(film: Film, outputs: Sequence[Output], master: MasterEdit) -> tuple[object, ...]:
    """What the clips of these outputs are, but for how they are shaped: films alike in this are windows on the same files."""
    return tuple(
        (piece.segment, piece.key, piece.art, None if piece.key or piece.art else _cut_size(piece, outputs, master))
        for piece in film.pieces
    )


def _cut_size(piece: Piece, outputs: Sequence[Output], master: MasterEdit) -> Size:
    """What fills the largest of the outputs."""
    return max((passing_size(master, output.size, piece.fit) for output in outputs), key=lambda size: size.width)


def passing_size(master: MasterEdit, size: Size, fit: str) -> Size:
    """The size to cut passed-through frames at: the lowest tier that fills `size` by `fit`, never above the master's.

    Tiers, not the exact size, so that all ratios of a campaign share one cut.
    """
    needed = covering(master.size, size) if fit == "crop" else within(master.size, size)
    whole = Size(master.size.width // 2 * 2, master.size.height // 2 * 2)
    for tier in RESOLUTIONS:
        candidate = frame_size(master.size.shape, tier)
        if candidate.width > whole.width:
            break
        if candidate.width >= needed.width and candidate.height >= needed.height:
            return candidate
    return whole


def _bought(piece: Piece, job: Job, path: Path, film: Film) -> Clip:
    """A result; one that was made for another ratio is shown through a window, and was ordered in its own size."""
    return Clip(
        path=path,
        frames=piece.segment.frames,
        fit=piece.fit,
        focus=piece.focus,
        ordered=True,
        asked=job.size if film.how is not None and job.ratio != film.ratio else None,
        hdr=job.deep,
        name=f"{piece.segment.name}, job {job.short}",
    )


async def _of_art(piece: Piece, art: Art, master: MasterEdit, home: Path, engine: Engine) -> Clip:
    frames = piece.segment.frames
    still = await asyncio.to_thread(is_still, art.path)
    path = await still_clip(art, frames, master.rate, home / CUTS, engine) if still else art.path
    name = f"{piece.segment.name}, {art.path.name}"
    return Clip(path=path, frames=frames, fit=piece.fit, focus=piece.focus, name=name)


def _own(piece: Piece, path: Path, first: int) -> Clip:
    frames, name = piece.segment.frames, f"{piece.segment.name}, the master's own"
    focus = piece.focus if piece.fit == "crop" else CENTRE  # what passes through lies in the middle of its bars
    return Clip(path=path, frames=frames, fit=piece.fit, focus=focus, first=first, name=name)


def _joined(clips: Sequence[Clip]) -> tuple[Clip, ...]:
    """Stretches of one file that follow each other are one clip: the master is then decoded once, not once a piece."""
    found: list[Clip] = []
    for clip in clips:
        last = found[-1] if found else None
        if last is not None and _follows(last, clip):
            found[-1] = replace(last, frames=last.frames + clip.frames)
        else:
            found.append(clip)
    return tuple(found)


def _follows(last: Clip, clip: Clip) -> bool:
    alike = (last.path, last.fit, last.focus) == (clip.path, clip.fit, clip.focus)
    return alike and not clip.ordered and last.first + last.frames == clip.first
