"""Budgets: money is taken by a conditional UPDATE, so that no two buyers can both take the last of it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, case, null, select, update

from campaign.ledger.records import Cap, Money
from campaign.ledger.rows import insert_new
from campaign.ledger.tables import budget
from campaign.ledger.transaction import Tx
from campaign.model.money import ZERO, from_micro, text, to_micro

_TAKEN = budget.c.reserved + budget.c.spent
_RESERVE = (
    update(budget)
    .where(budget.c.scope == bindparam("of"))
    .where((budget.c.cap.is_(null())) | (_TAKEN + bindparam("amount") <= budget.c.cap))
    .values(reserved=budget.c.reserved + bindparam("amount"))
)
_AFTER = _TAKEN - bindparam("released") + bindparam("billed")
_SETTLE = (
    update(budget)
    .where(budget.c.scope == bindparam("of"))
    .values(
        reserved=budget.c.reserved - bindparam("released"),
        spent=budget.c.spent + bindparam("billed"),
        overrun=case((budget.c.cap < _AFTER, _AFTER - budget.c.cap), else_=0),
    )
)
_CAP = (
    update(budget)
    .where(budget.c.scope == bindparam("of"))
    .values(
        cap=bindparam("limit"),
        overrun=case((bindparam("limit") < _TAKEN, _TAKEN - bindparam("limit")), else_=0),
    )
)


_LIMITS = {"campaign": "budget.campaign_usd", "day": "budget.day_usd", "market": "budget.market_usd"}


def limit_of(scope: str) -> str:
    """A budget by who limits it, as people write that: `--max-usd`, `budget.day_usd (fresh-days:2026-11-20)`."""
    kind, _, what = scope.partition(":")
    if kind == "run":
        return "--max-usd"
    return f"{_LIMITS[kind]} ({what})" if kind in _LIMITS else f"budget {scope}"


def reserve(tx: Tx, caps: Sequence[Cap], amount: int) -> str | None:
    """Hold `amount` micro-USD in every budget of `caps`, or in none: returns a sentence naming the one that has too little.

    Nothing free is ever refused, and it touches no budget.
    """
    if amount == 0:
        return None
    taken: list[str] = []
    for cap in sorted(caps, key=lambda cap: cap.scope):  # one order for all, so that buyers cannot lock each other out
        if not _take(tx, cap.scope, amount) and not _begin_and_take(tx, cap, amount):
            settle(tx, taken, released=amount, billed=0)
            return _refusal(tx, cap.scope, amount)
        taken.append(cap.scope)
    return None


def settle(tx: Tx, scopes: Iterable[str], *, released: int, billed: int) -> None:
    """Give back a reservation of `released` and count `billed` as spent, in every budget it was taken from."""
    if released == 0 and billed == 0:
        return
    for scope in sorted(scopes):
        tx.connection.execute(_SETTLE, {"of": scope, "released": released, "billed": billed})


def set_caps(tx: Tx, caps: Iterable[Cap]) -> list[str]:
    """Set limits; a sentence for each budget of which more than that is taken already (nothing more is bought then)."""
    said = [_set_cap(tx, cap) for cap in sorted(caps, key=lambda cap: cap.scope)]  # in the order of `reserve`
    return [sentence for sentence in said if sentence]


def _set_cap(tx: Tx, cap: Cap) -> str | None:
    _ensure(tx, cap)
    limit = None if cap.usd is None else to_micro(cap.usd)
    tx.connection.execute(_CAP, {"of": cap.scope, "limit": limit})
    taken = read_money(tx.connection, cap.scope)
    total = taken.reserved_usd + taken.spent_usd
    if cap.usd is None or total <= cap.usd:
        return None
    return (
        f"{limit_of(cap.scope)} is {text(cap.usd)} USD, but {text(taken.spent_usd)} are spent and {text(taken.reserved_usd)} "
        f"held: nothing more is bought until it is raised above {text(total)}."
    )


def read_money(connection: Connection, scope: str) -> Money:
    """What a budget holds; nothing for one that was never used."""
    row = connection.execute(select(budget).where(budget.c.scope == scope)).mappings().first()
    return Money(ZERO, ZERO) if row is None else Money(from_micro(row["reserved"]), from_micro(row["spent"]))


def _take(tx: Tx, scope: str, amount: int) -> bool:
    return tx.connection.execute(_RESERVE, {"of": scope, "amount": amount}).rowcount == 1


def _begin_and_take(tx: Tx, cap: Cap, amount: int) -> bool:
    """For a budget that was never used: somebody else may begin it in this very moment, so it is asked again anyway."""
    _ensure(tx, cap)
    return _take(tx, cap.scope, amount)


def _ensure(tx: Tx, cap: Cap) -> None:
    values = {
        "scope": cap.scope,
        "cap": None if cap.usd is None else to_micro(cap.usd),
        "reserved": 0,
        "spent": 0,
        "overrun": 0,
    }
    tx.connection.execute(insert_new(tx.connection, budget), values)


def _refusal(tx: Tx, scope: str, amount: int) -> str:
    row = tx.connection.execute(select(budget).where(budget.c.scope == scope)).mappings().one()
    cap, spent, held = (text(from_micro(row[name])) for name in ("cap", "spent", "reserved"))
    price = text(from_micro(amount))
    return (
        f"{price} USD do not fit into {cap} USD of {limit_of(scope)} ({spent} spent, {held} held). Raise it to go on."
    )
