"""make chaos, on several machines: power cuts by seed, until so many are done; PostgreSQL and rclone must be there."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from machines.power_cuts import campaign_with_cuts

NAMES = ("one", "two", "three", "four")


def main(arguments: Sequence[str] | None = None) -> int:
    """Cut the power of machines; 0 when every campaign ended whole and nothing was bought twice."""
    parser = argparse.ArgumentParser(prog="python -m machines", description=__doc__)
    parser.add_argument("--cuts", type=int, default=9, help="how many in all")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args(arguments)
    done, seed, sound = 0, options.seed, True
    while done < options.cuts:
        cuts, began = min(len(NAMES) - 1, options.cuts - done), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="machines-") as folder:
            outcome = campaign_with_cuts(Path(folder), rows=12, names=NAMES, cuts=cuts, seed=seed)
        sound = sound and outcome.sound and not outcome.refused
        told = (
            f"{outcome.charges} charges, at most {max(outcome.asked)} for one thing, {outcome.refused} over the slots"
        )
        told += f", {outcome.films} of {outcome.wanted} films"
        sys.stdout.write(f"seed {seed}: {cuts} cuts, {told}, {time.monotonic() - began:.0f} s\n")
        if not outcome.sound:
            sys.stdout.write(outcome.said)
        done, seed = done + cuts, seed + 1
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
