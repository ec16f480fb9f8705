"""What a provider answered reaches the ledger, whatever it takes: without its id nobody finds paid work again."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from campaign.buying.deal import Deal
from campaign.buying.patience import growing
from campaign.errors import FenceLost, LedgerBusy, LedgerError
from campaign.ledger.records import JobRecord
from campaign.providers.base import Generation

_FIRST_S, _MOST_S = 0.2, 30.0
_INSISTS = 5
"""So often a busy ledger is asked again to take an answer that holds no id: it is given once, and then only doubt is left."""
_LOUD = 5
"""After so many failures the id is written to the log as well, where a person may see it."""


async def write_down(deal: Deal, record: JobRecord, answer: Generation) -> JobRecord:
    """The job as SUBMITTED under the provider's id, also when its lease was lost meanwhile.

    A ledger that cannot be written is tried again for as long as this process lives; ended before that, it raises LedgerError
    with the id. Raises FenceLost when another has the job and knows its id.
    """
    trouble: Exception | None = None
    for times in range(10**6):
        try:
            return await _write(deal, record, answer)
        except FenceLost:
            raise
        except LedgerError as error:
            trouble = error
        if times == _LOUD:
            logging.getLogger(__name__).warning("%s", _unwritten(deal, answer, trouble))
        try:
            await deal.counter.sleep(growing(times, _FIRST_S, _MOST_S))
        except asyncio.CancelledError:
            break
    raise LedgerError(_unwritten(deal, answer, trouble))


async def insist(deal: Deal, change: Callable[..., JobRecord], *arguments: Any, **options: Any) -> JobRecord:
    """Carry out the change that an answer brings about. Raises LedgerBusy when the ledger cannot be written for long."""
    for times in range(_INSISTS):
        try:
            return await deal.holding.write(change, *arguments, **options)
        except LedgerBusy:
            await deal.counter.sleep(growing(times, _FIRST_S, _MOST_S))
    return await deal.holding.write(change, *arguments, **options)


async def _write(deal: Deal, record: JobRecord, answer: Generation) -> JobRecord:
    purchases, counter = deal.counter.ledger.purchases, deal.counter
    try:
        return await deal.holding.write(
            purchases.submitted,
            record.lease,
            remote_id=answer.remote_id,
            request_id=answer.request_id,
            answer=answer.answer,
            holder=counter.owner,
        )
    except FenceLost:
        adopted = await deal.holding.write(
            purchases.adopt,
            record.key,
            intent_id=record.intent_id,
            remote_id=answer.remote_id,
            request_id=answer.request_id,
            owner=counter.owner,
            lease_s=counter.lease_s,
            answer=answer.answer,
        )
    if not deal.holding.is_ours(adopted):
        raise FenceLost(f"job {record.key[:12]} was taken over by {adopted.lease_owner}, which knows of its work.")
    return adopted


def _unwritten(deal: Deal, answer: Generation, trouble: Exception | None) -> str:
    return (
        f"{deal.provider.name} took job {deal.job.short} as {answer.remote_id}, which cannot be written down: note it, and "
        f"tell it to `fanout jobs resolve {deal.job.short} --paid {answer.remote_id}`. {trouble}"
    )
