"""Luma's Agents API (providers.md 1): generations and their states, envelopes, limits."""

import hashlib
import json
import time
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from emulator import prices
from emulator.calls import Answer, Call, Scope, Trouble, Troubled
from emulator.clock import iso
from emulator.films import EXR
from emulator.job import Fate, Job, State
from emulator.luma_files import LumaFiles, storage_refusal
from emulator.luma_media import LumaMedia
from emulator.luma_reading import Asked, read_body
from emulator.routes import Route
from emulator.works import Work
from emulator.world import World

API_VERSION = "2026-04-01"
PER_MINUTE = 30
BEARER = "Bearer "
STATES = {State.QUEUED: "queued", State.RUNNING: "processing", State.DONE: "completed", State.FAILED: "failed"}
REFUSALS = {
    Trouble.KEY_MISSING: (401, "Missing API key. Send it as 'Authorization: Bearer <key>'."),
    Trouble.KEY_INVALID: (401, "Invalid API key."),
    Trouble.KEY_REVOKED: (401, "API key has been revoked."),
    Trouble.KEY_EXPIRED: (401, "API key has expired."),
    Trouble.SUSPENDED: (403, "This client is suspended."),
    Trouble.OUT_OF_CREDIT: (402, "Insufficient credits. The request was not queued."),
    Trouble.RATE: (429, "Rate limit exceeded"),
    Trouble.SLOTS: (429, "Too many concurrent jobs"),
    Trouble.NOT_ACCEPTED: (503, "Temporarily unavailable; the request was not accepted."),
    Trouble.UPSTREAM: (502, "Upstream error"),
    Trouble.DOWN: (503, "Service unavailable"),
    Trouble.NOT_FOUND: (404, "Generation not found"),
    Trouble.BAD_JSON: (400, "The request body is not valid JSON."),
    Trouble.MODERATED: (400, "The request was refused by content moderation (content_moderated)."),
    Trouble.REFUSED: (400, "Invalid request"),
    Trouble.UNUSABLE: (422, "Unprocessable request"),
    Trouble.OURS: (500, "Internal error"),
}
FAILURES = {
    Fate.FAILED: ("generation_failed", "The generation failed. You were not charged."),
    Fate.BILLED: ("budget_exhausted", "The generation used up its budget before it finished."),
    Fate.MODERATED: ("content_moderated", "The output was refused by content moderation."),
}


class Luma:
    """Luma as a vendor module."""

    name = "luma"

    def __init__(self, world: World) -> None:
        self._world = world
        self._files = LumaFiles(world)
        self._media = LumaMedia(world, self._files)

    def routes(self) -> Sequence[Route]:
        """Generations and files; no list, no cancel, no webhook (providers.md 1.2)."""
        files = self._files
        return (
            Route("POST", "/v1/generations", self.submit),
            Route("GET", "/v1/generations/{id}", self.poll),
            Route("POST", "/v1/files", files.create),
            Route("GET", "/v1/files", files.list),
            Route("POST", "/v1/files/{id}/complete", files.complete),
            Route("GET", "/v1/files/{id}", files.show),
            Route("DELETE", "/v1/files/{id}", files.delete),
            Route("PUT", "/media/upload/{id}", files.put, open=True, streams=True),
        )

    def key(self, call: Call) -> str | None:
        """Behind the word Bearer, which is case-sensitive."""
        told = call.headers.get("authorization", "")
        return told.removeprefix(BEARER).strip() or None if told.startswith(BEARER) else None

    def scope(self, call: Call) -> Scope:
        """Only a POST of a generation spends."""
        if call.path == "/v1/generations":
            return Scope.SUBMIT
        if call.path.startswith("/v1/generations/"):
            return Scope.POLL
        return Scope.UPLOAD

    def about(self, call: Call) -> str:
        """A submit without its user_id, a poll by what its job asked for."""
        if call.scope is Scope.POLL:
            job = self._world.jobs.known(self.name, call.path.rpartition("/")[2])
            return f"poll {job.work.asked if job else call.path}"
        if call.scope is Scope.SUBMIT:
            try:
                told = {name: value for name, value in call.json().items() if name != "user_id"}
            except (Troubled, AttributeError):
                return call.body_sha256
            return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        return f"{call.method} {call.body_sha256}"

    def headers(self, call: Call) -> dict[str, str]:
        """On every answer."""
        told = {"x-request-id": call.request_id, "x-api-version": API_VERSION}
        if call.accepted:
            told |= self._limits()
        return told

    def refusal(self, call: Call, troubled: Troubled) -> Answer:
        """`{"detail": text}`; of the two kinds of 429 one has the limits in its headers, the other a fixed Retry-After."""
        status, text = REFUSALS[troubled.trouble]
        if call.path.startswith("/media/"):
            return storage_refusal(troubled.status or status, troubled.trouble.name, troubled.text or text)
        headers: dict[str, str] = {}
        if troubled.trouble is Trouble.RATE:
            headers = self._limits()
        if troubled.trouble in (Trouble.RATE, Trouble.SLOTS):
            pause = "60" if troubled.retry_after is None else troubled.retry_after
            headers |= {"retry-after": pause} if pause else {}
        return Answer(troubled.status or status, {"detail": troubled.text or text}, headers)

    async def submit(self, call: Call) -> Answer:
        """`POST /generations`: 201 and the generation."""
        asked = read_body(call.json())
        if asked.hdr and not self._world.faults.number("hdr_access", self.name):
            raise Troubled(Trouble.REFUSED, "video.hdr: this account has no HDR access")
        blob, film = await self._media.source(call, asked)
        pictures = [self._media.picture(call, ref) for ref in asked.keyframes]
        start = self._media.picture(call, asked.start_frame) if asked.start_frame else None
        work = Work(
            operation="modify" if asked.type == "video_edit" else "reframe",
            prompt=asked.prompt,
            usd=_usd(asked, film.seconds),
            source=blob.core,
            film=film,
            resolution=asked.resolution,
            ratio=asked.ratio,
            position=asked.position,
            hdr=asked.hdr,
            exr=asked.exr,
            rest=_rest(asked, pictures, start),
        )
        job = self._world.accept(call, work, client_id=asked.user_id, queues=False)
        return Answer(201, self._shown(call, job))

    async def poll(self, call: Call) -> Answer:
        """`GET /generations/{id}`."""
        job = self._world.jobs.find(self.name, call.parts["id"])
        if job is None:
            raise Troubled(Trouble.NOT_FOUND)
        return Answer(200, self._shown(call, job))

    def _shown(self, call: Call, job: Job) -> dict[str, Any]:
        world = self._world
        state = world.jobs.state(job)
        shown: dict[str, Any] = {
            "id": job.id,
            "type": "video_edit" if job.work.operation == "modify" else "video_reframe",
            "state": world.jobs.odd_state(job) or STATES[state],
            "model": "ray-3.2",
            "created_at": iso(job.accepted_at),
            "output": None,
            "failure_reason": None,
            "failure_code": None,
        }
        if state is State.DONE:
            shown["output"] = self._output(call, job) if world.shows_output(job) else []
        if state is State.FAILED:
            code, reason = ("corrupt_input", job.broken) if job.broken else FAILURES[job.fate]
            if job.fate is Fate.FAILED:
                code = world.faults.word("fail_code", self.name) or code
            shown |= {"failure_code": code, "failure_reason": reason}
        return shown | world.odd_fields(self.name)

    def _output(self, call: Call, job: Job) -> list[dict[str, Any]]:
        output = [{"type": "video", "url": self._world.result_url(call, job)}]
        if EXR in (job.outputs or {}):
            # What this entry is called is not documented (providers.md 1.5).
            output.append({"type": "exr", "url": self._world.result_url(call, job, EXR)})
        if self._world.faults.number("more_outputs", self.name):
            output.insert(0, {"type": "thumbnail", "url": f"{call.base}/_emulator/thumbnail"})
        return output

    def _limits(self) -> dict[str, str]:
        per_minute = int(self._world.faults.number("rpm", self.name)) or PER_MINUTE
        left = self._world.throttle.left(self.name, per_minute)
        return {
            "x-ratelimit-limit": str(per_minute),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(int(time.time()) + 60),
        }


def _usd(asked: Asked, seconds: Fraction) -> Decimal:
    if asked.type == "video_reframe":
        return prices.reframe_usd(asked.resolution, seconds)
    return prices.edit_usd(asked.resolution, seconds, hdr=asked.hdr, exr=asked.exr)


def _rest(asked: Asked, pictures: list[str], start: str | None) -> dict[str, Any]:
    told = {"keyframes": pictures, "indexes": list(asked.indexes), "start": start, **asked.controls}
    return {name: value for name, value in told.items() if value}
