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


def sparingly(say: Callable[[str], None]) -> Callable[[str], None]:
    """Say the first of a series of notes that differ only in their seconds."""
    said: set[str] = set()

    def once(sentence: str) -> None:
        kind = sentence.split("(", maxsplit=1)[0]
        if kind not in said:
            said.add(kind)
            say(sentence)

    return once
