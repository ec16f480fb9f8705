"""Quality control of one film: its detectors and all of it, beside a bare decode of the same."""

from bench.campaigns import sample_campaign
from bench.handmade import FFMPEG, a_film, inside
from bench.measuring import compare
from bench.reporting import Report, Target

DECODE, DETECTORS, ALL = "bare decode", "fanout: detectors and samples", "fanout: all of quality control"
SEPARATE = "five detectors, one run each"
TARGETS = (Target(DETECTORS, (DECODE,), 1.25), Target(ALL, (DECODE,), 1.8))
FILTERS = (
    "scdet=threshold=10",
    "blackdetect=d=0.08",
    "freezedetect=n=-60dB:d=0.5",
    "silencedetect",
    "ebur128=peak=true",
)


def run(report: Report) -> None:
    """Report a film of 1920x1080 and one of 1280x720, both of the sample master, 8 s."""
    with sample_campaign() as root:
        master = root / "media" / "master.mov"
        for size in ("1920:1080", "1280:720"):
            film = a_film(master, root / f"film-{size.replace(':', 'x')}.mp4", size=size)
            decode = [*FFMPEG, "-threads", "1", "-i", film, "-f", "null", "-"]
            peers = {
                DECODE: decode,
                DETECTORS: inside("detectors", film),
                ALL: inside("quality", str(master), film),
                SEPARATE: ["sh", "-c", " && ".join(f"{' '.join(_alone(film, name))}" for name in FILTERS)],
            }
            report.table(f"quality control, {size.replace(':', 'x')}", compare(peers, cwd=root, runs=5), TARGETS)


def _alone(film: str, name: str) -> list[str]:
    heard = name.startswith(("silence", "ebur"))
    return [
        *FFMPEG,
        "-threads",
        "1",
        "-i",
        film,
        "-af" if heard else "-vf",
        name,
        "-vn" if heard else "-an",
        "-f null -",
    ]
