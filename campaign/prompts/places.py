"""Where in the sheet the words of a prompt stand."""

from collections.abc import Callable

Places = Callable[[int, str | None], str]
"""`line:column` of a row's cell, given the row's line and the cell's column; of the row itself for None."""


def start_of_row(line: int, column: str | None) -> str:
    """The row's first character: all that is known without the sheet."""
    return f"{line}:1"
