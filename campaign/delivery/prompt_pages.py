"""out/<campaign>/prompts/: every rendered prompt, one page per market, with a diff to the last run."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from campaign.delivery.files import write
from campaign.model.plan import Film, Plan
from campaign.model.prompts import Prompt


def write_prompt_pages(plan: Plan, previous: Mapping[str, str]) -> tuple[Path, ...]:
    """Write a Markdown page for each market. `previous` maps "variant segment operation" to the last run's text.

    Returns the pages' paths, in the order of the plan.
    """
    markets: dict[str, dict[str, list[tuple[str, Prompt]]]] = {}
    for slot, film, prompt in _spoken(plan):
        markets.setdefault(film.variant.market, {}).setdefault(film.variant.key, []).append((slot, prompt))
    pages = []
    for market, variants in markets.items():
        page = plan.out / "prompts" / f"{market or 'unknown'}.md"
        write(page, "\n".join(_page(plan, market, variants, previous)) + "\n")
        pages.append(page)
    return tuple(pages)


def prompt_texts(plan: Plan) -> dict[str, str]:
    """Every prompt by "variant segment operation", for the next run's diff."""
    return {slot: prompt.text for slot, _, prompt in _spoken(plan)}


def _spoken(plan: Plan) -> Iterator[tuple[str, Film, Prompt]]:
    seen = set()
    for film in plan.films:
        for key in film.jobs:
            job = plan.jobs[key].job
            ratio = f" {job.ratio}" if job.ratio else ""
            slot = f"{film.variant.key} {job.segment.name} {job.operation}{ratio}"
            if slot not in seen:
                seen.add(slot)
                yield slot, film, job.prompt


def _page(
    plan: Plan, market: str, variants: Mapping[str, list[tuple[str, Prompt]]], previous: Mapping[str, str]
) -> Iterator[str]:
    yield f"# {plan.campaign}: prompts for {market or 'unknown'}"
    for variant, spoken in variants.items():
        yield f"\n## {variant}"
        for text, slots in _by_text(spoken).items():
            names = ", ".join(slot.removeprefix(f"{variant} ") for slot, _ in slots)
            yield f"\n### {slots[0][1].template}: {names}\n"
            yield from (f"    {line}" for line in text.splitlines())
            yield from _diff(previous.get(slots[0][0]), text)


def _by_text(spoken: list[tuple[str, Prompt]]) -> dict[str, list[tuple[str, Prompt]]]:
    groups: dict[str, list[tuple[str, Prompt]]] = {}
    for slot, prompt in spoken:
        groups.setdefault(prompt.text, []).append((slot, prompt))
    return groups


def _diff(before: str | None, after: str) -> Iterator[str]:
    if before is None or before == after:
        return
    yield "\nChanged since the last run:\n"
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            yield f"    {line}"
