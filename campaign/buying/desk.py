"""The ledger from the event loop's side: every call runs in a thread, so that the loop never waits for a disk."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

_THREADS = 16
"""Threads of our own: asyncio's few are shared with slow work, and those who write at once share one commit."""


class Desk:
    """Calls blocking functions of the ledger, each in a thread. A call that was begun is carried out, even if its
    caller is cancelled while it waits."""

    def __init__(self, threads: int = _THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="ledger")

    async def ask(self, call: Callable[..., T], *arguments: Any, **options: Any) -> T:
        """What `call` returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *arguments, **options))

    def close(self) -> None:
        """Let the threads go when their calls are done."""
        self._threads.shutdown(wait=False)
