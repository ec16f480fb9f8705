"""Six aspect ratios of one film: Fanout's crop and finish beside ffmpeg as one would type it, at draft and final settings."""

import shlex
import sys

from bench.campaigns import ROOT, sample_campaign
from bench.measuring import compare, report
from campaign.intake.catalogue import read_catalogue
from campaign.media.engine import find_engine
from campaign.model.ratios import GENERATED, AspectRatio, frame_size

TIERS = (("360p", "web.h264.draft"), ("720p", "web.h264"))


def run() -> None:
    """Print the figure for each tier; the sample master, 8 s of 1920x1080."""
    with sample_campaign() as root:
        master = root / "media" / "master.mov"
        for tier, spec in TIERS:
            print(f"  {tier}, {spec}")
            fanout = f"rm -rf made && {sys.executable} -m bench.ratios_fanout {master} made {tier} {spec}"
            peers = {
                "fanout: frame and finish": ["env", f"PYTHONPATH={ROOT}", "sh", "-c", fanout],
                "six hand-written runs": ["sh", "-c", " && ".join(_single(str(master), tier, spec))],
                "one hand-written graph": _graph(str(master), tier, spec),
            }
            report(compare(peers, cwd=root))


def _codec(spec: str) -> list[str]:
    chosen = read_catalogue().specs[spec]
    audio = ["-c:a", "aac", "-b:a", f"{chosen.audio_kbps}k"]
    return ["-c:v", "libx264", "-preset", chosen.preset, "-crf", str(chosen.crf), "-pix_fmt", "yuv420p", *audio]


def _crop(ratio: AspectRatio, tier: str) -> str:
    width, height = ratio.label.split(":")
    size = frame_size(ratio.value, tier)
    return f"crop=min(iw\\,ih*{width}/{height}):min(ih\\,iw*{height}/{width}),scale={size.width}:{size.height},setsar=1"


def _single(master: str, tier: str, spec: str) -> list[str]:
    start = [str(find_engine().path), "-v", "error", "-y", "-i", master]
    return [
        shlex.join([*start, "-vf", _crop(ratio, tier), *_codec(spec), f"hand-{ratio.slug}.mp4"]) for ratio in GENERATED
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
    head = [str(find_engine().path), "-v", "error", "-y", "-i", master]
    return [*head, "-filter_complex", ";".join((split, *crops)), *outputs]
