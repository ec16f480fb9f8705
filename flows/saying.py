"""Sentences of a run for whoever started it: above the progress bar of a terminal, nowhere in a worker."""

import contextlib
from collections.abc import Callable
from contextvars import ContextVar

SAY: ContextVar[Callable[[str], None]] = ContextVar("say")


def say(sentence: str) -> None:
    """Say it where somebody listens."""
    speak = SAY.get(None)
    if speak is not None:
        with contextlib.suppress(OSError):  # after SIGHUP there is no terminal to tell
            speak(sentence)
