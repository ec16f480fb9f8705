"""How a sheet's cells are separated and quoted, told from the text itself."""

import csv
import re
from collections.abc import Callable, Sequence
from itertools import islice

SEPARATORS = (",", ";", "\t", "|")
_SAID = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_SAMPLE = 20
_ERROR_FIRST = re.compile(r'"?#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|NV\b|ERROR!)')


def said_separator(first_line: str) -> str | None:
    """The separator that Excel's own first line (`sep=;`) names."""
    match = _SAID.match(first_line)
    return match[1] if match else None


def is_comment(line: str) -> bool:
    """Whether a line that begins a row is a note to people. `#REF!` is a broken cell, not a note."""
    return line.startswith(("#", '"#')) and not _ERROR_FIRST.match(line)


def find_separator(lines: Sequence[str], known: Callable[[str], bool]) -> str:
    """The separator under which the first rows look most like a table.

    First counts how many names of the header are `known`, then how many rows are as wide as the header, then the width.
    csv.Sniffer is not asked: it answers `t` for some sheets with semicolons.
    """
    return max(SEPARATORS, key=lambda separator: _likeness(lines, separator, known))


def _likeness(lines: Sequence[str], separator: str, known: Callable[[str], bool]) -> tuple[int, int, int]:
    rows = csv.reader(
        (f"{line}\n" for line in lines if line.strip() and not is_comment(line)),
        delimiter=separator,
        skipinitialspace=True,
    )
    try:
        sample = list(islice(rows, _SAMPLE))
    except csv.Error:
        return (0, 0, 0)
    if not sample:
        return (0, 0, 0)
    named = max(sum(known(name) for name in row) for row in sample)
    width = len(sample[0])
    return named, sum(len(row) == width for row in sample) if width > 1 else 0, width
