"""Keys of variants: rows said twice are dropped, rows that clash are refused, every key is one of its kind."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from campaign.intake.notebook import Entry, Notebook
from campaign.intake.remarks import Remark
from campaign.model.faults import Level
from campaign.model.outcomes import Reason
from campaign.model.variants import Variant

_REMARKS = "notes"
"""The column whose text makes no difference between two rows."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A variant as read, with the entry it was read from."""

    entry: Entry
    variant: Variant


def drop_repeated(drafts: Iterable[Draft], notebook: Notebook) -> list[Draft]:
    """The drafts without those that say the same as an earlier one. One key for different content makes both rows bad."""
    first: dict[str, Draft] = {}
    kept: list[Draft] = []
    for draft in drafts:
        key = "" if _misnamed(draft) else draft.variant.key.casefold()
        known = first.setdefault(key, draft) if key else draft
        if known is draft:
            kept.append(draft)
        elif _said(known) == _said(draft):
            problem = f"says the same as the row on line {known.variant.line} and is left out"
            _note(notebook, draft, "csv.duplicate", problem, "Delete one of the rows.", Level.INFO)
        else:
            kept.append(draft)
            _clash(known, draft, notebook)
    return kept


def _misnamed(draft: Draft) -> bool:
    """Whether a row's variant_id could not be read: that was said, and its key is not the one that was meant."""
    variant_id = draft.entry.cells.get("variant_id", "")
    return bool(variant_id) and not draft.variant.key.startswith(variant_id)


def refuse_shared(drafts: Sequence[Draft], column: str, notebook: Notebook) -> None:
    """Makes rows bad that carry a registered id (of `column`) that another film carries too."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        text = draft.entry.cells.get(column)
        if not text:
            continue
        known = first.setdefault(text, draft)
        if known is not draft:
            rows = f"lines {known.variant.line} and {draft.variant.line}"
            if known.entry.row == draft.entry.row:
                rows = f"{known.variant.key} and {draft.variant.key}, made of one row"
            cure = "Each film has an id of its own: register another, or leave the cell empty."
            remark = Remark(rule=f"csv.{column}", problem=f"is used twice: {rows}", cure=cure)
            notebook.remark(draft.entry, column, remark, text)
            notebook.bad_rows.add(known.entry.row)


def settle(drafts: Iterable[Draft], notebook: Notebook) -> Iterator[Variant]:
    """The variants, those of bad rows marked; a bad row whose key is incomplete or taken is called by its line."""
    taken: set[str] = set()
    for draft in drafts:
        variant = draft.variant
        bad = draft.entry.row in notebook.bad_rows
        key = variant.key
        tries = 1
        while not key or key.casefold() in taken:
            key = f"row-{variant.line}" if tries == 1 else f"row-{variant.line}-{tries}"
            tries += 1
        taken.add(key.casefold())
        yield replace(variant, key=key, skip=Reason.BAD_ROW) if bad else variant


def _said(draft: Draft) -> list[tuple[str, str]]:
    return [(column, text) for column, text in draft.variant.values if column != _REMARKS]


def _clash(known: Draft, draft: Draft, notebook: Notebook) -> None:
    before = dict(known.variant.values)
    columns = [column for column, text in _said(draft) if before.get(column) != text]
    problem = (
        f"gives the key {draft.variant.key}, which line {known.variant.line} gives too; "
        f"the rows differ in {', '.join(columns)}"
    )
    cure = "Delete one of them, or give each a variant_id (or concept) of its own."
    _note(notebook, draft, "csv.key", problem, cure, Level.ERROR)
    notebook.bad_rows.add(known.entry.row)


def _note(notebook: Notebook, draft: Draft, rule: str, problem: str, cure: str, level: Level) -> None:
    column = "variant_id" if draft.entry.cells.get("variant_id") else None
    notebook.remark(draft.entry, column, Remark(rule=rule, problem=problem, cure=cure, level=level))
