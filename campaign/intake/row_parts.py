"""What a row says about its language, its time, its controls: readings that need more than one cell."""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from campaign.intake.cells import read_whole, read_yes_no, slug
from campaign.intake.columns import REQUIRED
from campaign.intake.dates import read_date
from campaign.intake.fields import fold_template, fold_word, list_of, read_keyframes
from campaign.intake.locales import is_spoken, languages_of, main_locale, read_locale
from campaign.intake.places import MARKETS
from campaign.intake.remarks import Reader, Reading, choose
from campaign.intake.rows import Row
from campaign.intake.values import rival_controls
from campaign.model.controls import POSES, STRENGTHS, Controls
from campaign.model.faults import Level

_PRIORITY: Reader[int] = partial(read_whole, rule="csv.priority", least=-100, most=100)
_STRENGTH = choose("csv.strength", "strength", STRENGTHS, fold_word)
_POSE = choose("csv.pose", "pose", POSES, fold_word)
_ONE_SOUND = "The master's own sound is laid on every film."
_UNUSED = {
    "provider": "One provider makes the whole campaign: name it in campaign.toml or with --provider.",
    "keyframes": "Pin keyframes in the template's front matter.",
    "vo_file": _ONE_SOUND,
    "music_file": _ONE_SOUND,
}
"""Columns that nothing acts on so far: said, so that nobody relies on them."""


@dataclass(frozen=True, slots=True)
class Known:
    """Names that rows may use: templates (their stems), placements, providers. An empty set is not checked against."""

    templates: frozenset[str]
    placements: frozenset[str]
    provider_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Names:
    """Readers of cells that hold names of `Known` things."""

    template: Reader[str]
    placements: Reader[tuple[str, ...]]
    provider: Reader[str]


def readers_of(known: Known) -> Names:
    """The readers; templates that begin with `_` hold macros and are not for rows."""
    templates = sorted(name for name in known.templates if not name.startswith("_"))
    return Names(
        template=choose("csv.template", "template", templates, fold_template),
        placements=list_of(choose("csv.placement", "placement", sorted(known.placements), fold_word)),
        provider=choose("csv.provider", "provider", sorted(known.provider_names)),
    )


def require(row: Row, columns: frozenset[str]) -> None:
    """Notes what must be said and is not. `columns` are those that sheet or matrix have."""
    for column in REQUIRED:
        text = row.entry.cells.get(column, "")
        if column not in columns:
            row.condemn()
        elif not text:
            cure = f"Write a {column}. Merged cells leave blanks: fill them, or add the line `# fill-down: {column}`."
            row.error(column, f"csv.{column}", "is empty", cure)
        elif column != "market" and not slug(text):
            row.error(column, f"csv.{column}", "has neither letters nor digits", f"Write a {column}.", text)


def locale_of(row: Row, market: str) -> str:
    """The row's locale, else that of its market's first language (which is noted); "" when there is none."""
    if row.entry.cells.get("locale"):
        said = row.read("locale", read_locale) or ""
        if said and market in MARKETS and not _is_spoken(said, market):
            row.warn("locale", "csv.locale_market", f"is {said}, not a language of {market}", "Is it meant?")
        return said
    if market not in MARKETS:
        return ""
    locale, others = _main_locale(market)
    if locale is None:
        row.error("locale", "csv.locale", f"is empty, and {market} has no language of its own", "Write a locale.")
        return ""
    cure = f"{market} also speaks {', '.join(others)}: write the locale to choose." if others else "Write it to choose."
    row.warn("locale", "csv.locale_derived", f"is empty: {market} is taken to speak {locale}", cure, Level.INFO)
    return locale


def controls_of(row: Row) -> Controls:
    """The controls that the row sets. More than one way of setting them is an error, as in a template."""
    controls = Controls(
        strength=row.read("strength", _STRENGTH),
        hold_motion=row.read("hold_motion", _read_hold),
        hold_structure=row.read("hold_structure", _read_hold),
        auto=row.read("auto", read_yes_no),
        faces=row.read("faces", read_yes_no),
        bodies=row.read("bodies", read_yes_no),
        pose=row.read("pose", _POSE),
    )
    if found := rival_controls(controls):
        (*_, last), problem, cure = found
        row.error(last, "csv.controls", problem, cure, row.cells[last])
    return controls


def priority_of(row: Row) -> int:
    """How early the row is made, -100 to 100; 0 when it does not say."""
    return row.read("priority", _PRIORITY) or 0


def is_due(row: Row, today: date) -> bool:
    """Whether `today` lies from start_date to end_date, both included."""
    start, end = row.read("start_date", read_date), row.read("end_date", read_date)
    if start and end and end < start:
        cure = "Exchange the dates, or correct one."
        row.error("end_date", "csv.dates", f"is before start_date ({start.isoformat()})", cure, row.cells["end_date"])
    due = (start is None or start <= today) and (end is None or today <= end)
    if not due:
        column, cure = ("start_date", "It waits.") if start and today < start else ("end_date", "Its time is over.")
        row.warn(column, "csv.not_due", f"leaves this row out on {today.isoformat()}", cure, Level.INFO)
    return due


def check_unused(row: Row, names: Names) -> None:
    """Reads what nothing acts on so far, and says so."""
    row.read("provider", names.provider)
    row.read("keyframes", read_keyframes)
    for column, cure in _UNUSED.items():
        if row.cells.get(column):
            row.warn(column, "csv.unused", "is not used yet", cure)


def _read_hold(text: str) -> Reading[int]:
    return Reading(0) if text.casefold() == "off" else read_whole(text, "csv.hold", 0, 9)


@cache
def _is_spoken(locale: str, market: str) -> bool:
    return is_spoken(locale, market)


@cache
def _main_locale(market: str) -> tuple[str | None, tuple[str, ...]]:
    return main_locale(market), languages_of(market)[1:]
