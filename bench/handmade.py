"""Commands as one would type them, and the ones that run a piece of Fanout beside them."""

import subprocess
import sys
from pathlib import Path

from bench.campaigns import ROOT
from campaign.media.engine import find_engine

FFMPEG = (str(find_engine().path), "-nostdin", "-v", "error", "-y")


def inside(work: str, *words: str) -> list[str]:
    """The command that measures one of bench.works, its numpy on one core as the command line has it."""
    return ["env", f"PYTHONPATH={ROOT}", "OPENBLAS_NUM_THREADS=1", sys.executable, "-m", "bench.inside", work, *words]


def a_film(master: Path, into: Path, *, size: str) -> str:
    """The master as a film that quality control lets pass, at `size` (1280:720); its path."""
    colour = "out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1"
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    picture = ["-vf", f"scale={size}:{colour},{tags}", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"]
    picture += ["-flags:v", "+cgop", "-g", "48"]
    sound = ["-c:a", "aac", "-aac_pns", "0", "-b:a", "192k", "-movflags", "+faststart"]
    subprocess.run([*FFMPEG, "-i", str(master), *picture, *sound, str(into)], check=True)
    return str(into)
