"""A crop that follows the subject beside one that stands still, both as the local engine makes them."""

import subprocess

from bench.campaigns import sample_campaign
from bench.handmade import FFMPEG, inside
from bench.measuring import compare
from bench.reporting import Report, Target

STILL, FOLLOWING = "fanout: static crop", "fanout: tracked crop"
TARGETS = (Target(FOLLOWING, (STILL,), 2.0),)


def run(report: Report) -> None:
    """Report the sample master at 1280x720, 192 frames, taken for one shot."""
    with sample_campaign() as root:
        master = str(root / "media" / "master.mov")
        codec = ["-an", "-vf", "scale=1280:720", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12"]
        subprocess.run([*FFMPEG, "-i", master, *codec, str(root / "clip.mp4")], check=True)
        peers = {
            STILL: inside("framed", master, "clip.mp4", "crop"),
            FOLLOWING: inside("framed", master, "clip.mp4", "track"),
        }
        report.table("9:16 of a clip of 1280x720", compare(peers, cwd=root), TARGETS)
