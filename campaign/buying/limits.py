"""How much of each budget is used."""

from campaign.buying.purse import Purse
from campaign.ledger.budgets import limit_of
from campaign.ledger.ledger import Ledger
from campaign.model.orders import CapUse


def limits_of(ledger: Ledger, purse: Purse) -> tuple[CapUse, ...]:
    """Every budget with a limit that a run pays from: the campaign's, the day's, the run's own, then the markets'."""
    capped = [(cap.scope, cap.usd) for cap in purse.all_caps() if cap.usd is not None]
    held = [(scope, usd, ledger.budget(scope)) for scope, usd in capped]
    return tuple(
        CapUse(name=limit_of(scope), cap_usd=usd, spent_usd=money.spent_usd, reserved_usd=money.reserved_usd)
        for scope, usd, money in held
    )
