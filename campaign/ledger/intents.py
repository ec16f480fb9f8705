"""The intent to buy: everything that may stand against it is looked at, and the money taken, in one transaction.

Locks are taken in one order by all: the job, the route to its provider, its budgets.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from campaign.ledger import routes
from campaign.ledger.brakes import read_brakes
from campaign.ledger.breaker import Passage
from campaign.ledger.budgets import reserve
from campaign.ledger.clock import SECOND
from campaign.ledger.jobs import Row, intent_id, next_attempt
from campaign.ledger.journal import locked, move
from campaign.ledger.records import Cap, JobRecord, Room
from campaign.ledger.room import shortage
from campaign.ledger.transaction import Tx
from campaign.ledger.transitions import UNSENT
from campaign.model.jobs import PlannedJob
from campaign.model.money import to_micro
from campaign.model.outcomes import JobState, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a job is bought: by whom, out of which budgets, with how much room, and for how many seconds."""

    owner: str
    caps: Sequence[Cap]
    request_sha256: str
    lease_s: float
    send_s: float
    room: Room


@dataclass(frozen=True, slots=True)
class Grant:
    """The row, whether it may be sent, and otherwise when to ask again (None: not for this reason) and why not."""

    row: Row
    granted: bool
    wait_s: float | None = None
    why: str = ""


def intend(tx: Tx, planned: PlannedJob, terms: Terms) -> Grant:
    """Take the job, reserve its highest price and write the intent, when nothing stands against it.

    Refused, the row stays as it was or comes to be in BUDGET. Granted, it may be sent until `last_send_by`.
    """
    price = to_micro(planned.price_usd)
    row = locked(tx, planned.job.key)
    if tx.repeated and row["state"] == JobState.INTENT and row["lease_owner"] == terms.owner:
        return Grant(row, True)
    if not _may_be_bought(row, planned):
        return Grant(row, False)
    passage = _passage(tx, planned, terms.room)
    if not passage.passes:
        return Grant(row, False, passage.wait_s, passage.why)
    refusal = reserve(tx, terms.caps, price)
    if refusal is not None:
        return Grant(_refused_by_budget(tx, row, terms.owner, refusal), False, None, refusal)
    if price:
        routes.pass_through(tx, planned.provider, planned.job.operation, passage)
    return Grant(_begun(tx, row, planned, terms, price), True)


def next_intent_id(record: JobRecord, provider: str) -> str:
    """The name under which a job goes to `provider` if it is bought now, so that its request can be written beforehand.

    Another run may begin an attempt meanwhile: compare with the intent that was granted.
    """
    goes_on = _goes_on(record.state, record.first_send_at is not None, record.provider, provider)
    return intent_id(record.key, record.attempt if goes_on else record.attempt + 1)


def _may_be_bought(row: Row, planned: PlannedJob) -> bool:
    if row["state"] in UNSENT:
        return True
    elsewhere = row["provider"] != planned.provider and row["reason"] != Reason.MODERATED
    return bool(row["state"] == JobState.REJECTED and elsewhere)


def _passage(tx: Tx, planned: PlannedJob, room: Room) -> Passage:
    """Whether the provider may be asked now. What is free is made here: nothing can be wrong with the way to it."""
    passage = Passage(True, routes.NOTHING_KNOWN)
    if planned.price_usd or room != Room():
        routes.lock(tx, planned.provider)
    if planned.price_usd:
        frozen = read_brakes(tx.connection).get(planned.provider)
        if frozen is not None:
            return Passage(False, passage.routes, None, frozen)
        passage = routes.ask(tx, planned.provider, planned.job.operation)
    if passage.passes and (short := shortage(tx, planned.provider, planned.job.operation, room)):
        return Passage(False, passage.routes, *short)
    return passage


def _begun(tx: Tx, row: Row, planned: PlannedJob, terms: Terms, price: int) -> Row:
    same = _goes_on(row["state"], row["first_send_at"] is not None, row["provider"], planned.provider)
    changes = {} if same else next_attempt(row)
    first = changes.get("first_send_at", row["first_send_at"])
    changes |= {
        "provider": planned.provider,
        "price": price,
        "price_reserved": price,
        "price_final": None,
        "scopes": json.dumps([cap.scope for cap in terms.caps] if price else []),
        "request_sha256": terms.request_sha256,
        "first_send_at": first or tx.now,
        "last_send_by": tx.now + int(terms.send_s * SECOND),
        "fence": row["fence"] + 1,
        "lease_owner": terms.owner,
        "lease_until": tx.now + int(terms.lease_s * SECOND),
        "reason": None,
        "note": "",
    }
    return move(tx, row, JobState.INTENT, terms.owner, **changes)


def _goes_on(state: str, sent: bool, last_asked: str, asked_now: str) -> bool:
    """Whether this is the same attempt still: it was proved that nobody took it, and nobody else is asked under its name."""
    return state in (JobState.PLANNED, JobState.BUDGET) and (not sent or last_asked == asked_now)


def _refused_by_budget(tx: Tx, row: Row, owner: str, refusal: str) -> Row:
    if row["state"] == JobState.REJECTED or (row["state"] == JobState.BUDGET and row["note"] == refusal):
        return row
    anew = next_attempt(row) if row["state"] == JobState.CANCELLED else {}
    return move(tx, row, JobState.BUDGET, owner, **{**anew, "reason": Reason.BUDGET, "note": refusal})
