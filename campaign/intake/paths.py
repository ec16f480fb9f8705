"""Where files named in an input may lie: under the campaign's folder, or at an absolute local path."""

import re
from pathlib import Path

_SYSTEM = tuple(Path(folder) for folder in ("/proc", "/dev", "/sys"))
_URL = re.compile(r"^(?:[a-z][a-z0-9+.-]+://|(?:file|data|pipe|concat):)", re.IGNORECASE)


class PathRefused(Exception):
    """A path that is not read. Says what is wrong and the cure."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem, cure)
        self.problem = problem
        self.cure = cure


def placed(text: str, root: Path) -> Path:
    """The absolute path that `text` names, symbolic links followed; it need not exist. Raises PathRefused.

    A relative path must stay under `root`, links included; an absolute one may be anywhere but /proc, /dev and /sys.
    """
    if not text.strip():
        raise PathRefused("is empty", "Name a file, or delete the key.")
    if any(ord(sign) < 32 for sign in text):
        raise PathRefused("holds control characters", "Type the path again.")
    if _URL.match(text):
        raise PathRefused("is an address, not a local file", "Download the file and name it by its path.")
    if text.startswith("~"):
        raise PathRefused("begins with ~, which is not expanded", "Write the whole path.")
    written = root / text
    try:
        path = written.resolve()
        home = root.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise PathRefused(f"cannot be followed: {error}", "Check its links and its length.") from None
    if any(path.is_relative_to(folder) or written.is_relative_to(folder) for folder in _SYSTEM):
        raise PathRefused("lies in /proc, /dev or /sys, which are never read", "Name an ordinary file.")
    if not Path(text).is_absolute() and not path.is_relative_to(home):
        how = "leads" if ".." in Path(text).parts else f"leads, by a link to {path},"
        raise PathRefused(f"{how} out of the campaign's folder", "Write an absolute path if that is meant.")
    return path
