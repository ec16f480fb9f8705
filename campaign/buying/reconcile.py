"""Finding out what became of a request whose answer was lost. The one place that decides whether it may be sent again."""

from datetime import UTC, datetime

from campaign.buying.counter import Counter
from campaign.errors import SubmissionUnknown
from campaign.ledger.records import JobRecord
from campaign.providers.base import Generation, Provider, Recall

_SHORTEST_S = 0.05


async def look_up(counter: Counter, provider: Provider, record: JobRecord) -> Generation | None:
    """The work that the record's intent led to, or None once it is proved that there is none.

    Proof is an "unknown" given after the settle window, which counts from the request's last moment to leave. Raises
    SubmissionUnknown, with what a person can do, when the provider cannot be asked; ProviderBusy while it does not answer.
    """
    if provider.traits.recall not in (Recall.CLIENT_ID, Recall.HANDLE):
        raise SubmissionUnknown(provider.name, _doubt(provider, record))
    while True:
        left = _unsettled_s(provider, record)
        found = await provider.find(record.intent_id)
        if found is not None or left <= 0:  # measured before it was asked
            return found
        await counter.sleep(min(left, max(provider.traits.poll_s, _SHORTEST_S)))


def _unsettled_s(provider: Provider, record: JobRecord) -> float:
    if provider.traits.free or record.last_send_by is None:
        return 0.0
    return (record.last_send_by - datetime.now(UTC)).total_seconds() + provider.traits.settle_s


def _doubt(provider: Provider, record: JobRecord) -> str:
    short = record.key[:12]
    return (
        f"{provider.name} may have accepted job {short} and cannot be asked about it. Look for it in its dashboard, then run "
        f"`fanout jobs resolve {short}` with --paid REMOTE_ID, --not-paid or --resubmit."
    )
