"""Matrix rules of campaign.toml: rows multiplied by columns, less what is excluded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True)
class Matrix:
    """`[matrix]` of campaign.toml, values as written.

    Each row is made once for every combination of `columns`; a cell that says something keeps it, so only columns that a
    row leaves empty (or that the sheet does not have) multiply. `exclude` are cells to leave out: all pairs must match.
    `file` is how faults name the file it was written in.
    """

    columns: Mapping[str, tuple[str, ...]]
    exclude: tuple[Mapping[str, str], ...]
    file: str = "campaign.toml"


@dataclass(frozen=True, slots=True)
class Filling:
    """One column that the matrix fills in a row: the text, and its position in the column's list."""

    column: str
    text: str
    position: int

    @property
    def place(self) -> str:
        """Where the text is written: `matrix.season[1]`."""
        return f"matrix.{self.column}[{self.position}]"


def fillings(matrix: Matrix, cells: Mapping[str, str]) -> Iterator[tuple[Filling, ...]]:
    """Every combination that the matrix makes of one row, in the order written; one empty one when it makes none."""
    choices = [
        [Filling(column, text, position) for position, text in enumerate(texts)]
        for column, texts in matrix.columns.items()
        if not cells.get(column)
    ]
    return product(*choices)
