"""One entry of the sheet as a Variant."""

from campaign.intake.cells import slug
from campaign.intake.days import Days
from campaign.intake.fields import read_ad_id, read_clock_number, read_ratios, read_variant_id
from campaign.intake.notebook import Entry, Notebook
from campaign.intake.places import MARKETS
from campaign.intake.row_parts import (
    Known,
    check_unused,
    controls_of,
    is_due,
    locale_of,
    priority_of,
    readers_of,
    require,
)
from campaign.intake.rows import Cache, Row
from campaign.model.outcomes import Reason
from campaign.model.variants import Variant


class VariantReader:
    """Reads the entries of one sheet."""

    def __init__(self, notebook: Notebook, known: Known, columns: frozenset[str], days: Days) -> None:
        """`columns` are those that the sheet or the matrix has."""
        self._notebook = notebook
        self._names = readers_of(known)
        self._columns = columns
        self._days = days
        self._cache = Cache()

    def read(self, entry: Entry) -> Variant:
        """The variant as far as it can be read: its key may not be the only one of its kind, and may be "".

        `entry.cells` holds the code of one market, or what could not be read as one. `skip` is only ever not_due.
        """
        if entry.broken:
            return self._unread(entry)
        row = Row(entry, self._notebook, self._cache)
        require(row, self._columns)
        check_unused(row, self._names)
        row.read("ad_id", read_ad_id)
        row.read("clock_number", read_clock_number)
        market = row.cells.get("market", "")
        locale = locale_of(row, market)
        season, demographic = slug(row.cells.get("season", "")), slug(row.cells.get("demographic", ""))
        return Variant(
            key=_key(row, market, locale, season, demographic),
            line=self._notebook.line(entry.row),
            market=market,
            season=season,
            demographic=demographic,
            locale=locale,
            values=tuple((entry.cells | {"market": market, "locale": locale}).items()),
            template=row.read("template", self._names.template),
            controls=controls_of(row),
            ratios=row.read("ratios", read_ratios),
            placements=row.read("placements", self._names.placements),
            priority=priority_of(row),
            skip=None if is_due(row, self._days.of(market)) else Reason.NOT_DUE,
        )

    def _unread(self, entry: Entry) -> Variant:
        """A row whose cells stand in the wrong columns."""
        line, values = self._notebook.line(entry.row), tuple(entry.cells.items())
        return Variant(key="", line=line, market="", season="", demographic="", locale="", values=values)


def _tongue(locale: str, market: str) -> str:
    """The locale without the market, which the key has said already: DE, de-DE -> de."""
    return "-".join(part for part in locale.split("-") if part != market)


def _key(row: Row, market: str, locale: str, season: str, demographic: str) -> str:
    """The row's variant_id, with what tells apart the entries made of it; else its parts; "" when one could not be read."""
    variant_id = row.read("variant_id", read_variant_id)
    if variant_id:
        return "-".join((variant_id, *filter(None, map(slug, row.entry.suffix))))
    if market not in MARKETS or not (locale and season and demographic):
        return ""
    parts = (market, _tongue(locale, market), season, demographic, row.cells.get("concept", ""))
    return "-".join(filter(None, map(slug, parts)))
