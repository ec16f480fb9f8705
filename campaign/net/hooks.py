"""Webhooks: the addresses that providers are given to tell us of their work at, and whether what comes there is from them.

A hook is only ever a hint to ask. Facts: runware.ai/docs platform/webhooks (no signature), fal.ai/docs webhooks (ED25519 over
request id, user id, time and hash of the body), read 2026-11-20.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from campaign.net.key_ring import KeyRing
from campaign.secrets import Secret

SPEAKERS = ("fal", "runware")
"""The providers that tell of their work unasked, where they have our address."""
OFF_S = 300
"""A signature older or younger than this is none (fal's own limit)."""
LONGEST_ID = 128
_INTENT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN = 32
_FAL = ("x-fal-webhook-request-id", "x-fal-webhook-user-id", "x-fal-webhook-timestamp")


class HookRefused(Exception):
    """What came is not from who it says. The text is for the log alone: whoever sent it is told nothing."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of one provider, at `base`, under our key there: an address for each intent, which nobody can guess."""

    base: str
    provider: str
    key: Secret

    def url(self, intent_id: str) -> str:
        """Where the provider is to tell of this intent. The token is in the query, which is kept out of everything we write."""
        return f"{self.base}/{self.provider}/{intent_id}?{urlencode({'token': token_of(self.provider, self.key, intent_id)})}"


def token_of(provider: str, key: Secret, intent_id: str) -> str:
    """128 bits that only we and the provider know: made from our key there, so that every machine of ours makes the same."""
    said = f"fanout webhook {provider} {intent_id}".encode()
    return hmac.new(key.reveal().encode(), said, hashlib.sha256).hexdigest()[:_TOKEN]


def require_token(provider: str, key: Secret, intent_id: str, token: str) -> None:
    """Raises HookRefused for an intent that is none, and for a token that we did not give for it."""
    wanted = token_of(provider, key, intent_id) if _INTENT.fullmatch(intent_id) else ""
    if not wanted or not hmac.compare_digest(wanted.encode(), token.encode()):
        raise HookRefused("the token is not the one that was given for this intent")


def told_id(provider: str, body: bytes) -> str:
    """What the provider calls the work that it tells of. Raises HookRefused for a body that does not say."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise HookRefused("the body is not JSON") from None
    if provider == "runware" and isinstance(told, dict) and isinstance(told.get("data"), list):
        told = next(iter(told["data"]), None)  # one document shows the bare task, another a list of them
    name = {"fal": "request_id", "runware": "taskUUID"}[provider]
    remote_id = told.get(name) if isinstance(told, dict) else None
    if not isinstance(remote_id, str) or not 0 < len(remote_id) <= LONGEST_ID or not remote_id.isprintable():
        raise HookRefused(f"the body has no {name}")
    return remote_id


async def require_signature(headers: Mapping[str, str], body: bytes, ring: KeyRing, now: float) -> None:
    """Raises HookRefused unless fal signed exactly these bytes within the last five minutes. Names of headers in lower case."""
    said = [headers.get(name, "") for name in _FAL]
    moment = said[-1]
    if not all(said) or not moment.isdecimal() or len(moment) > 12 or abs(now - int(moment)) > OFF_S:
        raise HookRefused("the time of the signature is not now")
    message = "\n".join((*said, hashlib.sha256(body).hexdigest())).encode()
    try:
        signature = bytes.fromhex(headers.get("x-fal-webhook-signature", ""))
    except ValueError:
        signature = b""
    if len(signature) != 64 or not await ring.signed(message, signature):
        raise HookRefused("the signature is not fal's")
