"""The regions of [qc]: parts of the master's picture that every film must keep."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

from campaign.intake import values
from campaign.intake.reading import Spot, read_section, unsaid
from campaign.intake.schema import Frame, Name, Section
from campaign.model.faults import Fault
from campaign.model.qc import Region

EXAMPLE = '{ name = "logo", box = [0.7, 0.1, 0.2, 0.15], start = 0, end = 48 }'


def _box(raw: Any) -> tuple[float, float, float, float]:
    numbers = raw if isinstance(raw, list | tuple) else ()
    plain = all(isinstance(part, int | float) and not isinstance(part, bool) for part in numbers)
    if len(numbers) == 4 and plain:
        left, top, width, height = (float(part) for part in numbers)
        if left >= 0 and top >= 0 and width > 0 and height > 0 and left + width <= 1 and top + height <= 1:
            return left, top, width, height
    cure = "Write [left, top, width, height] as parts of the picture from 0 to 1: [0.7, 0.1, 0.2, 0.15]."
    raise values.wrong("is no box inside the picture", cure)


class RegionKeys(Section):
    """One region: frames [start, end) of the master."""

    name: Name | None = None
    box: Annotated[tuple[float, float, float, float], PlainValidator(_box)] | None = None
    start: Frame | None = None
    end: Frame | None = None


def read_regions(raw: Sequence[dict[str, Any]], spot: Spot, root: Path) -> tuple[tuple[Region, ...], tuple[Fault, ...]]:
    """The regions that could be read, and every fault of every one."""
    found: list[Region] = []
    faults: list[Fault] = []
    for number, table in enumerate(raw):
        at = spot.at(number)
        keys, wrong = read_section(RegionKeys, table, at, root)
        faults += [*wrong, *_missing(table, wrong, at)]
        if keys.name and keys.box and keys.start is not None and keys.end is not None:
            if keys.end <= keys.start:
                faults.append(at.at("end").fault("end is not after start", "A region lasts from start to before end."))
            else:
                found.append(Region(name=keys.name, box=keys.box, start_frame=keys.start, end_frame=keys.end))
    return tuple(found), tuple(faults)


def _missing(table: dict[str, Any], wrong: Sequence[Fault], at: Spot) -> Iterator[Fault]:
    for key in ("name", "box", "start", "end"):
        if unsaid(key, table, wrong):
            yield at.at(key).fault(f"{key} is missing", f"Write regions = [{EXAMPLE}].")
