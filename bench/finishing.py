"""Finishing a film of four clips: conform, join, sound, poster, beside a bare concat and encode of the same."""

import subprocess

from bench.campaigns import sample_campaign
from bench.handmade import FFMPEG, inside
from bench.measuring import compare
from bench.reporting import Report, Target
from campaign.intake.catalogue import read_catalogue

FRAMES, CLIPS = 192, 4
OURS, BARE = "fanout: finish", "hand-written concat and encode"
TARGETS = (Target(OURS, (BARE,), 1.1),)


def run(report: Report) -> None:
    """Report the sample master, cut in four at 1280x720, made one again."""
    spec = read_catalogue().specs["web.h264"]
    with sample_campaign() as root:
        master, each = str(root / "media" / "master.mov"), FRAMES // CLIPS
        clips = [f"clip-{n}.mp4" for n in range(CLIPS)]
        for n, clip in enumerate(clips):
            cut = f"trim=start_frame={n * each}:end_frame={(n + 1) * each},settb=1/24,setpts=N,scale=1280:720"
            codec = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12"]
            subprocess.run([*FFMPEG, "-i", master, "-vf", cut, *codec, str(root / clip)], check=True)
        inputs = [word for clip in clips for word in ("-i", clip)]
        joined = "".join(f"[{n}:v]" for n in range(CLIPS)) + f"concat=n={CLIPS}[v]"
        codec = ["-c:v", "libx264", "-preset", str(spec.preset), "-crf", str(spec.crf)]
        sound = ["-c:a", "aac", "-b:a", f"{spec.audio_kbps}k"]
        maps = ["-filter_complex", joined, "-map", "[v]", "-map", f"{CLIPS}:a"]
        bare = [*FFMPEG, *inputs, "-i", master, *maps, *codec, *sound, "bare.mp4"]
        peers = {OURS: inside("finished", master, *clips), BARE: bare}
        report.table("finishing, 1280x720, web.h264", compare(peers, cwd=root), TARGETS)
