"""Finding out what became of a request whose answer was lost. The one place that decides whether it may be sent again."""

from datetime import UTC, datetime

from campaign.buying.counter import Counter
from campaign.buying.holding import Holding
from campaign.buying.patience import growing
from campaign.errors import FenceLost, ProviderBarred, ProviderBusy, SubmissionUnknown
from campaign.ledger.records import JobRecord
from campaign.providers.base import Generation, Provider, Recall

_SHORTEST_S, _LONGEST_S = 0.05, 60.0
_TOLD_PAUSE_S = 5.0


async def look_up(counter: Counter, provider: Provider, record: JobRecord) -> Generation | None:
    """The work that the record's intent led to, or None once it is proved that there is none.

    Proof is an "unknown" given after the settle window, which counts from the request's last moment to leave. Raises
    ProviderBusy, with the job's name, when the provider could not be asked for `deadline_s`; ProviderBarred when it refuses
    our key for too long.
    """
    began, troubles = counter.clock(), 0
    while True:
        left = _unsettled_s(provider, record)
        try:
            found = await provider.find(record.intent_id)
        except ProviderBusy as busy:
            if counter.clock() - began > provider.traits.deadline_s:
                raise ProviderBusy(provider.name, f"job {record.key[:12]} may be there: {busy.detail}") from busy
            pause = growing(troubles, _pace(provider), _LONGEST_S)
            counter.complain(provider.name, busy.detail, pause)
        except ProviderBarred as barred:
            if counter.patience.is_refused(provider.name):
                raise ProviderBarred(provider.name, f"job {record.key[:12]} may be there: {barred.detail}") from barred
            pause = growing(troubles, _pace(provider), _LONGEST_S)
        else:
            counter.patience.answered(provider.name)
            if found is not None or left <= 0:  # measured before it was asked
                return found
            pause, troubles = min(left, _pace(provider)), -1
        troubles += 1
        await counter.sleep(pause)


async def await_answer(counter: Counter, holding: Holding, provider: Provider, record: JobRecord) -> Generation | None:
    """The work, when the provider tells of it unasked; None where it can be asked (`look_up`).

    Else whoever sent the intent gets time to write down a late answer: FenceLost when he did, for the job is his again. Raises
    SubmissionUnknown, with what a person can do, once none can come any more: the settle window is over, or it is proved that he
    is dead.
    """
    if provider.traits.recall in (Recall.CLIENT_ID, Recall.HANDLE):
        return None
    while True:
        if found := await counter.hints.confirmed(provider, record):
            return found
        left = 0.0 if holding.silent else _unsettled_s(provider, record)
        if left <= 0:
            raise SubmissionUnknown(provider.name, _doubt(provider, record))
        await counter.sleep(min(left, max(counter.watch_s, _SHORTEST_S)))
        if (await holding.read()).fence != record.fence:
            raise FenceLost(f"job {record.key[:12]}: its answer came after all.")


async def out_of_doubt(
    counter: Counter, holding: Holding, provider: Provider, record: JobRecord, wait_s: float = 0.0
) -> JobRecord | None:
    """A job in doubt of which its provider tells unasked, ours from now on: it is asked for, not bought again. None when nothing
    is told within `wait_s`, or somebody has settled the doubt meanwhile."""
    left = wait_s
    while (found := await counter.hints.confirmed(provider, record)) is None:
        if left <= 0 or not counter.hints.hears(provider.name) or (await holding.read()).state is not record.state:
            return None
        await counter.hints.pause(record, min(left, _TOLD_PAUSE_S))
        left -= _TOLD_PAUSE_S
    adopted = await holding.write(
        counter.ledger.purchases.adopt,
        record.key,
        intent_id=record.intent_id,
        remote_id=found.remote_id,
        request_id=found.request_id,
        owner=counter.owner,
        lease_s=counter.lease_s,
        answer=found.answer,
    )
    return adopted if holding.is_ours(adopted) else None


def _pace(provider: Provider) -> float:
    return max(provider.traits.poll_s, _SHORTEST_S)


def _unsettled_s(provider: Provider, record: JobRecord) -> float:
    if provider.traits.free or record.last_send_by is None:
        return 0.0
    return (record.last_send_by - datetime.now(UTC)).total_seconds() + provider.traits.settle_s


def _doubt(provider: Provider, record: JobRecord) -> str:
    short, heard = record.key[:12], f" Last heard: {record.note}" if record.note else ""
    return (
        f"{provider.name} may have accepted job {short} and cannot be asked about it. Look for it in its dashboard, then run "
        f"`fanout jobs resolve {short}` with --paid REMOTE_ID, --not-paid or --resubmit.{heard}"
    )
