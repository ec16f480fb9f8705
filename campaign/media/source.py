"""A sniffed file, as the builders of commands take it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """A film on disk: the demuxer that may open it, and the matrix its pixels were made with ("auto" = as tagged)."""

    path: Path
    format: str
    matrix: str = "auto"
