"""Reads [matrix]: the columns that rows are multiplied by, and the cells to leave out. Names are the sheet's to judge."""

from collections.abc import Iterator, Mapping
from typing import Any

from campaign.intake.matrix import Matrix
from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot, shown
from campaign.model.faults import Fault

EXCLUDE = "exclude"


def read_matrix(raw: Mapping[str, Any], at: Spot) -> tuple[Matrix, Iterator[Fault]]:
    """The rules that could be read, as written, and what is wrong with the form of the others."""
    cut = raw.get(EXCLUDE, [])
    cells = cut if isinstance(cut, list) else [cut]
    columns = {name: tuple(texts) for name, texts in raw.items() if name != EXCLUDE and _is_list(texts)}
    exclude = tuple(dict(cell) for cell in cells if _is_cell(cell))
    return Matrix(columns=columns, exclude=exclude, file=at.file), _faults(raw, cells, at)


def _faults(raw: Mapping[str, Any], cells: list[Any], at: Spot) -> Iterator[Fault]:
    for name, texts in raw.items():
        if name != EXCLUDE and not _is_list(texts):
            problem, cure = f"{name} is not a list of texts", f'Write {name} = ["one", "two"].'
            yield at.at(name).fault(problem, cure, value=shown(texts), nearest=nearest(name, [EXCLUDE]))
    for number, cell in enumerate(cells):
        if not _is_cell(cell):
            cure = 'Write exclude = [{ market = "JP", season = "winter" }].'
            problem = "exclude holds something that is no cell"
            yield at.at(EXCLUDE, number).fault(problem, cure, value=shown(cell))


def _is_list(raw: object) -> bool:
    return isinstance(raw, list) and bool(raw) and all(isinstance(text, str) for text in raw)


def _is_cell(raw: object) -> bool:
    return isinstance(raw, dict) and bool(raw) and all(isinstance(text, str) for text in raw.values())
