"""Six aspect ratios of one film: Fanout's crop and finish beside ffmpeg as one would type it, at draft and final settings."""

import shlex
import subprocess
from pathlib import Path

from bench.campaigns import sample_campaign
from bench.handmade import FFMPEG, inside
from bench.measuring import Cost, compare, measure
from bench.peers import PEERS, has
from bench.reporting import Report, Target
from campaign.intake.catalogue import read_catalogue
from campaign.media.counting import count_frames
from campaign.model.ratios import GENERATED, AspectRatio, frame_size

TIERS = (("360p", "web.h264.draft"), ("720p", "web.h264"))
OURS, RUNS, GRAPH, MOVIEPY = "fanout: cut, finish", "six hand-written runs", "one hand-written graph", "moviepy"
TARGETS = (Target(OURS, (RUNS, GRAPH), 1.1), Target(OURS, (MOVIEPY,), 0.5))


def run(report: Report) -> None:
    """Report each tier; the sample master, 8 s of 1920x1080."""
    with sample_campaign() as root:
        master = str(root / "media" / "master.mov")
        for tier, spec in TIERS:
            peers = {
                OURS: inside("six_ratios", master, tier, spec),
                RUNS: ["sh", "-c", " && ".join(_single(master, tier, spec))],
                GRAPH: _graph(master, tier, spec),
            }
            costs = compare(peers, cwd=root, runs=2)
            if has("moviepy") and (cost := _by_moviepy(root, master, tier, spec)):
                costs[MOVIEPY] = cost
            report.table(f"six ratios, {tier}, {spec}", costs, TARGETS)


def _by_moviepy(root: Path, master: str, tier: str, spec: str) -> Cost | None:
    """What it takes, measured once: it takes longer than all the others together. None, said why, when it loses frames."""
    plain = str(root / "plain.mp4")  # it cannot open a film with a timecode track
    shed = ["-map", "0:v", "-map", "0:a", "-c:v", "copy", "-c:a", "aac", "-write_tmcd", "0", plain]
    subprocess.run([*FFMPEG, "-i", master, *shed], check=True)
    cost = measure([str(PEERS), "-c", _moviepy(plain, tier, spec)], cwd=root)
    frames = count_frames(Path(plain)).frames
    for ratio in GENERATED:
        if (written := count_frames(root / f"moviepy-{ratio.slug}.mp4").frames) != frames:
            print(f"  moviepy is not compared: its {ratio} has {written} of {frames} frames")
            return None
    return cost


def _codec(spec: str) -> list[str]:
    chosen = read_catalogue().specs[spec]
    audio = ["-c:a", "aac", "-b:a", f"{chosen.audio_kbps}k"]
    return ["-c:v", "libx264", "-preset", chosen.preset, "-crf", str(chosen.crf), "-pix_fmt", "yuv420p", *audio]


def _crop(ratio: AspectRatio, tier: str) -> str:
    width, height = ratio.label.split(":")
    size = frame_size(ratio.value, tier)
    return f"crop=min(iw\\,ih*{width}/{height}):min(ih\\,iw*{height}/{width}),scale={size.width}:{size.height},setsar=1"


def _single(master: str, tier: str, spec: str) -> list[str]:
    return [
        shlex.join([*FFMPEG, "-i", master, "-vf", _crop(ratio, tier), *_codec(spec), f"hand-{ratio.slug}.mp4"])
        for ratio in GENERATED
    ]


def _graph(master: str, tier: str, spec: str) -> list[str]:
    names = [f"v{number}" for number in range(len(GENERATED))]
    split = f"[0:v]split={len(names)}" + "".join(f"[{name}]" for name in names)
    crops = [f"[{name}]{_crop(ratio, tier)}[o{name}]" for name, ratio in zip(names, GENERATED, strict=True)]
    outputs = [
        part
        for name, ratio in zip(names, GENERATED, strict=True)
        for part in ("-map", f"[o{name}]", "-map", "0:a", *_codec(spec), "-threads", "1", f"graph-{ratio.slug}.mp4")
    ]
    return [*FFMPEG, "-i", master, "-filter_complex", ";".join((split, *crops)), *outputs]


def _moviepy(master: str, tier: str, spec: str) -> str:
    chosen = read_catalogue().specs[spec]
    sizes = [(ratio.slug, float(ratio.value), *_size(ratio, tier)) for ratio in GENERATED]
    return f"""
from moviepy import VideoFileClip
clip = VideoFileClip({master!r})
for slug, shape, width, height in {sizes!r}:
    across, down = min(clip.w, clip.h * shape), min(clip.h, clip.w / shape)
    part = clip.cropped(x_center=clip.w / 2, y_center=clip.h / 2, width=int(across), height=int(down))
    part.resized((width, height)).write_videofile(
        f"moviepy-{{slug}}.mp4", codec="libx264", preset={chosen.preset!r}, audio_codec="aac",
        audio_bitrate="{chosen.audio_kbps}k", ffmpeg_params=["-crf", "{chosen.crf}"], logger=None)
"""


def _size(ratio: AspectRatio, tier: str) -> tuple[int, int]:
    size = frame_size(ratio.value, tier)
    return size.width, size.height
