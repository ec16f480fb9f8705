"""A client of Luma's protocol as its document shows it, for tests of the emulator."""

import time
from pathlib import Path
from typing import Any

import httpx
from fakes.emulation import PLAIN

from emulator.server import Emulator


class LumaClient(httpx.Client):
    """Speaks to the emulator with its key; answers come as they are."""

    def __init__(self, emulator: Emulator, key: str | None = None, **said: Any) -> None:
        given = emulator.world.keyring.key("luma") if key is None else key
        headers = {"authorization": f"Bearer {given}"} if given else {}
        self._clock = emulator.world.clock
        super().__init__(base_url=f"{emulator.url}/v1", headers=headers, **{**PLAIN, "timeout": 20, **said})

    def upload(self, film: Path, mime_type: str = "video/mp4") -> str:
        """Put a film up by the presigned way and let time pass until it is ready. Returns its id."""
        made = self.post("/files", json={"mime_type": mime_type, "size_bytes": film.stat().st_size}).json()
        put = httpx.put(made["upload"]["url"], content=film.read_bytes(), headers=made["upload"]["headers"], **PLAIN)
        assert put.status_code == 200, put.text
        assert self.post(f"/files/{made['id']}/complete").status_code == 200
        while self.get(f"/files/{made['id']}").json()["state"] == "pending":
            self._clock.advance(0.05)
        return str(made["id"])

    def edit(self, source: dict[str, Any], prompt: str = "snow on every roof", **body: Any) -> httpx.Response:
        """Ask for an edit; `body` replaces or adds fields."""
        told = {"model": "ray-3.2", "type": "video_edit", "prompt": prompt, "source": source}
        return self.post("/generations", json={**told, "video": {"resolution": "360p"}, **body})

    def reframe(self, source: dict[str, Any], ratio: str = "9:16", **body: Any) -> httpx.Response:
        """Ask for a reframe."""
        told = {"model": "ray-3.2", "type": "video_reframe", "prompt": "more street", "source": source}
        return self.post("/generations", json={**told, "aspect_ratio": ratio, "video": {"resolution": "360p"}, **body})

    def finished(self, generation_id: str, within_s: float = 20) -> dict[str, Any]:
        """Poll until it is completed or failed."""
        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            told: dict[str, Any] = self.get(f"/generations/{generation_id}").json()
            if told["state"] in ("completed", "failed"):
                return told
            time.sleep(0.02)
        raise AssertionError(f"not finished within {within_s} s: {told}")

    def bought(self, source: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Edit and wait."""
        answer = self.edit(source, **body)
        assert answer.status_code == 201, answer.text
        return self.finished(answer.json()["id"])


def fetch(generation: dict[str, Any], output: int = 0) -> bytes:
    """The bytes of an output."""
    answer = httpx.get(generation["output"][output]["url"], **PLAIN)
    assert answer.status_code == 200, answer.text
    return answer.content
