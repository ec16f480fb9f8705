"""Keys that webhooks are signed with: fetched when one is unknown, seldom, and never believed without."""

import asyncio
import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fakes.listener import Heard, Reply, listening, says, slams

from campaign.net.addresses import Addresses
from campaign.net.key_ring import AGAIN_S, KEPT_S, KeyRing

OLD, NEW = Ed25519PrivateKey.from_private_bytes(b"1" * 32), Ed25519PrivateKey.from_private_bytes(b"2" * 32)
TEXT = b"what was said"


def published(*keys: Ed25519PrivateKey) -> str:
    listed: list[dict[str, str]] = [{"kty": "RSA", "n": "of no use here"}]
    for key in keys:
        x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")
        listed.append({"kty": "OKP", "crv": "Ed25519", "x": x})
    return json.dumps({"keys": listed})


def test_a_new_key_is_found_and_forgers_do_not_make_us_ask() -> None:
    now = [1000.0]
    keys = [OLD]

    def script(_: Heard) -> Reply:
        return says(200, published(*keys))

    async def talk() -> list[bool]:
        ring = KeyRing(f"{vendor.url}/.well-known/jwks.json", Addresses((vendor.host,)), clock=lambda: now[0])

        async def signed(key: Ed25519PrivateKey, by_s: float = 0.0) -> bool:
            now[0] += by_s
            return await ring.signed(TEXT, key.sign(TEXT))

        heard = [await signed(OLD), await signed(OLD)]
        keys[:] = [NEW]
        heard += [await signed(NEW) for _ in range(20)]  # as unknown as a forged one: it was asked just now
        assert len(vendor.heard) == 1
        heard += [await signed(NEW, AGAIN_S), await signed(NEW), await signed(OLD)]
        assert len(vendor.heard) == 2
        heard.append(await signed(NEW, KEPT_S + 1))
        assert len(vendor.heard) == 3
        return heard

    with listening(script=script) as vendor:
        found = asyncio.run(talk())
    assert found == [True, True, *[False] * 20, True, True, False, True]


BROKEN: dict[str, Reply] = {
    "nobody": slams(),
    "an error": says(500, published(OLD)),
    "no JSON": says(200, "<html>"),
    "no list": says(200, "[]"),
    "no keys": says(200, '{"keys": 7}'),
    "a short key": says(200, '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}'),
    "another kind": says(200, '{"keys": [{"kty": "OKP", "crv": "X25519", "x": "AAAA"}]}'),
    "too much": says(200, b" " * (1 << 17)),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_without_keys_nothing_is_believed(reply: Reply) -> None:
    with listening(reply) as vendor:
        ring = KeyRing(vendor.url, Addresses((vendor.host,)))
        assert not asyncio.run(ring.signed(TEXT, OLD.sign(TEXT)))


def test_keys_are_not_fetched_from_within_this_machine_unless_allowed() -> None:
    with listening(says(200, published(OLD))) as vendor:
        assert not asyncio.run(KeyRing(vendor.url, Addresses()).signed(TEXT, OLD.sign(TEXT)))
        assert not vendor.heard
