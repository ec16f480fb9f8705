"""How the command line speaks: plain words on stderr, machine-readable output on stdout and nothing else there."""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TextIO, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from campaign.model.faults import Fault, Level
from campaign.secrets import hide
from fanout.fault_lines import count, fault_lines

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "cyan"}


class _Ear:
    """The person's end of stderr. One that has gone away (a closed pipe, a terminal hung up) must not stop paid work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


def terminal() -> Console:
    """The console for people, on stderr. Not a terminal: no colours, no wrapping."""
    ear = cast(TextIO, _Ear(sys.stderr))
    console = Console(file=ear, highlight=False)
    return console if console.is_terminal else Console(file=ear, highlight=False, soft_wrap=True, width=160)


def clean(text: str) -> str:
    """Text from outside without the control characters that could steer a terminal, and without our keys."""
    return hide(_STEERING.sub("", text))


def say(markup: str, plain: str = "") -> None:
    """Say something to the person: `markup` is ours, `plain` is from outside and printed as it is."""
    # Soft: the terminal wraps, so that a path can be copied whole.
    terminal().print(Text.from_markup(markup).append(clean(plain)), soft_wrap=True)


def say_faults(faults: Sequence[Fault]) -> None:
    """All faults, errors first, each on a line of its own (many alike summed up), then the count; nothing for none."""
    console = terminal()
    for level, line in fault_lines(faults):
        console.print(Text(clean(line), style=_COLOURS[level]), soft_wrap=True)
    if faults:
        console.print(count(faults))


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> None:
    """A table for people, none for no rows; `numbers` are the columns that are right-aligned."""
    table = Table(box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    if table.row_count:
        console = terminal()
        console.print(Text("\n" + clean(title), style="bold"))
        console.print(table)


def emit(value: object) -> None:
    """Print one JSON document on stdout, on one line: indenting a plan of 12,000 films takes seconds, and `jq` does it."""
    with suppress(BrokenPipeError):  # the reader has seen enough; how the command ended is still to be told
        sys.stdout.write(hide(json.dumps(value, ensure_ascii=False, default=str)) + "\n")
