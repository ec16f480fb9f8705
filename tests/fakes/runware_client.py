"""A plain client of the emulator's Runware, for tests of the emulator itself."""

import base64
import time
import uuid
from pathlib import Path
from typing import Any

from fakes.emulation import VendorClient

from emulator.server import Emulator

MODEL = "luma:ray@3.2"


def a_uuid() -> str:
    return str(uuid.uuid4())


def data_uri(path: Path, kind: str = "video/mp4") -> str:
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


class RunwareClient(VendorClient):
    """Sends lists of tasks; an answer is its status and its document."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator, f"Bearer {emulator.options.keys.runware}")

    def send(self, *tasks: Any, **headers: str) -> tuple[int, Any]:
        answer = self.http.post(
            "/v1", json=list(tasks), headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        return answer.status_code, answer.json()

    def one(self, kind: str, task_uuid: str | None = None, **more: Any) -> tuple[int, Any]:
        return self.send({"taskType": kind, "taskUUID": task_uuid or a_uuid(), **more})

    def upload(self, path: Path, kind: str = "video/mp4") -> str:
        status, told = self.one("mediaStorage", operation="upload", media=data_uri(path, kind))
        assert status == 200, told
        return str(told["data"][0]["mediaUUID"])

    def poll(self, task_uuid: str) -> tuple[int, Any]:
        return self.one("getResponse", task_uuid)

    def ended(self, task_uuid: str) -> Any:
        """The answer that settles a task."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            _, told = self.poll(task_uuid)
            if told.get("errors") or any(item.get("status") in ("success", "error") for item in told["data"]):
                return told
            time.sleep(0.02)
        raise AssertionError(f"{task_uuid} does not end")


def an_edit(video: str, **more: Any) -> dict[str, Any]:
    task = {"taskType": "videoInference", "taskUUID": a_uuid(), "model": MODEL, "positivePrompt": "snow on every roof"}
    return {**task, "inputs": {"video": video}, "resolution": "360p", "includeCost": True, **more}


def a_reframe(video: str, width: int = 720, height: int = 1280, **more: Any) -> dict[str, Any]:
    task = an_edit(video, width=width, height=height, **more)
    del task["resolution"]
    return task
