"""Runware (providers.md 2): one POST of a list of tasks, each answered for itself in `data` or in `errors`."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

from emulator import prices
from emulator.calls import Answer, Call, Scope, Troubled
from emulator.films import EXR
from emulator.job import Fate, Job, State
from emulator.routes import Route
from emulator.runware_errors import DOCS, FAILURES, REFUSALS, Item, error_of, is_in_data, names_of, refused_whole
from emulator.runware_media import NAME, RunwareMedia, Source, video_uuid
from emulator.runware_tasks import Asked, Refusal, nearest_ratio, read_task, read_task_uuid
from emulator.works import Work
from emulator.world import World

BEARER = "Bearer "
MOST_TASKS = 100
DRY_RUN = "x-runware-dry-run"


class Runware:
    """Runware as a vendor module."""

    name = NAME

    def __init__(self, world: World) -> None:
        self._world = world
        self._media = RunwareMedia(world)
        self._used: set[str] = set()
        """taskUUIDs of uploads. Those of videos are the jobs' own ids."""

    def routes(self) -> Sequence[Route]:
        """One address for everything."""
        return (Route("POST", "/v1", self.take), Route("POST", "/v1/", self.take))

    def key(self, call: Call) -> str | None:
        """In the header, or in a task of its own at the head of the list."""
        told = call.headers.get("authorization", "")
        if told.startswith(BEARER):
            return told.removeprefix(BEARER).strip() or None
        first = next(iter(_listed(call)), {})
        key = first.get("apiKey") if first.get("taskType") == "authentication" else None
        return key if isinstance(key, str) else None

    def scope(self, call: Call) -> Scope:
        """By the weightiest of the tasks; a dry run buys nothing."""
        kinds = {task.get("taskType") for task in _listed(call)}
        if "videoInference" in kinds and DRY_RUN not in call.headers:
            return Scope.SUBMIT
        if kinds & {"getResponse", "getTaskDetails"}:
            return Scope.POLL
        return Scope.UPLOAD if kinds & {"mediaStorage", "imageUpload"} else Scope.OTHER

    def about(self, call: Call) -> str:
        """All tasks without their UUIDs, media by what they are; a poll by what its job asked for."""
        told = [self._about(task) for task in _listed(call)]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest() if told else call.body_sha256

    def headers(self, call: Call) -> dict[str, str]:
        """Nothing of its own is documented."""
        return {"x-request-id": call.request_id}

    def refusal(self, call: Call, troubled: Troubled) -> Answer:
        """`{"errors": [{code, message, parameter, taskType, taskUUID, documentation}]}`."""
        status, code, text = REFUSALS[troubled.trouble]
        first = next(iter(_listed(call)), {})
        is_key = status == 401
        error: Item = {"code": code, "message": troubled.text or text, "documentation": DOCS}
        if is_key:
            error |= {"parameter": "apiKey", "taskType": "authentication"}
        else:
            error |= names_of(first)
        headers = {"retry-after": troubled.retry_after} if troubled.retry_after else {}
        return Answer(troubled.status or status, {"errors": [error]}, headers)

    async def take(self, call: Call) -> Answer:
        """`POST /v1`: 200 when something came of it, else the status of the first refusal."""
        tasks = call.json()
        if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
            raise refused_whole("invalidPayload", "The request body must be an array of task objects.")
        if not 1 <= len(tasks) <= MOST_TASKS:
            raise refused_whole("invalidPayload", f"The request body must hold 1 to {MOST_TASKS} tasks.")
        data: list[Item] = []
        errors: list[Item] = []
        statuses: list[int] = []
        for task in tasks:
            try:
                data += await self._one(call, task)
            except Refusal as refusal:
                errors.append(error_of(task, refusal))
                statuses.append(refusal.status)
            except Troubled as troubled:
                if len(tasks) == 1:
                    raise
                status, code, text = REFUSALS[troubled.trouble]
                errors.append(error_of(task, Refusal(code, troubled.text or text)))
                statuses.append(troubled.status or status)
        status = 200 if data or not statuses else statuses[0]
        # No list without members: runware-sdk 1.8.0 takes the mere presence of `errors` for a failure.
        return Answer(status, {"data": data} | ({"errors": errors} if errors else {}))

    async def _one(self, call: Call, task: Item) -> list[Item]:
        match task.get("taskType"):
            case "videoInference":
                return [await self._infer(call, task)]
            case "getResponse":
                return self._response(call, task)
            case "getTaskDetails":
                return [self._details(call, task)]
            case "mediaStorage" | "imageUpload":
                return [self._store(call, task)]
            case "accountManagement":
                return [self._account(task)]
            case "authentication":
                return [{"taskType": "authentication", "connectionSessionUUID": str(uuid.uuid4())}]
            case "ping":
                return [{"taskType": "ping", "pong": True}]
            case other:
                raise Refusal(
                    "invalidTaskType", f"Invalid value for 'taskType': there is no task {other!r}.", "taskType"
                )

    async def _infer(self, call: Call, task: Item) -> Item:
        task_uuid = read_task_uuid(task)
        if replay := self._duplicate(task_uuid):
            return replay
        asked = read_task(task)
        if asked.hdr and not self._world.faults.number("hdr_access", NAME):
            raise Refusal("unsupportedHdr", "This account has no access to HDR.", "settings.hdr", 403)
        source = await self._media.source(asked)
        if replay := self._duplicate(task_uuid):  # another request may have come while the film was measured
            return replay
        pictures = [(self._media.picture(image, place), frame) for place, (image, frame) in enumerate(asked.guides)]
        work = _work(asked, source, pictures)
        if DRY_RUN in call.headers:
            return _acknowledged(task_uuid) | {"cost": float(work.usd)}
        # A second charge for the same UUID (fault `duplicate`) needs a name of its own on the bill.
        taken = self._world.jobs.known(NAME, task_uuid) is not None
        job = self._world.accept(
            call,
            work,
            client_id=task_uuid,
            job_id=f"{task_uuid}-{uuid.uuid4().hex[:6]}" if taken else task_uuid,
            answer={"cost": asked.include_cost, "ttl_s": asked.ttl_s, "task": task},
        )
        self._media.made(job)
        await self._world.hooks.follow(job, asked.webhook, lambda: self._hook(call, job))
        return _acknowledged(task_uuid)

    def _hook(self, call: Call, job: Job) -> Item:
        """What a webhook says: a bare task by one document, a list in `data` by another; here the bare one."""
        told: Item = {"taskType": "videoInference", "taskUUID": job.id}
        state = self._world.jobs.state(job)
        if state is State.DONE:
            return told | self._result(call, job)
        return told | {"status": "error" if state is State.FAILED else "processing"}

    def _duplicate(self, task_uuid: str) -> Item | None:
        """What becomes of a UUID that came before; None to go on."""
        job, manner = self._world.jobs.known(NAME, task_uuid), self._world.faults.word("duplicate", NAME)
        if job is None and task_uuid not in self._used:
            return None
        if job is None or manner == "conflict":
            raise Refusal("conflictTaskUUID", "The taskUUID was used before: send a new one.", "taskUUID")
        return _acknowledged(task_uuid) if manner == "replay" else None

    def _response(self, call: Call, task: Item) -> list[Item]:
        """Nothing at all for an id that never came, and just so for a task that still waits (providers.md 2.4)."""
        job = self._world.jobs.find(NAME, read_task_uuid(task))
        if job is None:
            return []
        state, odd = self._world.jobs.state(job), self._world.jobs.odd_state(job)
        shown: Item = {"taskType": "videoInference", "taskUUID": job.id}
        if state is State.FAILED:
            return [self._failed(job, shown)]
        if state is State.DONE:
            return [shown | self._result(call, job)]
        if state is State.QUEUED:
            return []
        return [shown | {"status": odd or "processing"} | self._world.odd_fields(NAME)]

    def _failed(self, job: Job, shown: Item) -> Item:
        code, reason = ("invalidInputsVideo", job.broken) if job.broken else FAILURES[job.fate]
        if job.fate is Fate.FAILED:
            code = self._world.faults.word("fail_code", NAME) or code
        if is_in_data(job):
            return shown | {"status": "error", "error": {"code": code, "message": reason, "documentation": DOCS}}
        raise Refusal(code, reason, status=200)

    def _result(self, call: Call, job: Job) -> Item:
        world = self._world
        result: Item = {"status": "success", "videoUUID": video_uuid(job)} | world.odd_fields(NAME)
        if job.answer["cost"]:
            result["cost"] = float(job.work.usd)
        if not world.shows_output(job):
            return result
        left_s = job.ends_at + job.answer["ttl_s"] - world.clock.now()
        result["videoURL"] = world.result_url(call, job, ttl_s=left_s, cdn=True)
        if EXR in (job.outputs or {}):
            # No document names it; the vendor's own way is a name that ends in URL.
            result["exrURL"] = world.result_url(call, job, EXR, ttl_s=left_s, cdn=True)
        return result

    def _details(self, call: Call, task: Item) -> Item:
        """What was asked and answered, for audits."""
        named = read_task_uuid(task)
        job = self._world.jobs.find(NAME, named)
        if job is None:
            raise Refusal("taskFailedOrNotFound", f"There is no task {named}.", "taskUUID", 404)
        response: Item = {}
        try:
            response["data"] = self._response(call, task) or [_acknowledged(named)]
        except Refusal as refusal:
            response["errors"] = [error_of({"taskType": "videoInference", "taskUUID": named}, refusal)]
        told = {"taskType": "getTaskDetails", "taskUUID": named}
        return told | {"request": [job.answer["task"]], "response": response}

    def _store(self, call: Call, task: Item) -> Item:
        named, kind = read_task_uuid(task), task["taskType"]
        if named in self._used or self._world.jobs.known(NAME, named):
            raise Refusal("conflictTaskUUID", "The taskUUID was used before: send a new one.", "taskUUID")
        told: Item = {"taskType": kind, "taskUUID": named}
        operation = task.get("operation") if kind == "mediaStorage" else "upload"
        if operation not in ("upload", "delete"):
            raise Refusal("invalidOperation", "Invalid value for 'operation': upload or delete.", "operation")
        if operation == "delete":
            media = self._media.delete(task.get("media"))
            return told | {"operation": operation, "mediaUUID": media.id}
        media = self._media.store(task.get("image" if kind == "imageUpload" else "media"))
        self._used.add(named)
        url = self._world.links.cdn(call.base, f"blob/{media.sha256}/{media.id}")
        if kind == "imageUpload":
            return told | {"imageUUID": media.id, "imageURL": url}
        return told | {"operation": operation, "mediaUUID": media.id, "mediaURL": url}

    def _account(self, task: Item) -> Item:
        """Only what the documents show: the other operations are statistics."""
        if task.get("operation") != "getDetails":
            raise Refusal(
                "invalidOperation", "Invalid value for 'operation': this stand-in knows getDetails.", "operation"
            )
        left = self._world.credit_left()
        told: Item = {"taskType": "accountManagement", "taskUUID": read_task_uuid(task), "operation": "getDetails"}
        told |= {"organizationName": "Rehearsal", "organizationUUID": str(uuid.UUID(int=0, version=4))}
        # An object by the types of runware-sdk 1.8.0; its members are in no document that could be read.
        return told | {"balance": {"amount": 1000.0 if left is None else float(left), "currency": "USD"}}

    def _about(self, task: Item) -> Item:
        if task.get("taskType") in ("getResponse", "getTaskDetails"):
            job = self._world.jobs.known(NAME, str(task.get("taskUUID")).lower())
            return {"poll": job.work.asked if job else "unknown"}
        told = {
            name: value for name, value in task.items() if name not in ("taskUUID", "apiKey", "webhookURL", "media")
        }
        if isinstance(task.get("media"), str):
            told["media"] = hashlib.sha256(task["media"].encode()).hexdigest()
        inputs = task.get("inputs")
        if isinstance(inputs, dict) and isinstance(inputs.get("video"), str):
            told["inputs"] = inputs | {"video": self._media.origin(inputs["video"])}
        return told


def _work(asked: Asked, source: Source, pictures: list[tuple[str, int | str]]) -> Work:
    rest = {"guides": pictures, **asked.edit, "origin": source.origin}
    common: dict[str, Any] = {"prompt": asked.prompt, "source": source.blob.core, "film": source.film}
    common |= {"resolution": asked.resolution, "rest": {name: value for name, value in rest.items() if value}}
    if asked.canvas is None:
        usd = prices.edit_usd(asked.resolution, source.film.seconds, hdr=asked.hdr, exr=asked.exr)
        return Work(operation="modify", usd=usd, hdr=asked.hdr, exr=asked.exr, **common)
    usd = prices.reframe_usd(asked.resolution, source.film.seconds)
    width, height = asked.canvas
    ratio = nearest_ratio(width, height)
    return Work(
        operation="reframe", usd=usd, ratio=ratio, width=width, height=height, position=asked.position, **common
    )


def _listed(call: Call) -> list[Item]:
    """The tasks of a request, as far as they are any; never raises."""
    try:
        told = call.json()
    except Troubled:
        return []
    return [task for task in told if isinstance(task, dict)] if isinstance(told, list) else []


def _acknowledged(task_uuid: str) -> Item:
    return {"taskType": "videoInference", "taskUUID": task_uuid}
