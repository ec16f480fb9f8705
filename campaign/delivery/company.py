"""Which films are made beside one, in its decode: other windows on the same frames, wanted too and not made yet."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path

from campaign.delivery.judging import Means, stored_for
from campaign.delivery.pieces import drawn_from
from campaign.media.film.encoding import sociable
from campaign.media.film.writing import TOGETHER
from campaign.media.once import free
from campaign.model.plan import Film, Output

LOCKS = "locks"


@dataclass(frozen=True, slots=True)
class Part:
    """Outputs of one film that are made of the same clips."""

    film: Film
    outputs: tuple[Output, ...]


async def company(part: Part, wanted: Collection[str], means: Means, held: AsyncExitStack) -> list[Part]:
    """The films to make beside `part`, as many as one process writes, whole or not at all.

    Their locks are held with `held`. They are never waited for: whoever makes one of them already goes on with it.
    """
    found, room = list[Part](), TOGETHER - len(part.outputs)
    for other in await asyncio.to_thread(lambda: list(_candidates(part, wanted, means))):
        if len(other.outputs) > room:
            continue
        with ExitStack() as its:
            ours = all(its.enter_context(free(lock_of(output.key, means.home))) for output in other.outputs)
            # Whoever held a lock until now has made it.
            if ours and await asyncio.to_thread(_unmade, other.film, means) == other.outputs:
                found.append(other)
                room -= len(other.outputs)
                held.push(its.pop_all())
    return found


def lock_of(key: str, home: Path) -> Path:
    """The file that whoever makes the output `key` holds, in a folder that exists."""
    folder = home / LOCKS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"film-{key[:32]}.lock"


def _candidates(part: Part, wanted: Collection[str], means: Means) -> Iterator[Part]:
    plan, film = means.plan, part.film
    if len(part.outputs) >= TOGETHER or not _all_sociable(part.outputs):
        return
    same, hang_on = drawn_from(film, part.outputs, plan.master), set(film.jobs)
    for other in plan.films:
        if other.variant.key != film.variant.key or other.ratio == film.ratio or other.id not in wanted:
            continue
        if set(other.jobs) != hang_on:
            continue
        outputs = _unmade(other, means)
        if outputs and _all_sociable(outputs) and drawn_from(other, outputs, plan.master) == same:
            yield Part(other, outputs)


def _all_sociable(outputs: Collection[Output]) -> bool:
    return all(sociable(output.spec) for output in outputs)


def _unmade(film: Film, means: Means) -> tuple[Output, ...]:
    """What is to be made for a film: what neither lies in the store nor is the same file as another of its outputs."""
    unique = {output.key: output for output in film.outputs}
    known = means.ledger.finished(list(unique))
    return tuple(output for key, output in unique.items() if stored_for(film, output, known.get(key), means) is None)
