"""The columns of a sheet: which we know, what the others are called, and what is wrong with their names."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from campaign.intake.cells import clean_code
from campaign.intake.nearest import nearest, within
from campaign.intake.remarks import Remark
from campaign.model.faults import Level

REQUIRED = ("market", "season", "demographic")
CODES = (
    *("variant_id", "market", "locale", "season", "demographic", "concept"),
    *("active", "priority", "start_date", "end_date"),
    *("ratios", "placements", "provider", "template"),
    *("strength", "hold_motion", "hold_structure", "auto", "faces", "bodies", "pose", "keyframes"),
    *("ad_id", "clock_number", "product_ref"),
)
"""Columns that hold codes, numbers and names of ours: cleaned of everything that cannot be seen."""

COPY = (
    *("headline", "cta", "legal", "product", "setting", "wardrobe", "light"),
    *("vo_file", "music_file", "ai_label", "reviewer", "notes"),
)
"""Columns that hold words; they are known only so that a slip of the pen is noticed."""

KNOWN = (*CODES, *COPY)
_ALSO = {
    "market": ("country", "territory", "land", "pays", "markt"),
    "locale": ("language", "lang", "sprache"),
    "season": ("saison", "time_of_year"),
    "demographic": ("audience", "target_group", "zielgruppe", "segment"),
    "variant_id": ("id", "unique_id"),
    "provider": ("engine",),
}
"""Names that people give a column of ours; only a hint, since they may mean something else by it."""

_OWN = re.compile(r"prompt_?vars\.", re.IGNORECASE)
_LONG = 6
"""In names from this length on two wrong letters are a slip; in shorter ones only one (`city` is not `cta`)."""


def squash(name: str) -> str:
    """A name as it is compared: case, blanks, underscores and hyphens do not count."""
    return re.sub(r"[\W_]+", "", clean_code(name).casefold())


_BY_SQUASHED = {squash(name): name for name in KNOWN}


def is_known(name: str) -> bool:
    """Whether a cell is the name of a column we know."""
    return squash(name) in _BY_SQUASHED


def column_name(header: str) -> str:
    """How templates call a column: a known name, else lower case with underscores. `prompt_vars.hat` is `hat`."""
    bare, own = _OWN.subn("", clean_code(header), count=1)
    known = None if own else _BY_SQUASHED.get(squash(bare))
    return known or re.sub(r"[\W_]+", "_", unicodedata.normalize("NFKC", bare.casefold())).strip("_")


@dataclass(frozen=True, slots=True)
class NameRemark:
    """A remark about the name at `position` of the header; None = about the header as a whole."""

    position: int | None
    remark: Remark


def check_names(headers: Iterable[str], given: Iterable[str]) -> Iterator[NameRemark]:
    """What is wrong with a header: names used twice, names that are nearly ours, required ones that are missing.

    `given` are columns that come from elsewhere (the matrix), which the sheet need not have.
    """
    seen: dict[str, int] = {}
    spelt = list(headers)
    if len(spelt) == 1 and sum(map(is_known, re.split(r"[,;\t|]", spelt[0]))) > 1:
        problem = "every line is one cell: it stands in quotation marks as a whole"
        yield _error(0, "csv.header", problem, "Export the sheet again as CSV; do not open and save the CSV itself.")
        return
    for position, header in enumerate(spelt):
        name = column_name(header)
        if not name:
            continue
        if squash(name) in seen:
            problem = (
                f"column {name} stands in the header twice, as columns {seen[squash(name)] + 1} and {position + 1}"
            )
            yield _error(position, "csv.column_duplicate", problem, "Delete or rename one of them.")
        seen.setdefault(squash(name), position)
        yield from _check_name(position, header, name)
    meant = {near_known(column_name(header)) for header in spelt}
    for name in REQUIRED:
        if squash(name) not in seen and name not in given and name not in meant:
            yield _missing(name, spelt)


def _check_name(position: int, header: str, name: str) -> Iterator[NameRemark]:
    if not name.isidentifier():
        problem = f"column {header.strip()!r} has a name that templates cannot say"
        remark = Remark(
            rule="csv.column_name", problem=problem, cure="Begin the name with a letter.", level=Level.WARNING
        )
        yield NameRemark(position, remark)
    near = None if _OWN.match(clean_code(header)) else near_known(name)
    if near:
        problem = f"column {header.strip()!r} is not known"
        yield _error(
            position, "csv.column", problem, f"Rename it; if it is your own, call it prompt_vars.{name}.", near
        )


def near_known(name: str) -> str | None:
    """The known column that `name`, as `column_name` gives it, is a slip of; None when it is one, or its own."""
    if name in KNOWN:
        return None
    short = squash(name)
    close = [ours for key, ours in _BY_SQUASHED.items() if within(short, key, 2 if len(key) >= _LONG else 1)]
    return nearest(name, close) or (close[0] if close else None)


def _missing(name: str, headers: list[str]) -> NameRemark:
    wanted = {squash(other) for other in _ALSO.get(name, ())}
    other = next((header.strip() for header in headers if squash(header) in wanted), None) or next(
        (header.strip() for header in headers if within(squash(header), name, 3)), None
    )
    cure = f"Rename {other!r} to {name}." if other else f"Add a column {name}, or give it in [matrix]."
    return _error(None, "csv.column_missing", f"column {name} is missing", cure)


def _error(position: int | None, rule: str, problem: str, cure: str, near: str | None = None) -> NameRemark:
    return NameRemark(position, Remark(rule=rule, problem=problem, cure=cure, nearest=near))
