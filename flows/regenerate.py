"""The one-click form: what to make again, of which films, by whom, for how much at most."""

from pathlib import Path
from typing import Literal

from prefect import State, flow
from prefect.states import Failed

from campaign.errors import InputError
from campaign.model.orders import RunOrder
from campaign.preparing.regenerating import What
from campaign.secrets import guard_logs
from flows.approvals.wishes import Wish, usd_of
from flows.fulfilling import Quality, fulfil

AS_WRITTEN = "as in campaign.toml"


@flow(name="regenerate", flow_run_name="regenerate: {what}", persist_result=False)
async def regenerate(
    campaign_file: Path,
    what: Literal["only what failed", "only what changed", "everything"] = "only what failed",
    dry_run: bool = False,
    markets: list[str] = [],  # noqa: B006 (the form shows a list, not a choice between a list and nothing)
    seasons: list[str] = [],  # noqa: B006 (likewise)
    demographics: list[str] = [],  # noqa: B006 (likewise)
    ratios: list[str] = [],  # noqa: B006 (likewise)
    variants: list[str] = [],  # noqa: B006 (likewise)
    provider: str = AS_WRITTEN,
    quality: Literal["draft", "final", "draft, then final"] = "final",
    max_usd: str = "",
    skip_bad: bool = False,
) -> State[None]:
    """Make films of the campaign again. What costs more than is spent unasked waits for a person's yes.

    Args:
        campaign_file: the campaign.toml, as the machine that runs this sees it
        what: "only what failed" buys anew what a provider or quality control refused and goes on with what was stopped; "only
            what changed" makes what the sheet, the templates or the master changed since the last run; "everything" gives all
            that is chosen below a new edition
        dry_run: only show count, price and names: nothing is spent
        markets: none chosen means all
        seasons: none chosen means all
        demographics: none chosen means all
        ratios: none chosen means all
        variants: none chosen means all
        provider: who makes it
        quality: "draft, then final" waits in between until somebody has approved the drafts
        max_usd: the most that this run may spend, in USD, such as 12.50; empty means the campaign's budgets alone
        skip_bad: leave faulty rows out and go on with the good ones
    """
    guard_logs()
    try:
        limit = usd_of(max_usd)
    except InputError as error:
        return Failed(message=str(error))
    order = RunOrder(
        campaign_file=campaign_file,
        provider=None if provider == AS_WRITTEN else provider,
        skip_bad=skip_bad,
        max_usd=limit,
    )
    said = {"market": markets, "season": seasons, "demographic": demographics, "ratio": ratios, "variant": variants}
    criteria = {key: tuple(values) for key, values in said.items()}
    return await fulfil(Wish(order=order, what=What(what), criteria=criteria), Quality(quality), dry_run=dry_run)
