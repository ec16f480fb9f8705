"""The [[shots]] of campaign.toml: shots written by hand, in order and without a gap, or settings of shots found elsewhere."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from campaign.intake.reading import Spot, read_section, unsaid
from campaign.intake.schema import ShotKeys
from campaign.model.edit import Art, Shot, ShotSettings, Treatment
from campaign.model.faults import Fault

Read = tuple[tuple[Shot, ...], tuple[ShotSettings, ...]]


def read_shots(raw: Sequence[dict[str, Any]], spot: Spot, root: Path) -> tuple[Read, tuple[Fault, ...]]:
    """The shots or the settings that could be read (never both), and every fault of every entry and of their order.

    Where no entry has `start` or `end`, all are settings. Art is named, not yet hashed.
    """
    faults: list[Fault] = []
    tables: list[ShotKeys] = []
    by_hand = any(key in table for table in raw for key in ("start", "end"))
    for number, table in enumerate(raw):
        read, found = read_section(ShotKeys, table, spot.at(number), root)
        faults += [*found, *_art_faults(read, spot.at(number))]
        faults += (_unsaid if by_hand else _nameless)(table, found, spot.at(number))
        tables.append(read)
    faults += _id_faults(tables, spot, by_hand)
    if not by_hand:
        said = (_settings(number, table) for number, table in enumerate(tables) if table.id or table.at is not None)
        return ((), tuple(said)), tuple(faults)
    faults += [*_length_faults(tables, spot), *_order_faults(tables, spot)]
    return (tuple(_shot(number, table) for number, table in enumerate(tables) if _whole(table)), ()), tuple(faults)


def _shot(number: int, keys: ShotKeys) -> Shot:
    return Shot(
        id=_id(number, keys),
        start_frame=keys.start or 0,
        end_frame=keys.end or 0,
        treatment=_treatment(keys),
        found="campaign.toml",
        entry=number,
    )


def _settings(number: int, keys: ShotKeys) -> ShotSettings:
    return ShotSettings(
        entry=number,
        id=keys.id,
        at=keys.at,
        treatment=_treatment(keys),
    )


def _treatment(keys: ShotKeys) -> Treatment:
    return Treatment(
        modify=keys.modify,
        fit=keys.fit,
        template=keys.template,
        focus=keys.focus,
        controls=keys.controls(),
        art=tuple(Art(ratio, path, "") for ratio, path in keys.art.items()),
    )


def _art_faults(keys: ShotKeys, spot: Spot) -> Iterator[Fault]:
    if keys.art and keys.modify:
        problem = "art takes the place of a shot that is not modified, this one is"
        yield spot.at("art").fault(problem, "Add `modify = false`, or delete art.")


def _id(number: int, keys: ShotKeys) -> str:
    return keys.id or f"shot-{number + 1}"


def _whole(keys: ShotKeys) -> bool:
    return keys.start is not None and keys.end is not None


def _nameless(table: dict[str, Any], found: tuple[Fault, ...], spot: Spot) -> Iterator[Fault]:
    if all(unsaid(key, table, found) for key in ("id", "at")):
        cure = "Write `id` (fanout plan lists them) or `at`, a frame of the shot; or `start` and `end` to set the cuts by hand."
        yield spot.fault("settings of no shot", cure)


def _unsaid(table: dict[str, Any], found: tuple[Fault, ...], spot: Spot) -> Iterator[Fault]:
    if "at" in table:
        problem = "`at` means a shot that is found, but other entries set the cuts by hand (start, end)"
        yield spot.at("at").fault(problem, "Give every [[shots]] start and end, or none of them.")
    for key in ("start", "end"):
        if unsaid(key, table, found):
            cure = "Write the frame number (`end` is the first frame after the shot) in every [[shots]], or in none of them."
            yield spot.at(key).fault(f"{key} is missing, while other entries set the cuts by hand", cure)


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


def _id_faults(tables: Sequence[ShotKeys], spot: Spot, by_hand: bool) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, keys in enumerate(tables):
        name = _id(number, keys) if by_hand else keys.id
        first = seen.setdefault(name.casefold(), number) if name else number
        if first != number:
            problem = f"shots {first} and {number} are both called {name!r}"
            yield spot.at(number, "id").fault(problem, "Give every shot its own id.", value=name)
