"""Shots written by hand in campaign.toml: in order, without overlap, without a gap."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from campaign.intake.reading import Spot, read_section, unsaid
from campaign.intake.schema import ShotKeys
from campaign.model.edit import Shot
from campaign.model.faults import Fault


def read_shots(raw: Sequence[dict[str, Any]], spot: Spot, root: Path) -> tuple[tuple[Shot, ...], tuple[Fault, ...]]:
    """The shots that could be read, and every fault of every shot and of their order."""
    faults: list[Fault] = []
    tables: list[ShotKeys] = []
    for number, table in enumerate(raw):
        read, found = read_section(ShotKeys, table, spot.at(number), root)
        faults += [*found, *_unsaid(table, found, spot.at(number))]
        tables.append(read)
    faults += [*_length_faults(tables, spot), *_order_faults(tables, spot), *_id_faults(tables, spot)]
    return tuple(_shot(number, table) for number, table in enumerate(tables) if _whole(table)), tuple(faults)


def _shot(number: int, keys: ShotKeys) -> Shot:
    return Shot(
        id=_id(number, keys),
        start_frame=keys.start or 0,
        end_frame=keys.end or 0,
        modify=keys.modify,
        fit=keys.fit,
        template=keys.template,
        focus=keys.focus,
        controls=keys.controls(),
    )


def _id(number: int, keys: ShotKeys) -> str:
    return keys.id or f"shot-{number + 1}"


def _whole(keys: ShotKeys) -> bool:
    return keys.start is not None and keys.end is not None


def _unsaid(table: dict[str, Any], found: tuple[Fault, ...], spot: Spot) -> Iterator[Fault]:
    for key in ("start", "end"):
        if unsaid(key, table, found):
            yield spot.at(key).fault(
                f"{key} is missing", "Write the frame number; `end` is the first frame after the shot."
            )


def _length_faults(tables: Sequence[ShotKeys], spot: Spot) -> Iterator[Fault]:
    for number, keys in enumerate(tables):
        if keys.start is not None and keys.end is not None and keys.end <= keys.start:
            problem = f"shot {_id(number, keys)!r} ends at {keys.end}, where it has not begun ({keys.start})"
            cure = "`end` is the first frame after the shot: more than `start`."
            yield spot.at(number, "end").fault(problem, cure, value=str(keys.end))


def _order_faults(tables: Sequence[ShotKeys], spot: Spot) -> Iterator[Fault]:
    if tables and tables[0].start:
        problem = f"the first {tables[0].start} frames belong to no shot"
        cure = "Begin the first shot at 0; `modify = false` passes frames through."
        yield spot.at(0, "start").fault(problem, cure, value=str(tables[0].start))
    for number, (before, after) in enumerate(pairwise(tables), start=1):
        if before.end is None or after.start is None or before.end == after.start or before.end <= (before.start or 0):
            continue
        names = f"{_id(number - 1, before)!r} ends at {before.end}, {_id(number, after)!r} begins at {after.start}"
        gap = after.start > before.end
        problem = f"{'a gap' if gap else 'shots overlap or are out of order'}: {names}"
        cure = f"Begin at {before.end}, in the order of time; a stretch to keep is a shot with `modify = false`."
        yield spot.at(number, "start").fault(problem, cure, value=str(after.start))


def _id_faults(tables: Sequence[ShotKeys], spot: Spot) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, keys in enumerate(tables):
        name = _id(number, keys)
        first = seen.setdefault(name.casefold(), number)
        if first != number:
            problem = f"shots {first} and {number} are both called {name!r}"
            yield spot.at(number, "id").fault(problem, "Give every shot its own id.", value=name)
