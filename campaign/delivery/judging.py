"""A film measured, judged and recorded; one that was measured before is only judged."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaign.delivery.derived import comparison_of
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.media.quality.judging import judge, verdict_mark
from campaign.media.quality.keeping import MEASURES, Kept, keep, kept_as
from campaign.media.quality.measures import Measures, measured_by
from campaign.media.quality.qc import measure
from campaign.model.finished import Finished
from campaign.model.plan import Film, Output, Plan
from campaign.model.qc import Finding
from campaign.planning.identity import film_key
from campaign.store.files import Store

MASTERS = "masters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What finishing works with: the plan, and where results, films and what they share lie."""

    plan: Plan
    ledger: Ledger
    store: Store
    home: Path
    engine: Engine


@dataclass(frozen=True, slots=True)
class Stored:
    """A film in the store: its sha256, its poster's, and what was told of its making."""

    sha256: str
    poster_sha256: str
    told: tuple[Finding, ...]


def stored_for(film: Film, output: Output, known: Finished | None, means: Means) -> Stored | None:
    """The film that lies in the store for an output, whether it is recorded for it or was made to the same end; None
    when it has to be made."""
    kept = known or _kept(film, output, means)
    if kept is None or not means.store.exists(kept.sha256) or not means.store.exists(kept.poster_sha256):
        return None
    return Stored(kept.sha256, kept.poster_sha256, kept.told)


async def judged(film: Film, output: Output, stored: Stored, means: Means) -> Finished:
    """Judge a film in the store as `output` and record it: by what was measured of it before, as far as that still holds.

    Raises MediaError when it cannot be read.
    """
    kept = await asyncio.to_thread(_kept, film, output, means)
    if kept is not None and kept.still_holds(stored.sha256, means.plan.regions):
        return await record(film, output, stored, kept.measures, means)
    path = await asyncio.to_thread(means.store.local, stored.sha256)
    measures = await measured(film, output, path, means)
    return await record(film, output, stored, measures, means)


async def measured(film: Film, output: Output, path: Path, means: Means) -> Measures:
    """All that quality control looks at in a film of the plan. Raises MediaError when it cannot be read."""
    cache = means.home / MASTERS
    comparison = await comparison_of(film, output, means.plan, home=means.home, cache=cache, engine=means.engine)
    return await measure(
        path,
        cadence=output.cadence,
        master=means.plan.master,
        engine=means.engine,
        cache=cache,
        comparison=comparison,
    )


async def record(film: Film, output: Output, stored: Stored, measures: Measures, means: Means) -> Finished:
    """Keep what was measured, write the verdict down."""
    plan = means.plan
    done = Finished(
        key=output.key,
        campaign=plan.campaign,
        variant=film.variant.key,
        ratio=film.ratio.label,
        placement=output.placement,
        sha256=stored.sha256,
        poster_sha256=stored.poster_sha256,
        facts=measures.facts,
        report=judge(measures, output, plan.master, stored.told),
        told=stored.told,
        judged_by=verdict_mark(plan.regions),
        made_at=datetime.now(UTC),
    )
    kept = Kept(
        sha256=stored.sha256,
        poster_sha256=stored.poster_sha256,
        told=stored.told,
        mark=measured_by(plan.regions),
        measures=measures,
    )
    await asyncio.to_thread(keep, means.home / MEASURES, film_key(film, output, plan.master), kept)
    await asyncio.to_thread(means.ledger.record_finished, done)
    return done


def _kept(film: Film, output: Output, means: Means) -> Kept | None:
    return kept_as(means.home / MEASURES, film_key(film, output, means.plan.master))
