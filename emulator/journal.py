"""Lines of JSON that outlive the process."""

import json
import threading
from pathlib import Path
from typing import Any


class Journal:
    """Appends one JSON object a line to a file, or to memory only when there is no file. Safe from threads.

    A line is with the operating system when `append` returns: killing the emulator loses none.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = None
        self.kept: list[dict[str, Any]] = []
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.kept = _read(path)
            self._file = path.open("ab", buffering=0)

    def append(self, line: dict[str, Any]) -> None:
        """Write one line."""
        if self._file is None:
            return
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(text.encode())

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()


def _read(path: Path) -> list[dict[str, Any]]:
    """Every whole line there is; what a kill left half written is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
    return [json.loads(line) for line in content[:whole].splitlines() if line.strip()]
