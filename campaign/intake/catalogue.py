"""Reads campaign/data: what providers take and charge, delivery specs, placements."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any

from campaign.model.catalogue import Capability, Catalogue, DeliverySpec, Limit, OperationLimits, Price
from campaign.model.ratios import AspectRatio

_UNKNOWN = Limit(None, "no document states it", date(2026, 11, 20))


def read_catalogue() -> Catalogue:
    """The catalogue as shipped. Raises KeyError or ValueError only when the package's own data is broken."""
    return Catalogue(
        providers={name: _capability(name, raw) for name, raw in _data("providers.toml").items()},
        specs={id_: _spec(id_, raw) for id_, raw in _data("specs.toml").items()},
        placements={id_: _ratios(raw["ratios"]) for id_, raw in _data("placements.toml").items()},
    )


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
        hdr=tuple(raw["hdr"]),
        exr=raw["exr"],
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


def _spec(id_: str, raw: Mapping[str, Any]) -> DeliverySpec:
    exact = {key: Fraction(raw[key]) for key in ("min_seconds", "max_seconds") if key in raw}
    return DeliverySpec(**{"id": id_, **raw, **exact})


def _ratios(labels: list[str]) -> tuple[AspectRatio, ...]:
    return tuple(AspectRatio(label) for label in labels)
