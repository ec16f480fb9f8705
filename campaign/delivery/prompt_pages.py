"""out/<campaign>/prompts/: every rendered prompt, one page per market, with a diff to the last run."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from campaign.delivery.files import write
from campaign.delivery.page_names import free_name
from campaign.model.plan import Plan
from campaign.model.prompts import Prompt
from campaign.planning.ascii_text import slug

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt where it is said: which row, for which segment, operation and ratio."""

    market: str
    variant: str
    place: str
    prompt: Prompt

    @property
    def slot(self) -> str:
        """What tells one line of a campaign from another, from run to run."""
        return f"{self.variant} {self.place}"


def write_prompt_pages(plan: Plan, previous: Mapping[str, str]) -> tuple[Path, ...]:
    """Write a Markdown page for each market of `plan`. `previous` is what `prompt_texts` gave for the last run, empty when
    there was none. Returns the pages in the order of the plan; pages of markets that are gone are deleted.

    Text from outside is inert: prompts are indented code, names are escaped, a page's name is made of letters and digits.
    """
    markets: dict[str, dict[str, list[Line]]] = {}
    for line in _lines(plan):
        markets.setdefault(line.market, {}).setdefault(line.variant, []).append(line)
    folder = plan.out / "prompts"
    title = f"# {_inert(plan.campaign)}: prompts for "
    pages: dict[str, Path] = {}
    for market, variants in markets.items():
        page = folder / f"{free_name(slug(market) or 'unknown', pages)}.md"
        write(page, "\n".join(_page(f"{title}{_inert(market or 'unknown')}", variants, previous)) + "\n")
        pages[page.stem.casefold()] = page
    _forget(folder, title, pages.values())
    return tuple(pages.values())


def prompt_texts(plan: Plan) -> dict[str, str]:
    """Every prompt of a plan for the next run's diff: the digest by slot, then each text once by its digest."""
    lines = list(_lines(plan))
    slots = {line.slot: line.prompt.sha256 for line in lines}
    return slots | {line.prompt.sha256: line.prompt.text for line in lines}


def _lines(plan: Plan) -> Iterator[Line]:
    seen = set()
    for film in plan.films:
        for key in film.jobs:
            job = plan.jobs[key].job
            ratio = f" {job.ratio}" if job.ratio else ""
            line = Line(film.variant.market, film.variant.key, f"{job.segment.name} {job.operation}{ratio}", job.prompt)
            if line.slot not in seen:
                seen.add(line.slot)
                yield line


def _page(title: str, variants: Mapping[str, list[Line]], previous: Mapping[str, str]) -> Iterator[str]:
    yield title
    for variant, lines in variants.items():
        yield f"\n## {_inert(variant)}"
        for (prompt, before), same in _alike(lines, previous).items():
            places = ", ".join(_inert(line.place) for line in same)
            yield f"\n### {_inert(prompt.template)}: {places}\n"
            yield from _code(prompt.text.splitlines())
            if previous:
                yield from _changes(before, prompt.text)


def _alike(lines: Iterable[Line], previous: Mapping[str, str]) -> dict[tuple[Prompt, str | None], list[Line]]:
    """Lines that say the same and said the same in the last run."""
    groups: dict[tuple[Prompt, str | None], list[Line]] = {}
    for line in lines:
        before = previous.get(previous.get(line.slot, ""))
        groups.setdefault((line.prompt, before), []).append(line)
    return groups


def _changes(before: str | None, after: str) -> Iterator[str]:
    if before == after:
        return
    if before is None:
        yield "\nNew since the last run."
        return
    yield "\nChanged since the last run:\n"
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    # The first two lines name files; one that begins with @@ says where, and no text line of a diff does.
    yield from _code(line for number, line in enumerate(lines) if number > 1 and not line.startswith("@@"))


def _code(lines: Iterable[str]) -> Iterator[str]:
    """Lines as Markdown shows them word for word: indented, nothing in them can end it."""
    yield from (f"    {_UNSEEN.sub('�', line)}" for line in lines)


def _inert(text: str) -> str:
    """Text on one line of Markdown that means nothing but itself."""
    return _MARKDOWN.sub(r"\\\1", _UNSEEN.sub("�", " ".join(text.split())))


def _forget(folder: Path, title: str, written: Iterable[Path]) -> None:
    """Delete pages of an earlier run, known by their title, that this one did not write."""
    if not folder.is_dir():
        return
    for page in set(folder.glob("*.md")) - set(written):
        with page.open(encoding="utf-8", errors="replace") as file:
            ours = file.readline().startswith(title)
        if ours:
            page.unlink()
