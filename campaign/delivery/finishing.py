"""Finishing: the pieces of a film collected, made into its files, judged, stored and recorded."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaign.delivery.derived import comparison_of
from campaign.delivery.extras import originals_of, told_of
from campaign.delivery.pieces import clips_of
from campaign.errors import MediaError
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.media.film.encoding import exacting
from campaign.media.film.finishing import Answer, Target, finish_films
from campaign.media.once import alone
from campaign.media.quality.qc import inspect
from campaign.model.finished import Finished
from campaign.model.plan import Film, Output, Plan
from campaign.model.qc import Finding, QCReport
from campaign.store.files import Store

MASTERS = "masters"
LOCKS = "locks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What finishing works with: the plan, and where results, films and what they share lie."""

    plan: Plan
    ledger: Ledger
    store: Store
    home: Path
    engine: Engine


async def finish(
    film: Film, plan: Plan, *, ledger: Ledger, store: Store, home: Path, engine: Engine
) -> tuple[Finished, ...]:
    """Make, judge and record every output of a film; one Finished an output, in order.

    What is recorded and still in the store is not made again, whoever made it: outputs with one key are one file. QC
    errors are recorded like anything else. Raises StoreError when a job's result is missing, MediaError when ffmpeg
    refuses an output: it is not recorded then, the others are.
    """
    room = Room(plan=plan, ledger=ledger, store=store, home=home, engine=engine)
    unique = {output.key: output for output in film.outputs}
    locks = home / LOCKS
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as held:
        for key in sorted(unique):  # one order for all, or two films could wait for each other
            await held.enter_async_context(alone(locks / f"film-{key[:32]}.lock"))
        known = await asyncio.to_thread(ledger.finished, list(unique))
        kept = {key for key, done in known.items() if _kept(done, store)}
        left = [output for key, output in unique.items() if key not in kept]
        failed: list[MediaError] = []
        for alike in _alike(left):
            failed += [answer for answer in await _made(film, alike, room) if isinstance(answer, MediaError)]
    if failed:
        raise failed[0]
    known = await asyncio.to_thread(ledger.finished, list(unique))  # with what persons let pass in these very bytes
    return tuple(known[output.key] for output in film.outputs)


def _kept(done: Finished, store: Store) -> bool:
    return store.exists(done.sha256) and store.exists(done.poster_sha256)


def _alike(outputs: Sequence[Output]) -> Iterator[list[Output]]:
    """Those made of the same clips: the exacting take the master's own frames, the others share small cuts of it."""
    for demanding in (False, True):
        found = [output for output in outputs if exacting(output.spec) == demanding]
        if found:
            yield found


async def _made(film: Film, outputs: Sequence[Output], room: Room) -> list[Finished | MediaError]:
    """The outputs made in as few decodes as pay, each recorded as soon as it is judged; or why one is not."""
    plan = room.plan
    deep = frozenset(piece.key for piece in film.pieces if piece.key and plan.jobs[piece.key].job.deep)
    clips = await clips_of(film, outputs, plan.master, room.ledger, room.store, room.home, room.engine, deep)
    with ExitStack() as kept:
        targets = [
            Target(
                output,
                kept.enter_context(_temporary(room.store, f".{output.spec.container}")),
                kept.enter_context(_temporary(room.store, ".jpg")),
            )
            for output in outputs
        ]
        cache = room.home / MASTERS
        answers = await finish_films(clips, master=room.plan.master, targets=targets, engine=room.engine, cache=cache)
        odd = await asyncio.to_thread(_odd, film, room)
        told = [answer if isinstance(answer, MediaError) else (*answer, *odd) for answer in answers]
        return [await _judged(film, target, answer, room) for target, answer in zip(targets, told, strict=True)]


def _odd(film: Film, room: Room) -> tuple[Finding, ...]:
    """What is to be said of results that are kept whole beside the film."""
    keys = [key for key in film.jobs if room.plan.jobs[key].job.deep]
    records = room.ledger.records(keys) if keys else {}
    return tuple(told_of(originals_of(film, room.plan, records, room.store)))


async def _judged(film: Film, target: Target, answer: Answer, room: Room) -> Finished | MediaError:
    if isinstance(answer, MediaError):
        return answer
    try:
        return await _recorded(film, target, answer, room)
    except MediaError as error:
        return error


async def _recorded(film: Film, target: Target, told: tuple[Finding, ...], room: Room) -> Finished:
    output, plan = target.output, room.plan
    cache, suffix = room.home / MASTERS, f".{output.spec.container}"
    comparison = await comparison_of(film, output, plan, home=room.home, cache=cache, engine=room.engine)
    facts, report = await inspect(
        target.into,
        output=output,
        master=plan.master,
        engine=room.engine,
        cache=cache,
        comparison=comparison,
    )
    kept = await asyncio.to_thread(room.store.put, target.into, suffix)
    still = await asyncio.to_thread(room.store.put, target.poster, ".jpg")
    done = Finished(
        key=output.key,
        campaign=plan.campaign,
        variant=film.variant.key,
        ratio=film.ratio.label,
        placement=output.placement,
        sha256=kept.sha256,
        poster_sha256=still.sha256,
        facts=facts,
        report=QCReport((*report.findings, *told)),
        made_at=datetime.now(UTC),
    )
    await asyncio.to_thread(room.ledger.record_finished, done)
    return done


@contextmanager
def _temporary(store: Store, suffix: str) -> Iterator[Path]:
    path = store.temporary(suffix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
