"""Runs one piece of Fanout's work and tells what it took, less imports and preparation: `python -m bench.inside WORK …`.

A campaign starts Python once for all its films and looks at its master once: the works of bench.works prepare such things
before they are measured.
"""

import asyncio
import json
import resource
import sys
import time

from bench.measuring import INSIDE
from bench.works import WORKS


async def _measured(name: str, words: list[str]) -> None:
    work = await WORKS[name](*words)
    cpu, began = _cpu_s(), time.monotonic()
    await work()
    print(INSIDE + json.dumps([time.monotonic() - began, _cpu_s() - cpu]))


def _cpu_s() -> float:
    """Of this process and of those it started that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    asyncio.run(_measured(sys.argv[1], sys.argv[2:]))
