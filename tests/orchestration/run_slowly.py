"""A run that takes long, in a process of its own: `run_slowly.py HOME FOLDER [--deaf]`. Leaves as `fanout run` does."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from orchestration.fake_workshop import FakeHands, Made, a_plan, opening_of, variants

from campaign.model.jobs import PlannedJob
from campaign.model.orders import Progress, RunOrder
from campaign.settings import Settings
from flows.terminal.launch import launch


class DeafHands(FakeHands):
    """Hands that do not let themselves be stopped."""

    async def make(self, planned: PlannedJob) -> Made:
        making = asyncio.create_task(super().make(planned))
        while not making.done():
            try:
                await asyncio.shield(making)
            except asyncio.CancelledError:
                continue
        return making.result()


def main() -> None:
    # Tests that a shell runs in the background hand on that SIGINT is to be ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    home, folder = map(Path, sys.argv[1:3])
    kind = DeafHands if "--deaf" in sys.argv else FakeHands
    hands = kind(a_plan(variants(3), out=folder), seconds=60)
    told = []

    def show(now: Progress) -> None:
        if now.jobs_running and not told:
            told.append(now)
            sys.stdout.write("running\n")
            sys.stdout.flush()

    try:
        result = launch(
            RunOrder(campaign_file=folder / "campaign.toml"),
            Settings(home=home),
            on_progress=show,
            say=lambda sentence: None,
            opening=opening_of(hands),
        )
    except KeyboardInterrupt:
        os._exit(130)
    sys.stdout.write(f"{result.state} {result.flow_run_url}\n")
    sys.exit(130 if result.interrupted else 0)


if __name__ == "__main__":
    main()
