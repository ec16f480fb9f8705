"""Runs the figures named on the command line, or all of them, and prints a table of each."""

import importlib
import sys

FIGURES = {
    "plan": "plan of 2,000 variants x 6 ratios against a bare script that renders and hashes the same",
    "idle": "a run of a finished campaign against a plan of it",
    "ratios": "six ratios of one film through Fanout against six hand-written ffmpeg runs and one hand-written graph",
}


def main() -> None:
    wanted = sys.argv[1:] or list(FIGURES)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        sys.exit(f"no figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    for name in wanted:
        print(f"\n{name}: {FIGURES[name]}")
        importlib.import_module(f"bench.{name}").run()


if __name__ == "__main__":
    main()
