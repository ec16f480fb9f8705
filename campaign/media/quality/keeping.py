"""Films that were made and measured, kept on disk: one that is asked for by other numbers is judged, not made again."""

import json
import secrets
import types
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from campaign.media.quality.measures import Measures, measured_by
from campaign.model.qc import Finding, Region

MEASURES = "measures"
"""The folder in .fanout/ for it. What is lost there is measured again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A film and its poster in the store, what was told of its making, and what was measured of it in the way `mark`."""

    sha256: str
    poster_sha256: str
    told: tuple[Finding, ...]
    mark: str
    measures: Measures

    def still_holds(self, sha256: str, regions: tuple[Region, ...]) -> bool:
        """Whether it tells of the film `sha256` all that would be measured of it today."""
        return self.sha256 == sha256 and self.mark == measured_by(regions)


def keep(folder: Path, name: str, kept: Kept) -> None:
    """Write it down under the key of the film."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".{name}.{secrets.token_hex(6)}.part"
    try:
        part.write_text(json.dumps(asdict(kept), default=str), encoding="utf-8")
        part.chmod(0o600)
        part.replace(folder / f"{name}.json")
    finally:
        part.unlink(missing_ok=True)


def kept_as(folder: Path, name: str) -> Kept | None:
    """What was kept under a film's key; None for nothing, or nothing that can be read today."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        found = _typed(Kept, json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
        assert isinstance(found, Kept)
        return found
    return None


def _typed(kind: Any, raw: Any) -> Any:
    """JSON as the type that a field is declared with: dataclasses, tuples, fractions, and each of them or None."""
    if isinstance(kind, types.UnionType):
        return None if raw is None else _typed(get_args(kind)[0], raw)
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        of_each = [kinds[0]] * len(raw) if kinds[-1] is Ellipsis else kinds
        return tuple(_typed(each, part) for each, part in zip(of_each, raw, strict=True))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{each.name: _typed(hints[each.name], raw[each.name]) for each in fields(kind)})  # type: ignore[operator] # a dataclass, though mypy sees Any
    return kind(raw) if kind in (Fraction, float) else raw
