"""Shots out of an edit list (`inputs.cuts`): where they begin and end, what they are called, what must stay unbroken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath

from campaign.intake.edl_text import EventRefused, shown_rate
from campaign.intake.timeline import Blend, Listed, Stretch, read_list
from campaign.intake.values import slug
from campaign.model.edit import Shot
from campaign.model.faults import Fault

SUFFIXES = frozenset({".mov", ".mp4", ".mxf", ".m4v", ".avi", ".wmv", ".mkv", ".r3d", ".braw", ".ari", ".dpx", ".exr"})


@dataclass(frozen=True, slots=True)
class CutList:
    """The shots of an edit list. `joined` tells of each clip that a dissolve or wipe made part of another shot: its own
    id, and that shot's."""

    shots: tuple[Shot, ...]
    joined: Mapping[str, str]


def read_cuts(path: Path, shown: str, rate: Fraction, frames: int) -> tuple[CutList | None, tuple[Fault, ...]]:
    """The shots of the list at `path` for a master of so many frames at `rate`, or what is wrong with it; `shown` is how
    people know the file. Its first event is the master's first frame, whatever its timecode says."""
    try:
        listed = read_list(path, rate)
        _require_length(listed, rate, frames)
    except EventRefused as refused:
        return None, (_fault(shown, refused),)
    except OSError as error:
        return None, (_fault(shown, EventRefused("", f"cannot be read ({error.strerror})", "Correct inputs.cuts.")),)
    return _shots(listed, path.name), ()


def _fault(shown: str, refused: EventRefused) -> Fault:
    return Fault(file=shown, place=refused.where, problem=refused.problem, cure=refused.cure, rule="inputs.cuts.list")


def _require_length(listed: Listed, rate: Fraction, frames: int) -> None:
    last = listed.stretches[-1] if listed.stretches else None
    if last is None:
        raise EventRefused("", "lists no frame", "Export the picture track of the master's timeline.")
    if last.end != frames:
        problem = f"ends after {last.end} frames, the master has {frames} (at {shown_rate(rate)} fps)"
        cure = "Export the list of just this master: no slate, no leader, no handles, the same version of the edit."
        raise EventRefused(last.where, problem, cure)


def _shots(listed: Listed, file: str) -> CutList:
    ids = _ids([stretch.name for stretch in listed.stretches], [stretch.where for stretch in listed.stretches])
    groups: list[list[int]] = []
    for n, stretch in enumerate(listed.stretches):
        if groups and _blended(stretch.start, listed.blends):
            groups[-1].append(n)
        else:
            groups.append([n])
    shots = [_shot([listed.stretches[n] for n in group], ids[group[0]], file, listed.blends) for group in groups]
    joined = {ids[n]: ids[group[0]] for group in groups for n in group[1:]}
    return CutList(tuple(shots), joined)


def _blended(cut: int, blends: Iterable[Blend]) -> bool:
    return any(blend.at == cut or blend.start < cut < blend.end for blend in blends)


def _shot(stretches: Sequence[Stretch], name: str, file: str, blends: Iterable[Blend]) -> Shot:
    first, last = stretches[0], stretches[-1]
    within = sorted(
        {(b.start, b.end) for b in blends if b.start < last.end and b.end > first.start and b.end > b.start}
    )
    until = f" to {last.where.removeprefix('event ')}" if last is not first else ""
    return Shot(
        id=name,
        start_frame=first.start,
        end_frame=last.end,
        unbroken=tuple((max(start, first.start), min(end, last.end)) for start, end in within),
        found=f"{file} {first.where}{until}",
    )


def _ids(names: Sequence[str], places: Sequence[str]) -> list[str]:
    """An id for each name, the same for the same list; of several with one name the second is `name-2`."""
    bases = [slug(_stem(name)) or slug(where) or "shot" for name, where in zip(names, places, strict=True)]
    taken = set(bases)
    seen: dict[str, int] = {}
    ids = []
    for base in bases:
        count = seen[base] = seen.get(base, 0) + 1
        name = base
        while count > 1 and (name := f"{base[:54]}-{count}") in taken:
            count = seen[base] = seen[base] + 1
        taken.add(name)
        ids.append(name)
    return ids


def _stem(name: str) -> str:
    """A clip's name without the suffix of a film."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.casefold() in SUFFIXES else name
