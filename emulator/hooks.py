"""Webhooks: tells whoever asked for it that a job is over. fal signs what it says (providers.md 3.6), Runware does not (2.7)."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emulator.clock import Clock
from emulator.faults import Faults
from emulator.job import Job, State
from emulator.jobs import Jobs
from emulator.options import LOOPBACK

TRIES = 6
FIRST_S, MOST_S = 0.2, 8.0
WATCH_S = 0.02
OFF_S = {"stale": -600, "future": 600}
OVER = (State.DONE, State.FAILED, State.CANCELLED)
Body = Callable[[], dict[str, Any]]


class Hooks:
    """All hooks of one emulator; they go to this machine only. Call from its event loop. `answers` are the statuses that came."""

    def __init__(self, seed: int, clock: Clock, faults: Faults, jobs: Jobs) -> None:
        self._key = _key(f"emulator {seed}")
        self._clock = clock
        self._faults = faults
        self._jobs = jobs
        self._tasks: set[asyncio.Task[None]] = set()
        self.answers: list[int] = []

    @property
    def pending(self) -> int:
        """How many jobs are still to be told of."""
        return len(self._tasks)

    def published(self) -> dict[str, Any]:
        """The public key, as fal publishes its own (RFC 8037)."""
        x = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).decode().rstrip("=")
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "emulator", "x": x}]}

    async def follow(self, job: Job, url: str | None, body: Body) -> None:
        """Tell of a job at `url`, if there is one, as soon as it is over (with hook=early before its submit is answered)."""
        if not url or urlsplit(url).hostname not in LOOPBACK:
            return
        manner = self._faults.word("hook", job.vendor)
        if manner == "early":
            await self._send(job, url, body, manner)
        elif manner != "never":
            task = asyncio.get_running_loop().create_task(self._later(job, url, body, manner))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _later(self, job: Job, url: str, body: Body, manner: str) -> None:
        while self._jobs.state(job) not in OVER:
            await asyncio.sleep(WATCH_S)
        for _ in range(10 if manner == "replayed" else 1):
            await self._send(job, url, body, manner)

    async def _send(self, job: Job, url: str, body: Body, manner: str) -> None:
        """Until it is taken, or a few times."""
        told = body()
        if manner == "foreign":
            told = _renamed(told)
        content = json.dumps(told).encode()
        headers = {
            "Content-Type": "application/json",
            **(self._signed(job, content, manner) if job.vendor == "fal" else {}),
        }
        if manner == "changed":
            content = content.replace(b"{", b"{ ", 1)
        if manner == "forged":
            url = urlunsplit(urlsplit(url)._replace(query="token=" + "0" * 32))
        async with httpx.AsyncClient(trust_env=False, timeout=15) as client:
            for turn in range(TRIES):
                try:
                    status = (await client.post(url, content=content, headers=headers)).status_code
                except httpx.HTTPError:
                    status = 0
                self.answers.append(status)
                if 200 <= status < 300 or 400 <= status < 429:
                    return
                await asyncio.sleep(min(MOST_S, FIRST_S * 2**turn))

    def _signed(self, job: Job, content: bytes, manner: str) -> dict[str, str]:
        if manner == "unsigned":
            return {}
        moment = str(int(self._clock.now()) + OFF_S.get(manner, 0))
        said = (job.id, "rehearsal", moment)
        message = "\n".join((*said, hashlib.sha256(content).hexdigest())).encode()
        key = _key("another") if manner == "wrong_key" else self._key
        names = ("X-Fal-Webhook-Request-Id", "X-Fal-Webhook-User-Id", "X-Fal-Webhook-Timestamp")
        return {**dict(zip(names, said, strict=True)), "X-Fal-Webhook-Signature": key.sign(message).hex()}


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def _renamed(told: dict[str, Any]) -> dict[str, Any]:
    """As if it were about work that nobody knows."""
    name = "request_id" if "request_id" in told else "taskUUID"
    return told | {name: "0f0f0f0f-0000-4000-8000-000000000000"}
