"""What of a clip goes to fal: no more of it than is paid for, and no less than its endpoint sells.

An edit is sold in lengths of 5 or 10 s, and what becomes of a source between them is in no document: it goes out exactly that
long, its last frame held, and the film that comes back is cut to the job's frames by whoever lays it into the edit. A reframe is
billed by each started second of its source: a parent's film that is longer than the job (since it was padded so) loses its tail.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from campaign.errors import MediaError, ProviderRejected
from campaign.media.engine import Engine
from campaign.media.film.padding import PAD_RECIPE, frames_in, pad_clip
from campaign.media.probe import probe
from campaign.model.jobs import Operation
from campaign.providers.base import Order
from campaign.providers.contents import sha256_of
from campaign.providers.fal_answers import NAME
from campaign.providers.fal_payload import BUCKETS_S, bucket_of

LONGEST_S = BUCKETS_S[-1]
"""Of either operation: fal's model schemas of 2026-10-08."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A clip as it goes out: `mark` names what it holds; `frames` is the length it is brought to, None for its own."""

    mark: str
    frames: int | None = None


def sent_of(order: Order) -> Sent:
    """How an order's clip goes out. Raises ProviderRejected for one that is too long, MediaError for what is no film, OSError."""
    if order.seconds > LONGEST_S:
        length = f"{float(order.seconds):.2f} s"
        raise ProviderRejected(NAME, f"not asked: {order.job.short} lasts {length}, fal takes {LONGEST_S} s at most.")
    frames = _frames_of(order)
    digest = sha256_of(order.source)
    return Sent(digest) if frames is None else Sent(f"{digest}:{PAD_RECIPE}:{frames}", frames)


def _frames_of(order: Order) -> int | None:
    if order.job.operation is Operation.MODIFY:
        bucket = bucket_of(order.seconds)
        assert bucket is not None, "no order is longer than the longest bucket"
        frames = frames_in(bucket, order.rate)
        return None if frames == order.job.segment.frames else frames
    paid = math.ceil(order.seconds)
    frames, rate = _length_of(order.source, order.source.stat().st_mtime_ns)
    if frames <= frames_in(paid, rate):
        return None
    return min(math.ceil(order.seconds * rate), frames_in(paid, rate))


@lru_cache(maxsize=1024)
def _length_of(path: Path, _written_ns: int) -> tuple[int, Fraction]:
    facts = probe(path)
    return facts.frames, facts.rate


class FalClips:
    """Brings clips to their length, in files that `temporary` names and that are gone afterwards."""

    def __init__(self, engine: Engine, temporary: Callable[[str], Path]) -> None:
        self._engine = engine
        self._temporary = temporary

    async def cut(self, source: Path, frames: int) -> Path:
        """A file of its own, which the caller removes. Raises ProviderRejected for a clip that cannot be read."""
        into = await asyncio.to_thread(self._temporary, ".mp4")
        try:
            await pad_clip(source, frames, into, self._engine)
        except MediaError as error:
            into.unlink(missing_ok=True)
            raise ProviderRejected(NAME, f"not asked: {error}") from error
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        return into
