"""Finding the cuts of a master, with all else that is detected in it, beside what finds cuts alone: scdet and PySceneDetect."""

from bench.campaigns import sample_campaign
from bench.handmade import FFMPEG, inside
from bench.measuring import compare
from bench.peers import PEERS, has
from bench.reporting import Report

OURS, BARE, LIBRARY = "fanout: cuts, flashes, black, sound", "scdet alone", "PySceneDetect, adaptive"


def run(report: Report) -> None:
    """Report the sample master, 8 s of 1920x1080."""
    with sample_campaign() as root:
        master = str(root / "media" / "master.mov")
        peers = {
            OURS: inside("scenes", master),
            BARE: [*FFMPEG, "-threads", "1", "-i", master, "-an", "-vf", "scdet=threshold=10", "-f", "null", "-"],
        }
        if has("scenedetect"):
            code = f"import scenedetect as s; print(s.detect({master!r}, s.AdaptiveDetector()))"
            peers[LIBRARY] = [str(PEERS), "-c", code]
        report.table("scene detection, 1920x1080", compare(peers, cwd=root))
