"""Which ffmpeg is used, and whether it can do what the recipes ask."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from campaign.errors import SetupError
from campaign.settings import without_keys

OLDEST = 7
"""Debian 12's 5.1 shapes Hindi and Thai wrongly and drops colour tags in other places."""
NEEDED_ENCODERS = ("libx264", "aac", "mjpeg", "pcm_s16le")
ALWAYS_MUXED = frozenset({"mov", "mp4"})
"""One muxer writes both, and what is cut needs it."""
HDR_ENCODER = "libx265"
"""Writes HDR crops."""
NEEDED_FILTERS = (
    "blackdetect", "blurdetect", "bwdif", "concat", "crop", "cropdetect", "curves", "drawtext", "ebur128", "eq",
    "extractplanes", "freezedetect", "gblur", "hstack", "idet", "overlay",
    "scale", "scdet", "sendcmd", "setparams", "signalstats", "silencedetect", "subtitles", "tpad", "trim", "zscale",
)  # fmt: skip
CURE = "Unset FFMPEG to use the one that comes with the package imageio-ffmpeg (pip install imageio-ffmpeg)."


@dataclass(frozen=True, slots=True)
class Engine:
    """An ffmpeg binary that has been looked at: absolute `path` and `version` (`9.0.2`)."""

    path: Path
    version: str


@cache
def find_engine(preferred: Path | None = None) -> Engine:
    """The ffmpeg to use: `preferred` (FFMPEG), else the machine's own, else imageio-ffmpeg's; looked at once a process.

    Raises SetupError with the cure when `preferred` lacks something, or when no binary at all will do.
    """
    if preferred is not None:
        lack = lacks(preferred)
        if lack:
            raise SetupError(f"{preferred}: {lack}. {CURE}")
        return Engine(preferred.absolute(), _version(preferred))
    found = []
    for path in _candidates():
        lack = lacks(path)
        if not lack:
            return Engine(path, _version(path))
        found.append(f"{path}: {lack}")
    raise SetupError(f"No usable ffmpeg ({'; '.join(found) or 'none is installed'}). {CURE}")


def lacks(path: Path) -> str:
    """What a binary lacks, as text for people; empty when it will do."""
    try:
        version = _version(path)
        if int(version.split(".")[0]) < OLDEST:
            return f"version {version} is older than {OLDEST}"
        encoders, filters = _names(path, "-encoders"), _names(path, "-filters")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"does not run as ffmpeg ({error})"
    missing = [name for name in NEEDED_ENCODERS if name not in encoders]
    missing += [name for name in NEEDED_FILTERS if name not in filters]
    return f"lacks {', '.join(missing)}" if missing else ""


def missing_encoders(engine: Engine, names: frozenset[str]) -> tuple[str, ...]:
    """Those of the encoders `names` that the binary does not have, asked once a process; what every engine needs is there."""
    special = names - set(NEEDED_ENCODERS)
    return tuple(sorted(special - _encoders(engine.path))) if special else ()


def missing_muxers(engine: Engine, names: frozenset[str]) -> tuple[str, ...]:
    """Those of the container formats `names` that the binary cannot write, asked once a process."""
    special = names - ALWAYS_MUXED
    return tuple(sorted(special - _muxers(engine.path))) if special else ()


@cache
def _muxers(path: Path) -> frozenset[str]:
    return _names(path, "-muxers")


@cache
def _encoders(path: Path) -> frozenset[str]:
    return _names(path, "-encoders")


def _candidates() -> Iterator[Path]:
    installed = shutil.which("ffmpeg")
    if installed:
        yield Path(installed).absolute()
    try:
        import imageio_ffmpeg

        with without_keys():  # it runs the binary to see whether it works
            bundled = imageio_ffmpeg.get_ffmpeg_exe()
        yield Path(bundled).absolute()
    except (ImportError, RuntimeError):
        return


def _version(path: Path) -> str:
    """`9.0.2` of `ffmpeg version n9.0.2-17-g2a571b6068`. Raises ValueError for a binary that says nothing of the kind."""
    said = re.match(r"ffmpeg version n?(\d+(?:\.\d+)*)", _ask(path, "-version"))
    if said is None:
        raise ValueError("it does not tell its version")
    return said.group(1)


def _names(path: Path, question: str) -> frozenset[str]:
    """Names in ffmpeg's own table: the word after the flags on every line."""
    return frozenset(words[1] for line in _ask(path, question).splitlines() if len(words := line.split()) > 1)


def _ask(path: Path, question: str) -> str:
    argv = [str(path), "-nostdin", "-hide_banner", question] if question != "-version" else [str(path), question]
    return subprocess.run(
        argv,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.defpath, "TMPDIR": tempfile.gettempdir()},
    ).stdout
