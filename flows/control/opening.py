"""Opens the workshop of a run: prepares the campaign, writes down what is wanted, counts what is left."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from campaign.errors import SetupError
from campaign.gathering.gather import begin
from campaign.model.orders import RunOrder
from campaign.model.outcomes import Reason
from campaign.model.plan import Film
from campaign.model.standing import Standing
from campaign.preparing.billing import Spend, bill_of, whole
from campaign.preparing.prepare import Prepared, prepare
from campaign.preparing.selecting import select
from campaign.settings import Settings
from tasks.hands import Leftovers, campaign_hands, purse_of, window
from tasks.workshop import Spread, Workshop, set_up

CHANGED = "What would be bought is not what it was when its price was worked out: the sheet, the templates or the prices changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """A page of a run: the run's id in the ledger, and the hash of all jobs of the page, as it planned them."""

    run_id: str
    plan_sha256: str


@asynccontextmanager
async def opened(
    order: RunOrder, settings: Settings, part_of: PartOf | None = None, bound: Spend | None = None
) -> AsyncIterator[Workshop]:
    """The workshop for `order` while the block lasts. Raises InputError, SetupError, LedgerError.

    `bound` is what the run may buy: SetupError when it would be more, or anything else, by now.

    `part_of` is the run that has planned all of it, written it down, and hands pages of it to machines like this: SetupError
    when the files here ask for anything else than it did. In threads of their own: preparing blocks, and needs event loops
    itself.
    """
    preparing = prepare(order, settings)
    prepared = await asyncio.to_thread(preparing.__enter__)
    try:
        if part_of is not None and part_of.plan_sha256 != _whole_of(prepared, order).plan_sha256:
            raise SetupError(
                "The sheet, the templates or the prices are not those that this page was planned with. Nothing of it was "
                "bought. Run again."
            )
        standing = await asyncio.to_thread(prepared.standing)
        chosen = [film for film in select(standing, order) if film.film.skip is None]
        films = tuple(film.film for film in chosen if film.reason is not Reason.NOT_APPROVED)
        if bound is not None:
            bill = await asyncio.to_thread(bill_of, prepared, films, order.max_usd)
            if not bill.spend.within(bound):
                raise SetupError(f"{CHANGED} Nothing was spent. Run again.")
        campaign = prepared.brief.campaign
        run_id, notes, spread = part_of.run_id if part_of else "", tuple[str, ...](), None
        leftovers = Leftovers.NEVER
        if part_of is None:
            run_id, notes = await asyncio.to_thread(_write_down, prepared, order, standing, films)
            notes += _unapproved(len(chosen) - len(films))
            spread = Spread(order=order, run_id=run_id) if campaign.work_pool is not None else None
            leftovers = Leftovers.ONCE if spread is None else Leftovers.AGAIN_AND_AGAIN
        async with campaign_hands(prepared, order, run_id, films, settings, leftovers=leftovers) as hands:
            breadth = window(prepared.plan.provider, campaign.slots)
            elsewhere = bool(campaign.failover)
            yield set_up(
                prepared.plan,
                films,
                standing,
                hands,
                breadth,
                notes,
                elsewhere=elsewhere,
                spread=spread,
                home=prepared.home,
            )
    finally:
        await asyncio.to_thread(preparing.__exit__, *sys.exc_info())


def _whole_of(prepared: Prepared, order: RunOrder) -> Spend:
    wanted = set(order.films or ())
    return whole(prepared.plan, [film for film in prepared.plan.films if film.id in wanted])


def _unapproved(count: int) -> tuple[str, ...]:
    """A sentence when films are left out since their drafts are not approved; `fanout status` says why of each."""
    return (f"not approved and left out: {count} film{'s' if count != 1 else ''}",) if count else ()


def _write_down(
    prepared: Prepared, order: RunOrder, standing: Standing, films: tuple[Film, ...]
) -> tuple[str, tuple[str, ...]]:
    """Remember the run, plan its jobs in the ledger, set its budgets, let barred providers be tried again.

    Returns the run's id, and a sentence for each budget that holds more than its limit.
    """
    run_id = begin(prepared, order, standing)
    plan, ledger = prepared.plan, prepared.ledger
    wanted = dict.fromkeys(key for film in films for key in film.jobs)
    ledger.plan(plan.campaign, [planned for key, planned in plan.jobs.items() if key in wanted])
    notes = ledger.set_caps(purse_of(prepared, order, run_id).all_caps())
    ledger.reopen()  # a person has acted, or wants to know: one job tries each provider that was barred
    prepared.store.carry()
    prepared.store.sweep()
    return run_id, notes
