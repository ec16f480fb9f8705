"""A plain client of the emulator's fal, for tests of the emulator itself."""

import time
from pathlib import Path
from typing import Any

import httpx
from fakes.emulation import VendorClient

from emulator.server import Emulator

EDIT, REFRAME = "/luma/agent/ray/v3.2/video-to-video", "/luma/agent/ray/v3.2/reframe"


class FalClient(VendorClient):
    """Uploads, submits and follows requests."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator, f"Key {emulator.options.keys.fal}")

    def token(self) -> dict[str, str]:
        """The header that storage wants."""
        told = self.http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}).raise_for_status().json()
        return {"authorization": f"{told['token_type']} {told['token']}"}

    def upload(self, path: Path, kind: str = "video/mp4", **headers: str) -> str:
        sent = {"content-type": kind, "x-fal-file-name": path.name, **self.token(), **headers}
        answer = self.http.post("/files/upload", content=path.read_bytes(), headers=sent).raise_for_status()
        return str(answer.json()["access_url"])

    def submit(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.http.post(path, json=body, headers=headers)

    def ended(self, begun: dict[str, Any]) -> dict[str, Any]:
        """The status that says COMPLETED."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            answer = self.http.get(begun["status_url"])
            told: dict[str, Any] = answer.json()
            assert (answer.status_code == 200) == (told["status"] == "COMPLETED")
            if told["status"] == "COMPLETED":
                return told
            time.sleep(0.02)
        raise AssertionError("it does not end")


def an_edit(video: str, **more: Any) -> dict[str, Any]:
    return {"prompt": "snow on every roof", "video_url": video, "resolution": "540p", **more}


def a_reframe(video: str, **more: Any) -> dict[str, Any]:
    return {**an_edit(video), "aspect_ratio": "9:16", **more}
