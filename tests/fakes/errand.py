"""A run that buys from the emulator through the real adapters and a postman: made to be killed.

Run as `python -m fakes.errand JSON`, the JSON holding the fields of `Errand`; prints "begun", then the states that the jobs
ended in. Keys and addresses come from the environment, as the emulator gives them.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from builders import a_job, a_planned_job
from footage import a_film
from shops import hurried

from campaign.buying.buyer import Buyer
from campaign.buying.gate import Gate
from campaign.buying.inspecting import Seen
from campaign.buying.postman import Postman
from campaign.buying.purse import Purse
from campaign.ledger.ledger import Ledger
from campaign.media.engine import find_engine
from campaign.model.jobs import Job, PlannedJob
from campaign.model.outcomes import JobState
from campaign.net.hooks import SPEAKERS
from campaign.providers import open_provider
from campaign.settings import Settings, read_settings
from campaign.store.files import Store

TESTS = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Errand:
    """What is bought, where. With `dies` the run is gone when its intent is written and the postman knows nothing of it."""

    url: str
    folder: str
    provider: str = "luma"
    jobs: int = 1
    dies: bool = False

    @property
    def planned(self) -> list[PlannedJob]:
        """The jobs, all from one film."""
        jobs = [a_job(f"job {n}", resolution="540p") for n in range(self.jobs)]  # the least that all vendors have
        return [a_planned_job(provider=self.provider, price="1", job=job) for job in jobs]


@asynccontextmanager
async def buying(errand: Errand, settings: Settings, **terms: Any) -> AsyncIterator[tuple[Buyer, Postman, Ledger]]:
    """A buyer of the errand's jobs, with its postman."""
    with Ledger.open(errand.url) as ledger:
        ledger.plan("fresh-days", errand.planned)
        store = Store(Path(errand.folder) / "store")
        provider = open_provider(
            errand.provider, engine=find_engine(None), temporary=store.temporary, settings=settings, shelf=ledger.shelf
        )
        postman = Postman(settings, errand.url, [provider], **terms)
        buyer = Buyer(
            ledger=ledger,
            store=store,
            providers={errand.provider: provider},
            gate=Gate({}, cores=2),
            purse=Purse(campaign="fresh-days", run="run-1"),
            inspect=_unseen,
            watch_s=0.05,
            sleep=hurried,
            postman=postman,
            hooked=SPEAKERS if settings.webhook_url else (),
        )
        try:
            yield buyer, postman, ledger
        finally:
            buyer.close()
            await provider.close()


async def run(errand: Errand, buyer: Buyer) -> list[JobState]:
    """Obtain all jobs; the states in which they end."""
    source = Path(errand.folder) / "source.mp4"
    if not source.exists():
        a_film(source, frames=64, sound=None)
    bought = await asyncio.gather(*(buyer.obtain(planned, source) for planned in errand.planned))
    return [each.state for each in bought]


def finish(errand: Errand, settings: Settings) -> list[JobState]:
    """Run the errand to its end in this process."""
    return asyncio.run(_finish(errand, settings))


def start(errand: Errand, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """Begin the errand in a process group of its own; returns when it is about to buy."""
    paths = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "fakes.errand", json.dumps(asdict(errand))],
        env={**paths, **environment},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def _unseen(path: Path, job: Job | None, rate: Fraction) -> Seen:
    return Seen()


async def _finish(errand: Errand, settings: Settings) -> list[JobState]:
    async with buying(errand, settings) as (buyer, postman, _):
        if errand.dies:
            postman.post = _die  # type: ignore[method-assign] # the very moment that no timing hits
        return await run(errand, buyer)


async def _die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _main() -> None:
    errand = Errand(**json.loads(sys.argv[1]))
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    asyncio.run(_finish(errand, read_settings()))


if __name__ == "__main__":
    _main()
