"""Cuts a run into market flows whose pages a person can take in."""

from collections.abc import Iterable
from dataclasses import dataclass

from tasks.outstanding import VariantWork

PAGE = 200
"""Task runs on one page of the Prefect UI at most; past a few hundred its graph is bars without labels."""


@dataclass(frozen=True, slots=True)
class Page:
    """One market flow: its title, and the variants that it makes."""

    title: str
    works: tuple[VariantWork, ...]


def pages(works: Iterable[VariantWork], limit: int = PAGE) -> tuple[Page, ...]:
    """Market by market, in the order in which the works come; a market with more than `limit` task runs in several."""
    by_market: dict[str, list[VariantWork]] = {}
    for work in works:
        by_market.setdefault(work.variant.market, []).append(work)
    made = []
    for market, all_works in by_market.items():
        parts = _parts(all_works, limit)
        for number, part in enumerate(parts, 1):
            place = f"{market}, part {number} of {len(parts)}" if len(parts) > 1 else market
            made.append(Page(f"{place}: {len(part)} variant{'s' if len(part) != 1 else ''}", tuple(part)))
    return tuple(made)


def _parts(works: list[VariantWork], limit: int) -> list[list[VariantWork]]:
    """Neighbours together while they fit; never an empty part."""
    parts: list[list[VariantWork]] = []
    runs = limit
    for work in works:
        if runs + work.task_runs > limit:
            parts.append([])
            runs = 0
        parts[-1].append(work)
        runs += work.task_runs
    return parts
