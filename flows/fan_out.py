"""The campaign flow: makes what is missing, from a terminal or from the room; by hand, by schedule, by automation."""

from pathlib import Path

from prefect import State, flow
from prefect.states import Failed

from campaign.errors import CampaignError
from campaign.model.orders import RunOrder
from campaign.secrets import guard_logs, guarded
from flows.markets.making import make, title
from tasks.workshop import current_or_none


def run_name() -> str:
    """What the flow run is called from its first moment; a worker knows it only when the campaign is read."""
    shop = current_or_none()
    return title(shop) if shop is not None else "preparing a campaign"


@flow(name="fan-out", flow_run_name=run_name, persist_result=False)
async def fan_out(
    campaign_file: Path,
    provider: str | None = None,
    draft: bool = False,
    only: list[str] | None = None,
    skip_bad: bool = False,
    max_usd: str = "",
    films: list[str] | None = None,
) -> State[None]:
    """Make the films of a campaign in every market and aspect ratio.

    Args:
        campaign_file: the campaign.toml, as the machine that runs this sees it
        provider: who makes it (local, luma, runware, fal); empty: as in the file
        draft: at the provider's draft resolution; in the room a campaign with approval.draft_first makes drafts anyway, waits
            until somebody has approved them, and then makes the finals
        only: selectors such as market=DE,ratio=9:16; empty: the whole campaign; of a run that a schedule began and that was told
            nothing: the market that [[schedule]] has for it
        skip_bad: leave faulty rows out and go on with the good ones
        max_usd: the most that this run may spend, in USD, such as 12.50; empty means the campaign's budgets alone
        films: ids of films, in place of selectors
    """
    shop = current_or_none()
    if shop is not None:
        with guarded():
            return await make(shop)
    from flows.approvals.wishes import Wish, usd_of
    from flows.control.timetable import own_selectors
    from flows.fulfilling import Quality, fulfil

    guard_logs()
    told = only is not None or films is not None
    try:
        limit = usd_of(max_usd)
        selectors = tuple(only or ()) if told else own_selectors(campaign_file)
    except CampaignError as error:
        return Failed(message=str(error))
    order = RunOrder(
        campaign_file=campaign_file,
        provider=provider,
        draft=draft,
        only=selectors,
        skip_bad=skip_bad,
        max_usd=limit,
        films=tuple(films) if films is not None else None,
    )
    return await fulfil(Wish(order=order), Quality.DRAFT if draft else None)
