"""A small fal: a queue and a storage, as a listener's script."""

import json
from dataclasses import dataclass, field
from typing import Any

from fakes.listener import Heard, Reply, says

Members = dict[str, Any]
KEY = "fal-id:CANARY-7f3e1b"
TOKEN = "storage-CANARY-11aa"


def says_json(status: int, body: object, **headers: str) -> Reply:
    return says(status, json.dumps(body), Content_Type="application/json", **headers)


def model_error(kind: str, *loc: str) -> Members:
    return {"detail": [{"loc": list(loc) or ["body", "prompt"], "msg": f"says {kind}", "type": kind}]}


@dataclass
class Fal:
    """An honest small fal: a queue, and a storage on the same host. `replies` by path takes the place of its own answers."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: dict[str, Members] = field(default_factory=dict)
    status: Members = field(default_factory=lambda: {"status": "IN_QUEUE", "queue_position": 0})
    result: Reply = field(default_factory=lambda: says_json(400, {"detail": "Request is still in progress"}))
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tokens: int = 0
    home: str = ""
    given: str = ""
    parts: dict[int, bytes] = field(default_factory=dict)

    def hear(self, heard: Heard) -> Reply:
        path = heard.path.partition("?")[0]
        if self.replies.get(path):
            return self.replies[path].pop(0)
        if heard.method == "GET" and path in self.files:
            return says(200, self.files[path])
        if path.startswith("/cdn/"):
            return self._storage(heard, path)
        if heard.headers.get("authorization") != f"Key {KEY}":
            return says_json(401, {"detail": "Cannot access application. Authentication is required."})
        if path == "/storage/auth/token":
            self.tokens += 1
            told = {"token": TOKEN, "token_type": "Bearer", "base_url": f"{self.home}/cdn"}
            return says_json(200, told | {"expires_at": "2099-01-01T00:00:00+00:00"})
        return self._queue(heard, path)

    def _queue(self, heard: Heard, path: str) -> Reply:
        if heard.method == "POST":
            name = f"req-{len(self.requests) + 1}"
            self.requests[name] = json.loads(heard.body) | {"endpoint": path}
            at = f"{self.given or self.home}/luma/agent/requests/{name}"
            urls = {"response_url": at, "status_url": f"{at}/status", "cancel_url": f"{at}/cancel"}
            return says_json(200, {"status": "IN_QUEUE", "request_id": name, "queue_position": 0, **urls})
        name = path.split("/")[4]
        if name not in self.requests:
            return says_json(404, {"detail": "Request not found"})
        if path.endswith("/cancel"):
            return says_json(202, {"status": "CANCELLATION_REQUESTED"})
        if path.endswith("/status"):
            return says_json(200 if self.status["status"] == "COMPLETED" else 202, self.status)
        return self.result

    def _storage(self, heard: Heard, path: str) -> Reply:
        if heard.headers.get("authorization") != f"Bearer {TOKEN}":
            return says_json(401, {"detail": "no token"})
        name = f"/files/{len(self.files)}"
        if path == "/cdn/files/upload":
            self.files[name] = heard.body
            self.names[name] = heard.headers["x-fal-file-name"]
            return says_json(200, {"access_url": f"{self.home}{name}"})
        if path == "/cdn/files/upload/multipart":
            return says_json(200, {"access_url": f"{self.home}/cdn/file", "uploadId": "up-1"})
        if path == "/cdn/file/multipart/up-1/complete":
            assert json.loads(heard.body) == {"parts": [{"partNumber": n, "etag": f"e{n}"} for n in self.parts]}
            self.files["/cdn/file"] = b"".join(self.parts.values())
            return says_json(200, {})
        number = int(path.rsplit("/", 1)[1])
        self.parts[number] = heard.body
        return says_json(200, {}, ETag=f"e{number}")

    def completes(self, result: Reply, **status: Any) -> None:
        self.status = {"status": "COMPLETED", **status}
        self.result = result
