"""A sniffed file, as the builders of commands take it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """A film on disk: the demuxer that may open it, and the matrix its pixels were made with ("auto" = as tagged).

    `light` = (curve, primaries, matrix) of an HDR picture by ffmpeg's names; None = SDR.
    """

    path: Path
    format: str
    matrix: str = "auto"
    light: tuple[str, str, str] | None = None
