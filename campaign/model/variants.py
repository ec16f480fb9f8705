"""Variants: one row of variants.csv, or one cell of the matrix."""

from dataclasses import dataclass

from campaign.model.controls import Controls
from campaign.model.outcomes import Reason
from campaign.model.ratios import AspectRatio


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One order of the campaign: market x season x demographic.

    `key` is the row's variant_id, or built from market, locale, season, demographic (and concept): `de-de-winter-families`.
    `line` is the row's line in the sheet (from 1). `values` holds every cell by column name, in the sheet's order,
    as text fit for a template. `ratios` and `placements` override the campaign's when not None.
    `skip` says why the row is not made (bad_row, not_due); its other fields are then as far as they could be read.
    """

    key: str
    line: int
    market: str
    season: str
    demographic: str
    locale: str
    values: tuple[tuple[str, str], ...]
    template: str | None = None
    controls: Controls = Controls()
    ratios: tuple[AspectRatio, ...] | None = None
    placements: tuple[str, ...] | None = None
    priority: int = 0
    skip: Reason | None = None
