"""Begins and gathers a run: prompt pages before, then names, manifest and gallery from what lies there."""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign.delivery.evidence import FRAMES, export_evidence
from campaign.delivery.extras import Original, deep_keys, originals_of, shown
from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import asked_for, build_manifest, delivered_files, read_manifest, write_manifest
from campaign.delivery.pieces import CUTS
from campaign.delivery.placing import passed, place
from campaign.delivery.prompt_pages import prompt_texts, write_prompt_pages
from campaign.delivery.timelines import write_timelines
from campaign.errors import StoreError
from campaign.media.film.cutting import cut_segment
from campaign.model.edit import Segment, Shot
from campaign.model.orders import RunOrder
from campaign.model.outcomes import Status
from campaign.model.ratios import frame_size
from campaign.model.standing import Standing
from campaign.preparing.history import remember_run
from campaign.preparing.prepare import Prepared

PREVIEW = "360p"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What gathering left: where everything stands now, the manifest, the gallery, and names that were taken back."""

    standing: Standing
    manifest: Path
    gallery: Path
    withdrawn: tuple[str, ...]


def begin(prepared: Prepared, order: RunOrder, standing: Standing) -> str:
    """Write the prompt pages with their diff to the last run, then remember this run. Returns the run's id."""
    plan, previous = prepared.plan, prepared.previous
    write_prompt_pages(plan, previous.prompts if previous else {})
    unmade = standing.changed - {film.film.id for film in standing.films if film.status is Status.DELIVERED}
    return remember_run(prepared.ledger, order, plan, prompt_texts(plan), unmade)


def gather(prepared: Prepared, selected: frozenset[str]) -> Gathered:
    """Place, count and show the films of `prepared`. `selected` are the ids of the films the run was asked for; when
    empty, those of the run before, as its manifest tells.

    Safe to repeat at any time; call it from a thread of its own where an event loop runs. Raises StoreError for names
    that could not be served, after everything else was placed, counted and shown.
    """
    with _in_turn(prepared.home):
        return _gather(prepared, selected)


@contextmanager
def _in_turn(home: Path) -> Iterator[None]:
    """One run after the other: who had looked before another placed its films would take them back."""
    with (home / "gathering.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _gather(prepared: Prepared, selected: frozenset[str]) -> Gathered:
    plan, out = prepared.plan, prepared.plan.out
    former = read_manifest(out)
    finished, originals = prepared.standing().finished, _originals(prepared)
    whole = {
        each.file: each.sha256 if each.usable and passed(film, finished) else None
        for film in plan.films
        for each in originals.get(film.id, ())
    }
    placed = place(plan, finished, prepared.store, delivered_files(former), whole)
    standing = prepared.standing()
    manifest = build_manifest(
        plan,
        standing,
        selected or asked_for(former),
        rehearsal=bool(prepared.rehearsal),
        extras={film: shown(kept) for film, kept in originals.items()},
    )
    write_timelines(manifest, plan, standing)
    asyncio.run(_evidence(prepared, standing))
    gallery = write_gallery(plan, standing, manifest, prepared.store, _preview(prepared), rehearsal=prepared.rehearsal)
    written = write_manifest(manifest, out)
    if placed.troubles:
        raise StoreError("\n".join(placed.troubles))
    return Gathered(standing, written, gallery, placed.superseded)


def _originals(prepared: Prepared) -> dict[str, tuple[Original, ...]]:
    """Results kept whole, by film; most campaigns have none."""
    plan, keys = prepared.plan, deep_keys(prepared.plan)
    records = prepared.ledger.records(keys) if keys else {}
    return {film.id: originals_of(film, plan, records, prepared.store) for film in plan.films} if records else {}


async def _evidence(prepared: Prepared, standing: Standing) -> None:
    """Pictures of the frames that findings are about."""
    folder = prepared.plan.out / "report" / FRAMES
    done = tuple(standing.finished.values())
    await export_evidence(done, prepared.plan.master, prepared.store, folder, prepared.engine)


def _preview(prepared: Prepared) -> Path:
    """The master as a small film that a browser plays."""
    master = prepared.plan.master
    whole = Shot(id="master", start_frame=0, end_frame=master.frames)
    size = frame_size(master.size.shape, PREVIEW)
    return asyncio.run(
        cut_segment(master, Segment(whole, 0, master.frames), size, prepared.home / CUTS, prepared.engine)
    )
