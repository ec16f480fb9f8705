"""A small Runware: media and tasks, as a listener's script."""

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from fakes.listener import Heard, Reply, says

Members = dict[str, Any]
KEY = "runware-CANARY-7f3e1b"
UUID = "3f0c3c1e-0a3f-4d0e-9a53-0f4e1c0a7b11"
FILM = b"\x00\x00\x00\x18ftypisom" + bytes(12) + b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x10mdat" + bytes(range(8))


def answers(data: list[Members] | None = None, errors: list[Members] | None = None, status: int = 200) -> Reply:
    body = ({} if data is None else {"data": data}) | ({} if errors is None else {"errors": errors})
    return says(status, json.dumps(body), Content_Type="application/json")


def fails(code: str, status: int = 400, **more: Any) -> Reply:
    return answers([], [{"code": code, "message": f"says {code}", "taskUUID": UUID, **more}], status)


@dataclass
class Runware:
    """An honest small Runware: keeps media and tasks, refuses a taskUUID twice. `replies` takes the place of its own answers."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    tasks: dict[str, Members] = field(default_factory=dict)
    results: dict[str, Members] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    asked: list[Members] = field(default_factory=list)
    knows_details: bool = True
    films: dict[str, bytes] = field(default_factory=dict)

    def hear(self, heard: Heard) -> Reply:
        if heard.method == "GET":
            return says(200, self.films[heard.path]) if heard.path in self.films else says(403, "<Error/>")
        (task,) = json.loads(heard.body)
        self.asked.append(task)
        kind = task["taskType"]
        if self.replies.get(kind):
            return self.replies[kind].pop(0)
        if heard.headers.get("authorization") != f"Bearer {KEY}":
            return answers(None, [{"code": "invalidApiKey", "message": "Invalid API key."}], 401)
        return getattr(self, f"_{kind}")(task, {"taskType": kind, "taskUUID": task["taskUUID"]})

    def _mediaStorage(self, task: Members, named: Members) -> Reply:  # noqa: N802  # as the task is called
        name = str(uuid.uuid4())
        self.media[name] = base64.b64decode(task["media"].partition(",")[2])
        return answers([named | {"operation": "upload", "mediaUUID": name, "mediaURL": "https://m.test/x"}])

    def _videoInference(self, task: Members, named: Members) -> Reply:  # noqa: N802  # as the task is called
        if task["taskUUID"] in self.tasks:
            return answers([], [{"code": "conflictTaskUUID", "message": "taken", "taskUUID": task["taskUUID"]}], 400)
        self.tasks[task["taskUUID"]] = task
        return answers([named])

    def _getResponse(self, task: Members, named: Members) -> Reply:  # noqa: N802  # as the task is called
        result = self.results.get(task["taskUUID"])
        return answers([] if result is None else [named | result])

    def _getTaskDetails(self, task: Members, named: Members) -> Reply:  # noqa: N802  # as the task is called
        if self.knows_details and task["taskUUID"] in self.tasks:
            return answers([named | {"request": [self.tasks[task["taskUUID"]]], "response": {}}])
        return answers([], [{"code": "taskNotFound", "message": "no such task"}], 404)

    def _accountManagement(self, task: Members, named: Members) -> Reply:  # noqa: N802  # as the task is called
        return answers([named | {"organizationName": "Acme", "balance": 2450.75}])

    def kinds(self) -> list[str]:
        return [task["taskType"] for task in self.asked]
