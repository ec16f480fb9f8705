"""What `fanout doctor` asks the providers: whether our keys are taken, what is on the account, how much may run at once."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.model import money
from campaign.model.campaign import Campaign
from campaign.settings import KEYS, Settings
from fanout.asking import ask
from fanout.doctor_machine import Check

if TYPE_CHECKING:
    from campaign.providers.base import Account

SILENT = ("no connection", "no answer", "did not answer")
"""Words of an answer that never came."""


def examine_providers(campaign_file: Path, settings: Settings, own: str | None) -> Iterator[Check]:
    """Each provider that needs a key; only those with one are asked. What the campaign does not use is a remark at most.

    `own` takes the place of the campaign's own provider.
    """
    campaign = _campaign(campaign_file)
    used = {own or (campaign and campaign.provider), *(campaign.failover if campaign else ())}
    keyed = [name for name in KEYS if settings.vendors.key_of(name) is not None]
    told = dict(zip(keyed, asyncio.run(_ask_all(keyed, settings)), strict=True))
    for name in KEYS:
        yield _provider(name, told.get(name), settings, needed=name in used)
    if campaign and campaign.provider in KEYS:
        yield _slots(campaign)


def _campaign(campaign_file: Path) -> Campaign | None:
    """The campaign as far as its file can be read; its faults are told by `fanout check`."""
    from campaign.intake.campaign_file import read_leniently
    from campaign.intake.catalogue import read_catalogue

    return read_leniently(campaign_file, read_catalogue()).campaign


async def _ask_all(names: Sequence[str], settings: Settings) -> "list[Account | str]":
    """What each says of our key, or why it says nothing."""
    return await asyncio.gather(*(ask(name, settings, lambda provider: provider.account()) for name in names))


def _provider(name: str, told: "Account | str | None", settings: Settings, *, needed: bool) -> Check:
    vendors = settings.vendors
    key = vendors.key_of(name)
    moved = ", ".join(f"moved to {address} by {variable}" for variable, address in vendors.moved(name).items())
    where = f" ({moved})" if moved else ""
    if key is None:
        return Check(name, False, f"{vendors.lack(name)}{where}", needed=needed)
    shown = f"key {key.fingerprint}"
    if told is None or isinstance(told, str):
        said = str(told).removeprefix(f"{name}: ")
        return Check(name, False, f"{shown}{where}: {said}", _cure(name, said, settings), needed=needed)
    balance = f"; {money.text(told.balance_usd)} USD left" if told.balance_usd is not None else ""
    return Check(name, True, f"{shown}{where}: {told.told}{balance}")


def _cure(name: str, told: str, settings: Settings) -> str:
    """What to do about a provider that gives no answer; empty where it said itself what is wrong."""
    if not any(word in told for word in SILENT):
        return ""
    if url := settings.vendors.rehearsed(name):
        return f"is `fanout emulate` running at {url}? A new shell leads back to {name} itself"
    return "look whether this machine reaches the network, through a proxy or firewall perhaps; then ask again"


def _slots(campaign: Campaign) -> Check:
    said = ", ".join(
        f"{operation} {size}" for (name, operation), size in campaign.slots.items() if name == campaign.provider
    )
    usual = "4 modify and 6 reframe jobs at once, unless [provider] slots says otherwise"
    return Check("slots", True, f"{campaign.provider}: {said} at once (campaign.toml)" if said else usual)
