"""Runs the figures named on the command line, or all of them; prints a table of each and leaves them as JSON."""

import importlib
import sys

from bench.campaigns import ROOT
from bench.reporting import Report, machine

RESULTS = ROOT / "out" / "bench.json"
FIGURES = {
    "ratios": "six ratios of one film through Fanout against hand-written ffmpeg and moviepy",
    "finishing": "finishing a film against a bare concat and encode",
    "quality": "quality control of a film against a bare decode of it",
    "scenes": "the cuts of a master against scdet and PySceneDetect",
    "tracking": "a tracked crop against a static one",
    "plan": "plan of 2,000 variants x 6 ratios against a bare script that renders and hashes the same",
    "makespan": "1,000 two-stage jobs at fifty slots against the ideal, a plain script and Celery",
    "machines": "a campaign on one, two and four workers of a pool, PostgreSQL and a bucket among them",
    "idle": "a run of a finished campaign against a plan of it",
}


def main() -> None:
    wanted = sys.argv[1:] or list(FIGURES)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        sys.exit(f"no figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    for name, value in machine().items():
        print(f"{name:10} {value}")
    report = Report()
    for name in wanted:
        print(f"\n{name}: {FIGURES[name]}")
        importlib.import_module(f"bench.{name}").run(report)
        report.write(RESULTS)
    print(f"\nleft as {RESULTS}")


if __name__ == "__main__":
    main()
