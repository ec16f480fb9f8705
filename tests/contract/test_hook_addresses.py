"""The addresses that providers are given for their hooks: only where we are reached, one for each intent, no part of identity."""

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from builders import a_job
from fakes.emulation import quick
from footage import a_film

from campaign.ledger.ledger import Ledger
from campaign.media.engine import find_engine
from campaign.net.hooks import HookRefused, Hooks, require_token, token_of, told_id
from campaign.providers import open_provider
from campaign.providers.base import Order, Parcel
from campaign.providers.departure import SendBy
from campaign.secrets import Secret, redact
from campaign.settings import Settings, read_settings
from campaign.store.files import Store
from emulator.server import Emulator

INTENT, OTHER = "0c5b2f2e-7f0a-5e5b-9b7e-6d6f4c2b1a00", "1c5b2f2e-7f0a-5e5b-9b7e-6d6f4c2b1a00"
BASE = "https://hooks.example.com/fanout"
KEY = Secret("an-id:a-secret-of-the-tests")


def sent(emulator: Emulator, folder: Path, name: str, **more: str) -> tuple[str, Parcel, dict[str, list[str]]]:
    """One order sent: its hash, its parcel, the query of its paid request."""
    settings: Settings = read_settings({**emulator.environment(), **more})
    film = a_film(folder / "source.mp4", frames=24, sound=None)
    order = Order(job=a_job("a job", resolution="540p"), intent_id=INTENT, source=film)

    async def send() -> tuple[str, Parcel]:
        with Ledger.open(f"sqlite:///{folder}/ledger.sqlite3") as ledger:
            provider = open_provider(
                name,
                engine=find_engine(None),
                temporary=Store(folder / "store").temporary,
                settings=settings,
                shelf=ledger.shelf,
            )
            try:
                parcel = await provider.pack(order)
                await provider.submit(parcel, SendBy(30.0))
                return provider.request_sha256(order), parcel
            finally:
                await provider.close()

    digest, parcel = asyncio.run(send())
    (paid,) = [each for each in emulator.books.requests() if each.jobs]
    return digest, parcel, parse_qs(paid.query)


@pytest.mark.parametrize("name", ["fal", "runware"])
def test_a_request_asks_for_the_hook_only_where_we_are_reached_and_is_the_same_otherwise(
    tmp_path: Path, name: str
) -> None:
    told = []
    for number, more in enumerate(({}, {"FANOUT_WEBHOOK_URL": BASE})):
        folder = tmp_path / str(number)
        folder.mkdir()
        with quick(faults={"hook": "never"}) as emulator:
            digest, parcel, query = sent(emulator, folder, name, **more)
            key = read_settings(emulator.environment()).vendors.key_of(name)
        assert key is not None
        body = json.loads(parcel.body)
        task = body[0] if isinstance(body, list) else body
        told.append((digest, query.get("fal_webhook", [None])[0] or task.pop("webhookURL", None), len(task)))
    (plain, none, members), (hooked, url, others) = told
    assert (plain, members) == (hooked, others)
    assert none is None
    assert url == Hooks(BASE, name, key).url(INTENT)


def test_an_address_is_an_intents_own_and_its_token_is_written_nowhere() -> None:
    hooks = Hooks(BASE, "fal", KEY)
    url = hooks.url(INTENT)
    token = token_of("fal", KEY, INTENT)
    assert url == f"{BASE}/fal/{INTENT}?token={token}"
    assert len(token) == 32
    assert len({token, *(token_of(*each) for each in (("runware", KEY, INTENT), ("fal", KEY, OTHER)))}) == 3
    assert token not in redact(f"it was told {url} and went on")
    assert "a-secret-of-the-tests" not in repr(hooks)


@pytest.mark.parametrize("intent", [INTENT, INTENT.upper(), f"{INTENT} ", "", "a", "../" + INTENT])
@pytest.mark.parametrize("token", ["", "0" * 32, "ü" * 32])
def test_a_token_that_was_not_given_is_refused(intent: str, token: str) -> None:
    with pytest.raises(HookRefused):
        require_token("fal", KEY, intent, token)


def test_the_token_that_was_given_is_taken_for_its_intent_alone() -> None:
    token = token_of("fal", KEY, INTENT)
    require_token("fal", KEY, INTENT, token)
    for provider, intent in (("fal", OTHER), ("runware", INTENT), ("fal", INTENT.upper())):
        with pytest.raises(HookRefused):
            require_token(provider, KEY, intent, token)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"request_id": null}', '{"request_id": "\\u0000"}', "[" * 100_000]
)
def test_a_body_that_names_nothing_is_refused(body: str) -> None:
    with pytest.raises(HookRefused):
        told_id("fal", body.encode())
