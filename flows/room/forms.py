"""The forms of the room's flows: what each asks for, with this campaign's own choices in its drop-downs."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from prefect import Flow
from prefect.utilities.callables import parameter_schema

from campaign.model.campaign import Brief
from campaign.planning.asked import ratios_of
from campaign.settings import KEYS

PROVIDERS = ("local", *KEYS)
TITLES = {"max_usd": "Spend at most, in USD", "dry_run": "Dry run", "skip_bad": "Skip faulty rows"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen in a campaign now, each once, in the order of its sheet."""

    markets: tuple[str, ...]
    seasons: tuple[str, ...]
    demographics: tuple[str, ...]
    ratios: tuple[str, ...]
    variants: tuple[str, ...]
    providers: tuple[str, ...] = PROVIDERS

    def of(self, parameter: str) -> tuple[str, ...]:
        """The choices of a flow's parameter; nothing for one that is not chosen from a list."""
        return {
            "markets": self.markets,
            "seasons": self.seasons,
            "demographics": self.demographics,
            "ratios": self.ratios,
            "variants": self.variants,
            "provider": self.providers,
        }.get(parameter, ())


def choices_of(brief: Brief) -> Choices:
    """The choices that the sheet and campaign.toml offer."""
    rows = brief.variants
    ratios = (ratio.label for row in rows for ratio in ratios_of(row, brief.campaign, brief.catalogue))
    return Choices(
        markets=_each(row.market for row in rows),
        seasons=_each(row.season for row in rows),
        demographics=_each(row.demographic for row in rows),
        ratios=_each(ratios),
        variants=_each(row.key for row in rows),
    )


def form_of(flow: Flow[..., Any], choices: Choices) -> dict[str, Any]:
    """The JSON schema of a flow's parameters, which the server shows as a form and holds every run to.

    Which campaign.toml it is, is the deployment's own and no question of the form.
    """
    form = deepcopy(parameter_schema(flow.fn).model_dump_for_openapi())
    form["properties"].pop("campaign_file", None)
    form["required"] = [name for name in form.get("required", []) if name != "campaign_file"]
    for name, field in form["properties"].items():
        field["title"] = TITLES.get(name, name.capitalize())
        offered = list(choices.of(name))
        if offered and field.get("type") == "array":
            field["items"] = {"type": "string", "enum": offered}
        elif offered and field.get("type") == "string":
            field["enum"] = list(dict.fromkeys((field["default"], *offered)))
    return form


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
