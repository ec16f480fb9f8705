"""Sheets read as the campaign reads them, so that a test states only the sheet."""

from datetime import date
from typing import Any

from campaign.intake.days import Days
from campaign.intake.matrix import Matrix
from campaign.intake.variants import Known, SheetReading, read_variants
from campaign.model.variants import Variant

KNOWN = Known(
    templates=frozenset(("global_campaign", "relighting", "_macros")),
    placements=frozenset(("meta.reels", "tiktok.feed")),
    provider_names=frozenset(("local", "luma")),
)
HEADER = "market,season,demographic,locale"
TODAY = date(2026, 11, 20)


def read_sheet_text(sheet: str | bytes, *, today: date = TODAY, **changes: Any) -> SheetReading:
    data = sheet if isinstance(sheet, bytes) else sheet.encode()
    settings = {"known": KNOWN, "matrix": Matrix({}, ()), "days": Days(today), "skip_bad": False} | changes
    return read_variants(data, "variants.csv", **settings)


def a_row(columns: str, cells: str, **changes: Any) -> SheetReading:
    """One sound row with more columns: `a_row("priority", "5")`."""
    return read_sheet_text(f"{HEADER},{columns}\nDE,winter,families,de-DE,{cells}\n", **changes)


def rules(reading: SheetReading) -> dict[str, str]:
    """For each rule that was broken its level."""
    return {fault.rule: str(fault.level) for fault in reading.faults}


def cell(variant: Variant, column: str) -> str:
    return dict(variant.values)[column]
