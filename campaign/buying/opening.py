"""Setting up what a run buys with: its gate, its budgets, its providers."""

import os
from dataclasses import dataclass
from decimal import Decimal

from campaign.buying.buyer import Buyer
from campaign.buying.gate import LOCAL, Gate
from campaign.buying.purse import Purse
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.model.campaign import Brief
from campaign.providers import open_provider
from campaign.store.files import Store


@dataclass(frozen=True, slots=True)
class Opened:
    """A buyer, and sentences about budgets that already hold more than their limit."""

    buyer: Buyer
    remarks: tuple[str, ...]


def open_gate(brief: Brief) -> Gate:
    """The gate of a campaign: its slots at providers, this machine's cores for local work."""
    return Gate(brief.campaign.slots, cores())


def open_buyer(
    brief: Brief,
    *,
    provider: str,
    ledger: Ledger,
    store: Store,
    engine: Engine,
    gate: Gate,
    run: str,
    run_usd: Decimal | None,
) -> Opened:
    """A buyer for one run of a campaign at `provider`, its budgets set. Raises SetupError for a provider not built. Blocks.

    `run` names the run, whose own budget is `run_usd`.
    """
    campaign = brief.campaign
    names = dict.fromkeys((provider, LOCAL))
    providers = {name: open_provider(name, engine=engine, temporary=store.temporary) for name in names}
    purse = Purse(
        campaign=campaign.name,
        run=run,
        budget=campaign.budget,
        run_usd=run_usd,
        markets={variant.key: variant.market for variant in brief.variants},
        timezone=campaign.timezone,
    )
    store.sweep()
    remarks = ledger.set_caps(purse.all_caps())
    return Opened(Buyer(ledger=ledger, store=store, providers=providers, gate=gate, purse=purse), remarks)


def cores() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
