"""Finishing: the pieces of a film collected, made into one file, judged, stored and recorded."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from campaign.errors import StoreError
from campaign.ledger.ledger import Ledger
from campaign.media.cutting import cut_segment
from campaign.media.engine import Engine
from campaign.media.finishing import Clip, finish_film
from campaign.media.fitting import covering, within
from campaign.media.once import alone
from campaign.media.qc import inspect
from campaign.model.edit import MasterEdit
from campaign.model.finished import Finished
from campaign.model.plan import Film, Output, Piece, Plan
from campaign.model.qc import Finding, QCReport
from campaign.model.ratios import RESOLUTIONS, Size, frame_size
from campaign.store.files import Store

CUTS = "cuts"
MASTERS = "masters"
LOCKS = "locks"


async def finish(
    film: Film, plan: Plan, *, ledger: Ledger, store: Store, home: Path, engine: Engine
) -> tuple[Finished, ...]:
    """Make, judge and record every output of a film; one Finished an output, in order.

    What is recorded and still in the store is not made again, whoever made it: outputs with one key are one file. QC
    errors are recorded like anything else. Raises StoreError when a job's result is missing, MediaError when ffmpeg
    refuses; nothing is recorded then.
    """
    made: dict[str, Finished] = {}
    for output in film.outputs:
        if output.key not in made:
            made[output.key] = await _finished(film, output, plan, ledger, store, home, engine)
    return tuple(made[output.key] for output in film.outputs)


async def _finished(
    film: Film, output: Output, plan: Plan, ledger: Ledger, store: Store, home: Path, engine: Engine
) -> Finished:
    locks = home / LOCKS
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with alone(locks / f"film-{output.key[:32]}.lock"):
        known = (await asyncio.to_thread(ledger.finished, [output.key])).get(output.key)
        if known is not None and store.exists(known.sha256) and store.exists(known.poster_sha256):
            return known
        clips = await _clips(film, output, plan.master, ledger, store, home, engine)
        done = await _made(clips, film, output, plan, store, home, engine)
        await asyncio.to_thread(ledger.record_finished, done)
        return done


async def _made(
    clips: tuple[Clip, ...], film: Film, output: Output, plan: Plan, store: Store, home: Path, engine: Engine
) -> Finished:
    suffix, cache = f".{output.spec.container}", home / MASTERS
    with _temporary(store, suffix) as into, _temporary(store, ".jpg") as poster:
        told = await finish_film(
            clips, master=plan.master, output=output, into=into, poster=poster, engine=engine, cache=cache
        )
        facts, report = await inspect(into, output=output, master=plan.master, engine=engine, cache=cache)
        kept = await asyncio.to_thread(store.put, into, suffix)
        still = await asyncio.to_thread(store.put, poster, ".jpg")
    return Finished(
        key=output.key,
        campaign=plan.campaign,
        variant=film.variant.key,
        ratio=film.ratio.label,
        placement=output.placement,
        sha256=kept.sha256,
        poster_sha256=still.sha256,
        facts=facts,
        report=QCReport((*report.findings, *(_correction(text) for text in told))),
        made_at=datetime.now(UTC),
    )


async def _clips(
    film: Film, output: Output, master: MasterEdit, ledger: Ledger, store: Store, home: Path, engine: Engine
) -> tuple[Clip, ...]:
    """Every piece as a file: results from the store, the master's own frames cut to a size that serves the output."""
    keys = [piece.key for piece in film.pieces if piece.key is not None]
    records = await asyncio.to_thread(ledger.records, keys)
    clips = []
    for piece in film.pieces:
        if piece.key is None:
            size = passing_size(master, output.size, piece.fit)
            path = await cut_segment(master, piece.segment, size, home / CUTS, engine)
        else:
            record = records.get(piece.key)
            if record is None or record.artifact_sha256 is None:
                state = record.state if record else "unknown"
                raise StoreError(f"{film.id}: job {piece.key[:12]} ({state}) has no result yet. Run again.")
            path = store.local(record.artifact_sha256)
        clips.append(_clip(piece, path))
    return tuple(clips)


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


def _clip(piece: Piece, path: Path) -> Clip:
    bought = piece.key is not None
    return Clip(path=path, frames=piece.segment.frames, fit=piece.fit, focus=piece.focus, ordered=bought)


def _correction(text: str) -> Finding:
    return Finding(check="conform", severity="warning", message=text, measured=text, expected="the frames asked for")


@contextmanager
def _temporary(store: Store, suffix: str) -> Iterator[Path]:
    path = store.temporary(suffix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
