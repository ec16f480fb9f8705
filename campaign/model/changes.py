"""What changed between the last run's plan and this one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A film that is not what it was.

    Causes: master, cuts, edition, the names in planning.snapshot.PARTS, name (the file's), finish (spec, size or
    pass-through frames), order (jobs the same, put together otherwise).
    """

    film: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a remembered plan and this one. Films by id, in the plan's order; `removed` in the old one's."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]

    @property
    def touched(self) -> frozenset[str]:
        """Films of this plan whose content or name is new."""
        return frozenset((*self.added, *(change.film for change in self.changed)))
