"""fal (providers.md 3): a queue in front of two endpoints of Ray 3.2, and a storage."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from emulator import prices
from emulator.calls import Answer, Call, Scope, Trouble, Troubled
from emulator.fal_answers import FAILURES, REFUSALS, REQUESTS, failed, fault_of, invalid, metrics, queued, told_of
from emulator.fal_media import FalMedia
from emulator.fal_requests import READERS, Asked, Invalid, Problem, problem
from emulator.fal_storage import NAME, FalStorage, life_of
from emulator.films import EXR, FILM
from emulator.job import Fate, Job, State
from emulator.routes import Route
from emulator.works import Blob, Film, Work
from emulator.world import World

ENDPOINTS = "/luma/agent/ray/v3.2/"
KEYS = "/.well-known/jwks.json"
LIFECYCLE = "x-fal-object-lifecycle-preference"


class Fal:
    """fal as a vendor module."""

    name = NAME

    def __init__(self, world: World) -> None:
        self._world = world
        self._storage = FalStorage(world)
        self._media = FalMedia(world, self._storage)
        self._refused: dict[str, list[Problem]] = {}
        """Requests that were queued although their bodies are bad (fault `fal_checks`): nobody pays for them."""

    def routes(self) -> Sequence[Route]:
        """The queue and the storage. There is no list of requests."""
        return (
            *(Route("POST", ENDPOINTS + name, self.submit) for name in READERS),
            Route("GET", REQUESTS + "{id}/status", self.status),
            Route("PUT", REQUESTS + "{id}/cancel", self.cancel),
            Route("GET", REQUESTS + "{id}", self.result),
            Route("GET", KEYS, self.keys, open=True),
            *self._storage.routes(),
        )

    def key(self, call: Call) -> str | None:
        """Behind the word Key; on the CDN a token stands for it."""
        scheme, _, told = call.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            on_cdn = call.path.startswith("/files/")
            return (self._storage.key_of(told) if on_cdn else None) or f"no key: {told}"
        return told.strip() or None if scheme == "Key" else None

    def scope(self, call: Call) -> Scope:
        """Only a POST to an endpoint spends."""
        if call.path.startswith(ENDPOINTS):
            return Scope.SUBMIT
        if call.path.startswith(REQUESTS):
            return Scope.OTHER if call.path.endswith("/cancel") else Scope.POLL
        if call.path == KEYS:
            return Scope.OTHER
        return Scope.DOWNLOAD if call.method == "GET" else Scope.UPLOAD

    def about(self, call: Call) -> str:
        """A submit without its `user`, its media by what they are; a poll by what its job asked for."""
        if call.scope is Scope.SUBMIT:
            try:
                told = call.json()
            except Troubled:
                return call.body_sha256
            if isinstance(told, dict):
                told = {name: value for name, value in told.items() if name != "user"}
                told["video_url"] = self._media.origin(told.get("video_url"))
            return hashlib.sha256(json.dumps([call.path, told], sort_keys=True).encode()).hexdigest()
        if call.path.startswith(REQUESTS):
            named, _, verb = call.path.removeprefix(REQUESTS).partition("/")
            job = self._world.jobs.known(NAME, named)
            return f"poll {job.work.asked if job else 'unknown'} {verb}"
        return f"{call.method} {call.path.split('/')[1]} {call.body_sha256}"

    def headers(self, call: Call) -> dict[str, str]:
        """On every answer: fal-client takes an answer without it for one of a gateway, and sends the request again."""
        return {"x-fal-request-id": call.accepted[0].id if call.accepted else call.request_id}

    def refusal(self, call: Call, troubled: Troubled) -> Answer:
        """Of the model `{"detail": [...]}`, of everything else `{"detail": text, "error_type"?}`."""
        if troubled.trouble is Trouble.MODERATED:
            _, kind, text = FAILURES[Fate.MODERATED]
            return invalid([problem(("prompt",), kind, troubled.text or text)])
        if troubled.trouble in (Trouble.REFUSED, Trouble.UNUSABLE):
            return invalid([problem(("prompt",), "value_error", troubled.text or "Invalid input")])
        status, text, error_type = REFUSALS[troubled.trouble]
        headers = {"retry-after": troubled.retry_after} if troubled.retry_after else {}
        return failed(troubled.status or status, troubled.text or text, error_type, headers)

    async def submit(self, call: Call) -> Answer:
        """`POST luma/agent/ray/v3.2/…`: 200, and where to ask from now on."""
        try:
            job = await self._buy(call)
        except Invalid as wrong:
            if self._world.faults.word("fal_checks", NAME) == "submit":
                return invalid(wrong.problems)
            named = str(uuid.uuid4())
            self._refused[named] = wrong.problems
            return Answer(200, queued(call, named, 0))
        hook = call.request.query_params.get("fal_webhook")
        await self._world.hooks.follow(job, hook, lambda: self._hook(call, job))
        return Answer(200, queued(call, job.id, self._world.jobs.place(job)))

    async def keys(self, call: Call) -> Answer:
        """`GET .well-known/jwks.json`: what webhooks are signed with."""
        return Answer(200, self._world.hooks.published())

    async def status(self, call: Call) -> Answer:
        """`GET …/status`: 202 until it is over, then 200, whether it went well or not."""
        named, now = call.parts["id"], self._world.clock.now()
        if named in self._refused:
            return Answer(200, told_of(call, named, "COMPLETED", now) | {"metrics": {}, "error": "Validation error"})
        job = self._job(call)
        told = self._world.odd_fields(NAME)
        match self._world.jobs.state(job):
            case State.QUEUED:
                return Answer(
                    202, told_of(call, named, "IN_QUEUE", now) | {"queue_position": self._world.jobs.place(job)} | told
                )
            case State.RUNNING:
                return Answer(202, told_of(call, named, self._world.jobs.odd_state(job) or "IN_PROGRESS", now) | told)
            case State.DONE:
                return Answer(200, told_of(call, named, "COMPLETED", now) | {"metrics": metrics(job)} | told)
            case State.CANCELLED:
                error = {"error": "Request was cancelled", "error_type": "client_cancelled"}
                return Answer(200, told_of(call, named, "COMPLETED", now) | {"metrics": {}} | error | told)
            case State.FAILED:
                _, kind, text = fault_of(job, self._world.faults.word("fail_code", NAME))
                error = {"error": text, "error_type": kind}
                return Answer(200, told_of(call, named, "COMPLETED", now) | {"metrics": metrics(job)} | error | told)

    async def result(self, call: Call) -> Answer:
        """`GET …/requests/{id}`: the film, or what the model answered instead."""
        named = call.parts["id"]
        if named in self._refused:
            return invalid(self._refused[named])
        job = self._job(call)
        match self._world.jobs.state(job):
            case State.DONE:
                return self._film(call, job)
            case State.CANCELLED:
                return failed(499, "Request was cancelled", "client_cancelled")
            case State.FAILED:
                status, kind, text = fault_of(job, self._world.faults.word("fail_code", NAME))
                if status == 422:
                    place = ("video_url",) if job.broken else ("prompt",)
                    return invalid([problem(place, kind, text)])
                return failed(status, text, kind)
            case _:
                return failed(400, "Request is still in progress", None)

    async def cancel(self, call: Call) -> Answer:
        """`PUT …/cancel`: what waits is taken out of the queue; what runs is only told, and goes on."""
        named = call.parts["id"]
        job = self._world.jobs.find(NAME, named)
        if job is None and named not in self._refused:
            return Answer(404, {"status": "NOT_FOUND"})
        state = self._world.jobs.state(job) if job else State.FAILED
        if job is None or state not in (State.QUEUED, State.RUNNING):
            return Answer(400, {"status": "ALREADY_COMPLETED"})
        self._world.jobs.cancel(job)
        return Answer(202, {"status": "CANCELLATION_REQUESTED"})

    def _hook(self, call: Call, job: Job) -> dict[str, Any]:
        """What a webhook says: the film, or what went wrong."""
        told = {"request_id": job.id, "gateway_request_id": job.id}
        if self._world.jobs.state(job) is State.DONE:
            return told | {"status": "OK", "payload": self._film(call, job).body}
        if self._world.jobs.state(job) is not State.FAILED:
            return told | {"status": "ERROR", "error": "Request was cancelled", "payload": None}
        _, kind, text = fault_of(job, self._world.faults.word("fail_code", NAME))
        return told | {"status": "ERROR", "error": text, "payload": {"detail": kind}}

    async def _buy(self, call: Call) -> Job:
        """Raises Invalid for whatever the model would not take."""
        asked = READERS[call.path.removeprefix(ENDPOINTS)](call.json())
        blob, film = await self._media.source(asked)
        pictures = [self._media.picture(url, ("keyframes", place)) for place, url in enumerate(asked.keyframes)]
        start = self._media.picture(asked.start, ("start_image_url",)) if asked.start else None
        if asked.hdr and not self._world.faults.number("hdr_access", NAME):
            raise Invalid([problem(("hdr",), "feature_not_supported", "HDR is not available for this account")])
        return self._world.accept(
            call,
            _work(asked, blob, film, self._media.origin(asked.video), pictures, start),
            client_id=asked.user,
            answer={"life_s": life_of(call.headers.get(LIFECYCLE))},
        )

    def _film(self, call: Call, job: Job) -> Answer:
        if self._world.faults.strikes("p_result_504", NAME, call.about):
            return failed(504, "Gateway timeout", None)
        if not self._world.shows_output(job):
            return Answer(200, {"video": None})
        outputs = {"video": self._file(call, job, FILM)}
        if EXR in (job.outputs or {}):
            outputs["exr_file"] = self._file(call, job, EXR)
        return Answer(200, outputs | self._world.odd_fields(NAME))

    def _file(self, call: Call, job: Job, output: str) -> dict[str, Any]:
        assert job.outputs is not None
        life_s = job.answer["life_s"]
        left_s = None if life_s is None else job.ends_at + life_s - self._world.clock.now()
        kind = {"mp4": "video/mp4", "zip": "application/zip", "exr": "image/x-exr"}[self._world.ending(job, output)]
        return {
            "url": self._world.result_url(call, job, output, ttl_s=left_s, cdn=True),
            "content_type": kind,
            "file_name": f"output.{self._world.ending(job, output)}",
            "file_size": job.outputs[output].size,
        }

    def _job(self, call: Call) -> Job:
        job = self._world.jobs.find(NAME, call.parts["id"])
        if job is None:
            raise Troubled(Trouble.NOT_FOUND)
        return job


def _work(asked: Asked, blob: Blob, film: Film, origin: str, pictures: list[str], start: str | None) -> Work:
    if asked.bucket_s is None:
        usd = prices.reframe_usd(asked.resolution, film.seconds)
    else:
        usd = prices.edit_usd(asked.resolution, Fraction(asked.bucket_s), hdr=asked.hdr, exr=asked.exr)
    rest = {"keyframes": pictures, "indexes": list(asked.indexes), "start": start, **asked.steering, "origin": origin}
    return Work(
        operation=asked.operation,
        prompt=asked.prompt,
        usd=usd,
        source=blob.core,
        film=film,
        resolution=asked.resolution,
        ratio=asked.ratio,
        position=asked.position,
        hdr=asked.hdr,
        exr=asked.exr,
        rest={name: value for name, value in rest.items() if value},
    )
