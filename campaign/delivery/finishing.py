"""Finishing: the pieces of a film collected, made into its files, judged, stored and recorded."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

from campaign.delivery.extras import originals_of, told_of
from campaign.delivery.judging import MASTERS, Means, Stored, judged, measured, record, stored_for
from campaign.delivery.pieces import clips_of
from campaign.errors import MediaError
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.media.film.encoding import exacting
from campaign.media.film.finishing import Target, finish_films
from campaign.media.once import alone
from campaign.media.quality.judging import verdict_mark
from campaign.model.finished import Finished
from campaign.model.plan import Film, Output, Plan
from campaign.model.qc import Finding
from campaign.store.files import Store

LOCKS = "locks"


async def finish(
    film: Film, plan: Plan, *, ledger: Ledger, store: Store, home: Path, engine: Engine
) -> tuple[Finished, ...]:
    """Make, judge and record every output of a film; one Finished an output, in order.

    What is in the store is not made again, whoever made it: outputs with one key are one file, and one that other limits
    or other numbers judge is judged anew. QC errors are recorded like anything else. Raises StoreError when a job's result
    is missing, MediaError when ffmpeg refuses an output: it is not recorded then, the others are.
    """
    means = Means(plan=plan, ledger=ledger, store=store, home=home, engine=engine)
    unique = {output.key: output for output in film.outputs}
    locks = home / LOCKS
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as held:
        for key in sorted(unique):  # one order for all, or two films could wait for each other
            await held.enter_async_context(alone(locks / f"film-{key[:32]}.lock"))
        known = await asyncio.to_thread(ledger.finished, list(unique))
        stored = {
            key: await asyncio.to_thread(stored_for, film, output, known.get(key), means)
            for key, output in unique.items()
        }
        failed: list[MediaError] = []
        for key, there in stored.items():
            if there is not None and (key not in known or known[key].judged_by != verdict_mark(plan.regions)):
                failed += _failure(await _answered(judged(film, unique[key], there, means)))
        for alike in _alike([unique[key] for key, there in stored.items() if there is None]):
            for answer in await _made(film, alike, means):
                failed += _failure(answer)
    if failed:
        raise failed[0]
    known = await asyncio.to_thread(ledger.finished, list(unique))  # with what persons let pass in these very bytes
    return tuple(known[output.key] for output in film.outputs)


def _failure(answer: Finished | MediaError) -> list[MediaError]:
    return [answer] if isinstance(answer, MediaError) else []


async def _answered(work: Awaitable[Finished]) -> Finished | MediaError:
    try:
        return await work
    except MediaError as error:
        return error


def _alike(outputs: Sequence[Output]) -> Iterator[list[Output]]:
    """Those made of the same clips: the exacting take the master's own frames, the others share small cuts of it."""
    for demanding in (False, True):
        found = [output for output in outputs if exacting(output.spec) == demanding]
        if found:
            yield found


async def _made(film: Film, outputs: Sequence[Output], means: Means) -> list[Finished | MediaError]:
    """The outputs made in as few decodes as pay, each recorded as soon as it is judged; or why one is not."""
    plan = means.plan
    jobs = {piece.key: plan.jobs[piece.key].job for piece in film.pieces if piece.key}
    clips = await clips_of(film, outputs, plan.master, means.ledger, means.store, means.home, means.engine, jobs)
    with ExitStack() as kept:
        targets = [
            Target(
                output,
                kept.enter_context(_temporary(means.store, f".{output.spec.container}")),
                kept.enter_context(_temporary(means.store, ".jpg")),
            )
            for output in outputs
        ]
        cache = means.home / MASTERS
        answers = await finish_films(clips, master=means.plan.master, targets=targets, engine=means.engine, cache=cache)
        odd = await asyncio.to_thread(_odd, film, means)
        told = [answer if isinstance(answer, MediaError) else (*answer, *odd) for answer in answers]
        return [
            answer if isinstance(answer, MediaError) else await _answered(_recorded(film, target, answer, means))
            for target, answer in zip(targets, told, strict=True)
        ]


def _odd(film: Film, means: Means) -> tuple[Finding, ...]:
    """What is to be said of results that are kept whole beside the film."""
    keys = [key for key in film.jobs if means.plan.jobs[key].job.hdr]
    records = means.ledger.records(keys) if keys else {}
    return tuple(told_of(originals_of(film, means.plan, records, means.store)))


async def _recorded(film: Film, target: Target, told: tuple[Finding, ...], means: Means) -> Finished:
    output, suffix = target.output, f".{target.output.spec.container}"
    measures = await measured(film, output, target.into, means)
    kept = await asyncio.to_thread(means.store.put, target.into, suffix)
    still = await asyncio.to_thread(means.store.put, target.poster, ".jpg")
    return await record(film, output, Stored(kept.sha256, still.sha256, told), measures, means)


@contextmanager
def _temporary(store: Store, suffix: str) -> Iterator[Path]:
    path = store.temporary(suffix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
