"""A run that takes long, in a process of its own: `run_slowly.py HOME FOLDER`. Leaves as `fanout run` does."""

import sys
from pathlib import Path

from orchestration.fake_workshop import FakeHands, a_plan, opening_of, variants

from campaign.model.orders import Progress, RunOrder
from campaign.settings import Settings
from flows.launch import launch


def main() -> None:
    home, folder = map(Path, sys.argv[1:])
    hands = FakeHands(a_plan(variants(3), out=folder), seconds=60)
    said = []

    def show(now: Progress) -> None:
        if now.jobs_running and not said:
            said.append(now)
            print("running", flush=True)

    result = launch(
        RunOrder(campaign_file=folder / "campaign.toml"),
        Settings(home=home),
        on_progress=show,
        say=lambda sentence: None,
        opening=opening_of(hands),
    )
    print(result.state, result.flow_run_url, flush=True)
    sys.exit(130 if result.interrupted else 0)


if __name__ == "__main__":
    main()
