"""After a stop: calls off what providers let go, and tells job by job what is off, what was kept and what still bills."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from campaign.buying.calling_off import BILLING, GRACE_S, call_off
from campaign.buying.next_commands import DIGITS, WAYS, amount
from campaign.errors import CampaignError, InputError, SetupError
from campaign.intake.campaign_file import campaign_name
from campaign.ledger.records import JobRecord
from campaign.media.engine import Engine
from campaign.model import money
from campaign.model.outcomes import JobState
from campaign.preparing.memory import Memory, open_memory
from campaign.preparing.prepare import Prepared, prepare_as_last
from campaign.providers import open_provider
from campaign.providers.base import Provider
from campaign.settings import Settings


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of the jobs that were with providers when a run was stopped.

    `cancels` are the providers that call off; `spent_usd` is what the whole campaign has cost by now.
    """

    spent_usd: Decimal

    called_off: tuple[JobRecord, ...] = ()
    kept: tuple[JobRecord, ...] = ()
    billing: tuple[JobRecord, ...] = ()
    cancels: frozenset[str] = frozenset()

    def document(self) -> dict[str, object]:
        """For scripts: jobs called off and kept by key, and those that still bill with what they cost at most."""
        return {
            "called_off": [record.key for record in self.called_off],
            "kept": [record.key for record in self.kept],
            "billing": [
                {
                    "key": record.key,
                    "state": record.state.value,
                    "provider": record.provider,
                    "remote_id": record.remote_id,
                    "at_most_usd": str(record.price_reserved_usd),
                }
                for record in self.billing
            ],
        }


def with_providers(campaign_file: Path, settings: Settings) -> tuple[str, ...]:
    """The keys of the jobs of a campaign that providers have, or may have, or have done.

    Empty while campaign.toml does not tell which campaign it is. Raises InputError where there is no such file, LedgerError.
    """
    with open_memory(campaign_file, settings) as memory, suppress(InputError):
        return _at_providers(memory, campaign_name(campaign_file))
    return ()


def call_off_all(
    campaign_file: Path,
    settings: Settings,
    before: tuple[str, ...] = (),
    *,
    say: Callable[[str], None],
    grace_s: float = GRACE_S,
) -> Aftermath:
    """Call off what runs at the providers of a campaign, and collect what was done. Waits `grace_s` for each provider's word.

    Blocks; call it where no event loop runs. `say` hears what is done, and who could not be asked. `before` are jobs that were
    with providers when the stop was asked for: the run that was stopped may have called them off itself, which is told too.
    Raises InputError when campaign.toml does not tell which campaign it is, LedgerError.
    """
    name = campaign_name(campaign_file)
    with open_memory(campaign_file, settings) as memory:
        now = _at_providers(memory, name)
        cancels: frozenset[str] = frozenset()
        if now:
            say("calling off what runs at providers ...")
            with ExitStack() as held:
                plan = _prepared(held, campaign_file, settings)
                cancels = asyncio.run(_call_off(memory, settings, name, plan, say, grace_s))
        records = memory.ledger.records((*before, *now))
        after = [records[key] for key in dict.fromkeys((*before, *now))]
        spent = memory.ledger.money(name).spent_usd
    return Aftermath(
        spent_usd=spent,
        called_off=tuple(record for record in after if record.state is JobState.CANCELLED),
        kept=tuple(record for record in after if record.state is JobState.STORED),
        billing=tuple(record for record in after if record.state in BILLING and record.price_reserved_usd),
        cancels=cancels,
    )


def _at_providers(memory: Memory, campaign: str) -> tuple[str, ...]:
    records = memory.ledger.records_in(campaign, (*BILLING, JobState.READY))
    return tuple(record.key for record in records if record.price_usd)


def _prepared(held: ExitStack, campaign_file: Path, settings: Settings) -> Prepared | None:
    """The plan, against which results are held; None while the campaign is being edited and is faulty."""
    try:
        return held.enter_context(prepare_as_last(campaign_file, settings, provider=None, draft=None))[1]
    except CampaignError:
        return None


async def _call_off(
    memory: Memory,
    settings: Settings,
    campaign: str,
    prepared: Prepared | None,
    say: Callable[[str], None],
    grace_s: float,
) -> frozenset[str]:
    """Returns who of the providers could be asked to call off at all."""
    until = time.monotonic() + 2 * grace_s
    async with AsyncExitStack() as closing:
        records = memory.ledger.records_in(campaign, (*BILLING, JobState.READY))
        providers = _open(memory, settings, {record.provider for record in records if record.price_usd}, say)
        for provider in providers.values():
            closing.push_async_callback(provider.close)
        plan = prepared.plan if prepared is not None else None
        while True:
            left = await call_off(
                ledger=memory.ledger,
                store=memory.store,
                providers=providers,
                campaign=campaign,
                jobs=plan.jobs if plan else None,
                rate=plan.master.rate if plan else Fraction(24),
                grace_s=grace_s,
            )
            # The run that was stopped calls off, too, and holds what it calls off.
            held = [each for each in left.billing if each.state is JobState.CANCELLING and each.lease_owner]
            if not held or time.monotonic() > until:
                return frozenset(name for name, provider in providers.items() if provider.traits.cancels)
            await asyncio.sleep(1)


def _open(memory: Memory, settings: Settings, names: Iterable[str], say: Callable[[str], None]) -> dict[str, Provider]:
    """The providers that can be opened: of one without a key it is said, and its jobs stay as they are."""

    opened: dict[str, Provider] = {}
    no_engine = Engine(Path("ffmpeg"), "")  # nothing is rendered here
    for name in sorted(names):
        try:
            opened[name] = open_provider(
                name,
                engine=no_engine,
                temporary=memory.store.temporary,
                settings=settings,
                shelf=memory.ledger.shelf,
            )
        except SetupError as error:
            say(f"{name} was not asked: {error}")
    return opened


def told(after: Aftermath) -> list[tuple[str, str]]:
    """Job by job what costs nothing any more, what was done and is kept, what still bills and why: a heading (may be empty)
    and a sentence each."""
    lines = [("called off", f"{_named(record)}; its money is free again") for record in after.called_off]
    for record in after.kept:
        paid = money.text(record.price_final_usd or money.ZERO)
        lines.append(("kept", f"{_named(record)} had finished; {paid} USD were paid, the next run uses it"))
    for record in after.billing:
        lines.append(("still bills", f"{_named(record)}, up to {amount(record)}. {_why(record, after)}"))
    if not after.billing:
        return [*lines, ("", "Nothing is with a provider; nothing will bill.")]
    total = sum((record.price_reserved_usd for record in after.billing), money.ZERO)
    return [*lines, ("", f"In all {money.text(total)} USD at most will still be billed.")]


def _named(record: JobRecord) -> str:
    what = " ".join(part for part in (record.operation, record.segment, record.ratio) if part)
    id_there = f" as {record.remote_id}" if record.remote_id else ""
    return f"job {record.key[:DIGITS]} ({what}) at {record.provider}{id_there}"


def _why(record: JobRecord, after: Aftermath) -> str:
    match record.state:
        case JobState.IN_DOUBT:
            return f"It may have been taken: `fanout jobs resolve {record.key[:DIGITS]} {WAYS}`."
        case JobState.INTENT | JobState.RECONCILING:
            return "It may have been taken; the next run finds out."
        case _ if record.provider in after.cancels:
            return f"{record.provider} has not confirmed that it is off; the next run finds out, and collects what is done."
        case _:
            return f"{record.provider} cannot cancel: the result is collected by the next run."
