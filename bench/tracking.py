"""A crop that follows the subject beside one that stands still, both as the local engine makes them."""

import subprocess

from bench.campaigns import sample_campaign
from bench.handmade import FFMPEG, inside
from bench.measuring import compare
from bench.reporting import Report

STRETCHES = {"a shot whose window stands": (130, 160), "a shot whose window moves": (44, 92)}


def run(report: Report) -> None:
    """Report two shots of the sample master at 1280x720; nothing that was found before is used."""
    with sample_campaign() as root:
        master = str(root / "media" / "master.mov")
        for title, (start, end) in STRETCHES.items():
            cut = f"trim=start_frame={start}:end_frame={end},settb=1/24,setpts=N,scale=1280:720"
            codec = ["-an", "-vf", cut, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12"]
            subprocess.run([*FFMPEG, "-i", master, *codec, str(root / "clip.mp4")], check=True)
            ways = ("crop", "track")
            peers = {f"fanout: {way}": inside("framed", master, "clip.mp4", way, str(end - start)) for way in ways}
            report.table(f"9:16 of {title}", compare(peers, cwd=root))
