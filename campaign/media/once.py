"""Work that is done once however many ask: cached files that are whole or absent."""

import asyncio
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

PAUSE_S = 0.03


def name_of(*parts: object) -> str:
    """A name for what is made from `parts` (numbers and text): the same for the same, in every process."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


async def once(target: Path, make: Callable[[Path], Awaitable[None]]) -> Path:
    """`target`, made by `make(temporary path)` unless it is there already.

    Several coroutines, threads and processes may ask at once: one makes it, the others wait. A file appears under its
    name only when it is complete; when `make` fails or is cancelled nothing is left and the next one tries.
    """
    if target.exists():
        return target
    for folder in (target.parent.parent, target.parent):  # `parents` alone would leave the outer one open to others
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with alone(target.with_name(f".{target.name}.lock")):
        if not target.exists():
            await _made(target, make)
    return target


async def _made(target: Path, make: Callable[[Path], Awaitable[None]]) -> None:
    part = target.with_name(f".{target.stem}.{secrets.token_hex(6)}.part{target.suffix}")
    try:
        await make(part)
        _sync(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@asynccontextmanager
async def alone(lock: Path) -> AsyncIterator[None]:
    """Hold the lock file `lock` (its folder exists) against other coroutines, threads and processes.

    It ends with its holder's process. It is asked for again and again, since waiting for it would stop the event loop.
    """
    with lock.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(PAUSE_S)
        yield


@contextmanager
def free(lock: Path) -> Iterator[bool]:
    """Hold the lock file `lock` as `alone` does, but only when nobody holds it now: tells whether."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = False
        else:
            held = True
        yield held
