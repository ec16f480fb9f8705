"""Writing into out/ in one step: a reader sees the old file or the new one, never half of one."""

import os
import shutil
from pathlib import Path
from uuid import uuid4


def link(source: Path, target: Path) -> None:
    """Give `source` a second name in place of whatever holds it; a copy where the two lie on different disks."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{uuid4().hex}.part")
    try:
        try:
            os.link(source, unfinished)
        except OSError:
            shutil.copyfile(source, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write text as UTF-8, line ends as given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(path)
