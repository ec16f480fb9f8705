"""Options that several commands share."""

import functools
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from campaign.intake.nearest import nearest
from campaign.model.money import read
from campaign.model.orders import RunOrder
from campaign.settings import KEYS

PROVIDERS = ("local", *KEYS)
type_path = click.Path(path_type=Path, dir_okay=False)


class Usd(click.ParamType[Decimal]):
    """An amount in USD, read exactly."""

    name = "USD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        usd = read(str(value))
        if usd is None:
            self.fail(f"{value!r} is not an amount of at least 0; write it like 12.50", param, ctx)
        return usd


class Provider(click.ParamType[str]):
    """The name of a provider."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in PROVIDERS:
            near = nearest(str(value), PROVIDERS)
            told = f" Did you mean {near!r}?" if near else ""
            self.fail(f"there is no provider {value!r}.{told} Use one of {', '.join(PROVIDERS)}.", param, ctx)
        return str(value)


campaign_option = click.option(
    "--campaign",
    "campaign_file",
    type=type_path,
    default=Path("campaign.toml"),
    show_default=True,
    help="The campaign's file; out/ and .fanout/ lie beside it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output on stdout.")
provider_option = click.option(
    "--provider", type=Provider(), help=f"Who makes it: {', '.join(PROVIDERS)}. [default: campaign.toml's]"
)
draft_option = click.option("--draft", is_flag=True, help="At the provider's draft resolution.")
as_last_option = click.option(
    "--draft/--final", default=None, help="Look at the draft, or at the final. [default: as the last run]"
)
skip_bad_option = click.option("--skip-bad", is_flag=True, help="Leave faulty rows out and go on with the good ones.")
only_option = click.option(
    "--only",
    multiple=True,
    metavar="KEY=VALUE,…",
    help="Select films: market, season, demographic, variant, ratio, status, changed. Keys narrow, a repeated key widens.",
)


def plain(path: Path) -> Path:
    """The path from the root, without `..`: by it a run is known to `fanout cancel`, wherever that is typed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 # resolve() would follow links, beside which out/ does not lie


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, shown in the order given."""

    def decorate(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def order_options(function: Callable[..., int]) -> Any:
    """The options of a command that runs a campaign; it is called with (order, yes=…, as_json=…)."""

    @options(
        click.option("--max-usd", type=Usd(), help="Spend no more than this in this run."),
        click.option("--yes", is_flag=True, help="Do not ask before spending."),
        campaign_option,
        provider_option,
        draft_option,
        only_option,
        skip_bad_option,
        json_option,
    )
    @functools.wraps(function)
    def command(campaign_file: Path, yes: bool, as_json: bool, **said: Any) -> int:
        return function(RunOrder(campaign_file=plain(campaign_file), **said), yes=yes, as_json=as_json)

    return command
