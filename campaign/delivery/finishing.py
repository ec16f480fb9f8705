"""Finishing: the pieces of a film collected, made into its files, judged, stored and recorded."""

import asyncio
from collections.abc import Awaitable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

from campaign.delivery.company import Part, company, lock_of
from campaign.delivery.extras import originals_of, told_of
from campaign.delivery.judging import MASTERS, Means, Stored, judged, measured, record, stored_for
from campaign.delivery.pieces import clips_of
from campaign.errors import MediaError
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.media.film.encoding import exacting
from campaign.media.film.finishing import Answer, Target, finish_films
from campaign.media.film.writing import TOGETHER
from campaign.media.once import alone
from campaign.media.quality.judging import verdict_mark
from campaign.model.finished import Finished
from campaign.model.plan import Film, Output, Plan
from campaign.model.qc import Finding
from campaign.store.files import Store


async def finish(
    film: Film,
    plan: Plan,
    *,
    ledger: Ledger,
    store: Store,
    home: Path,
    engine: Engine,
    wanted: Collection[str] = (),
) -> tuple[Finished, ...]:
    """Make, judge and record every output of a film; one Finished an output, in order.

    What is in the store is not made again, whoever made it: outputs with one key are one file, and one that other limits
    or other numbers judge is judged anew. QC errors are recorded like anything else. Raises StoreError when a job's result
    is missing, MediaError when ffmpeg refuses an output: it is not recorded then, the others are. Films of `wanted` (ids)
    that show the same frames through other windows are made beside it (`company`); what came of them they are not told here.
    """
    means = Means(plan=plan, ledger=ledger, store=store, home=home, engine=engine)
    unique = {output.key: output for output in film.outputs}
    async with AsyncExitStack() as held:
        for key in sorted(unique):  # one order for all, or two films could wait for each other
            await held.enter_async_context(alone(lock_of(key, home)))
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
            part = Part(film, alike)
            others = await company(part, wanted, means, held)
            for answer in await _made((part, *others), means):
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


def _alike(outputs: Sequence[Output]) -> Iterator[tuple[Output, ...]]:
    """Those made of the same clips: the exacting take the master's own frames, the others share small cuts of it."""
    for demanding in (False, True):
        found = tuple(output for output in outputs if exacting(output.spec) == demanding)
        if found:
            yield found


async def _made(parts: Sequence[Part], means: Means) -> list[Finished | MediaError]:
    """The outputs of all parts made in as few decodes as pay, each recorded as soon as it is judged. Answers for the first
    part what became of each; trouble with another is left to whoever finishes that."""
    cache, slots = means.home / MASTERS, asyncio.Semaphore(TOGETHER)
    with ExitStack() as kept:
        works = [(part.film, target) for part in parts for target in await _targets(part, means, kept)]
        targets = [target for _, target in works]
        answers = await finish_films(targets, master=means.plan.master, engine=means.engine, cache=cache)
        ends = await asyncio.gather(
            *(_recorded(*work, answer, means, slots) for work, answer in zip(works, answers, strict=True)),
            return_exceptions=True,
        )
    return [_told(end) for end in ends[: len(parts[0].outputs)]]


def _told(end: Finished | BaseException) -> Finished | MediaError:
    if isinstance(end, BaseException) and not isinstance(end, MediaError):
        raise end
    return end


async def _targets(part: Part, means: Means, kept: ExitStack) -> list[Target]:
    film, plan = part.film, means.plan
    jobs = {piece.key: plan.jobs[piece.key].job for piece in film.pieces if piece.key}
    clips = await clips_of(film, part.outputs, plan.master, means.ledger, means.store, means.home, means.engine, jobs)
    return [
        Target(
            clips,
            output,
            kept.enter_context(_temporary(means.store, f".{output.spec.container}")),
            kept.enter_context(_temporary(means.store, ".jpg")),
        )
        for output in part.outputs
    ]


def _odd(film: Film, means: Means) -> tuple[Finding, ...]:
    """What is to be said of results that are kept whole beside the film."""
    keys = [key for key in film.jobs if means.plan.jobs[key].job.hdr]
    records = means.ledger.records(keys) if keys else {}
    return tuple(told_of(originals_of(film, means.plan, records, means.store)))


async def _recorded(film: Film, target: Target, answer: Answer, means: Means, slots: asyncio.Semaphore) -> Finished:
    """A film that was written judged, stored and recorded. Raises MediaError for one that was not, or cannot be read."""
    if isinstance(answer, MediaError):
        raise answer
    output, suffix = target.output, f".{target.output.spec.container}"
    async with slots:
        told = (*answer, *await asyncio.to_thread(_odd, film, means))
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
