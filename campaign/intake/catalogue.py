"""Reads campaign/data: what providers take and charge, delivery specs, placements."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from campaign.intake.reading import Spot
from campaign.intake.spec_book import Tables, placements_of, read_tables, specs_of
from campaign.model.catalogue import Capability, Catalogue, Limit, OperationLimits, Price
from campaign.model.faults import Fault
from campaign.model.ratios import AspectRatio

_UNKNOWN = Limit(None, "no document states it", date(2026, 11, 20))


def read_catalogue() -> Catalogue:
    """The catalogue as shipped. Raises KeyError or ValueError only when the package's own data is broken."""
    tables = shipped_tables()
    specs, spec_faults = specs_of(tables)
    placements, placement_faults = placements_of(tables, specs)
    _require_none((*spec_faults, *placement_faults))
    return Catalogue(
        providers={name: _capability(name, raw) for name, raw in _data("providers.toml").items()},
        specs=specs,
        placements=placements,
    )


@cache
def shipped_tables() -> Tables:
    """Specs and placements as campaign/data has them, for a campaign's own to be laid over."""
    tables = Tables({}, {})
    for name in ("specs.toml", "placements.toml"):
        read, faults = read_tables(_data(name), Spot(name, rule="specs"), own=False)
        _require_none(faults)
        tables = tables.under(read)
    return tables


def _require_none(faults: tuple[Fault, ...]) -> None:
    if faults:
        raise ValueError("\n".join(map(str, faults)))


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((files("campaign") / "data" / name).read_text(encoding="utf-8"))


def _capability(name: str, raw: Mapping[str, Any]) -> Capability:
    return Capability(
        name=name,
        model=raw["model"],
        generative=raw["generative"],
        draft=raw["draft"],
        modify=_operation(raw["modify"]),
        reframe=_operation(raw["reframe"]),
        hdr=tuple(raw["hdr"]),
        exr=raw["exr"],
        prices=tuple(price for group in raw["prices"] for price in _prices(group)),
        notes=tuple(raw["notes"]),
    )


def _operation(raw: Mapping[str, Any]) -> OperationLimits:
    return OperationLimits(
        max_seconds=_limit(raw.get("max_seconds")),
        max_fps=_limit(raw.get("max_fps")),
        max_keyframes=_limit(raw.get("max_keyframes")),
        resolutions=tuple(raw["resolutions"]),
        ratios=_ratios(raw["ratios"]),
        refused=tuple((resolution, ratio) for resolution, ratio in raw["refused"]),
        sold_seconds=tuple(raw.get("sold_seconds", ())),
        agreed_frames=_limit(raw["agreed_frames"]) if "agreed_frames" in raw else None,
    )


def _limit(raw: Mapping[str, Any] | None) -> Limit:
    return _UNKNOWN if raw is None else Limit(Fraction(raw["value"]), raw["source"], raw["read"])


def _prices(raw: Mapping[str, Any]) -> list[Price]:
    return [
        Price(
            operation=raw["operation"],
            resolution=resolution,
            mode=raw["mode"],
            usd=Decimal(usd),
            block_seconds=raw["block_seconds"],
            source=raw["source"],
            read=raw["read"],
        )
        for resolution, usd in raw["usd"].items()
    ]


def _ratios(labels: list[str]) -> tuple[AspectRatio, ...]:
    return tuple(AspectRatio(label) for label in labels)
