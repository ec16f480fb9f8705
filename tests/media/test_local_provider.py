"""The local engine as a provider: real renders, bought, kept and stopped like paid ones."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_job, a_planned_job
from footage import SMALL, a_film, in_hdr

from campaign.buying.bought import Bought
from campaign.buying.buyer import Buyer
from campaign.buying.gate import Gate
from campaign.buying.purse import Purse
from campaign.errors import StoreError
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.probe import probe
from campaign.media.quality.originals import HDR, look_at
from campaign.model.edit import Segment, Shot
from campaign.model.jobs import Framing, How, Operation, PlannedJob
from campaign.model.looks import Look
from campaign.model.outcomes import JobState
from campaign.model.ratios import AspectRatio, Size
from campaign.providers import open_provider
from campaign.settings import Settings
from campaign.store.files import Store

pytestmark = pytest.mark.ffmpeg

FRAMES = 24


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def ledger(home: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{home / 'ledger.sqlite3'}") as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return a_film(tmp_path / "source.mp4", frames=FRAMES, sound=None)


def a_buyer(ledger: Ledger, store: Store, engine: Engine) -> Buyer:
    provider = open_provider("local", engine=engine, temporary=store.temporary, settings=Settings(), shelf=ledger.shelf)
    purse = Purse(campaign="fresh-days", run="run-1")
    return Buyer(ledger=ledger, store=store, providers={"local": provider}, gate=Gate({}, cores=2), purse=purse)


def a_modify(frames: int = FRAMES, size: Size = SMALL, name: str = "modify") -> PlannedJob:
    segment = Segment(Shot(id="hero", start_frame=0, end_frame=frames), 0, frames)
    return a_planned_job(job=a_job(name, segment=segment, size=size, look=Look(exposure=0.5)))


def a_reframe(parent: str, **changes: object) -> PlannedJob:
    job = replace(
        a_modify(name="reframe").job,
        operation=Operation.REFRAME,
        parent=parent,
        look=None,
        ratio=AspectRatio("9:16"),
        size=Size(90, 160),
        framing=Framing(How.CROP, (0.5, 0.5)),
        **changes,
    )
    return a_planned_job(job=job)


def buy(
    ledger: Ledger, store: Store, engine: Engine, planned: PlannedJob, source: Path, parent: JobRecord | None = None
) -> Bought:
    ledger.plan("fresh-days", [planned])
    return asyncio.run(a_buyer(ledger, store, engine).obtain(planned, source, parent))


def fill(filler: Path, but: int) -> None:
    """Leave only so many bytes free on the disk where `filler` lies."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    os.truncate(filler, filler.stat().st_size - but)


def children() -> set[str]:
    """The processes that this one has started and not yet buried."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_a_modify_and_its_reframe_are_rendered_stored_and_cost_nothing(
    ledger: Ledger, home: Path, engine: Engine, source: Path
) -> None:
    store = Store(home / "store")
    modify = buy(ledger, store, engine, a_modify(), source)
    reframe = buy(ledger, store, engine, a_reframe(modify.key), source, modify.record)
    for bought, size in ((modify, SMALL), (reframe, Size(90, 160))):
        path = store.local(str(bought.sha256))
        assert probe(path).size == size
        assert count_frames(path).frames == FRAMES
        assert (bought.state, bought.record.price_final_usd) == (JobState.STORED, Decimal(0))
    assert ledger.verify(store=store, deep=True) == []
    assert list((home / "store" / "partial").iterdir()) == []


def test_a_second_run_renders_nothing(ledger: Ledger, home: Path, engine: Engine, source: Path) -> None:
    store = Store(home / "store")
    first = buy(ledger, store, engine, a_modify(), source)
    source.unlink()
    second = buy(ledger, store, engine, a_modify(), source)
    assert second.reused
    assert second.sha256 == first.sha256


def test_a_render_that_fails_is_a_result_with_its_sentence(
    ledger: Ledger, home: Path, engine: Engine, source: Path
) -> None:
    store = Store(home / "store")
    bought = buy(ledger, store, engine, a_modify(frames=FRAMES + 5), source)
    assert (bought.state, bought.sha256) == (JobState.REJECTED, None)
    assert "24 frames" in bought.note
    assert list((home / "store" / "partial").iterdir()) == []


def test_cancelling_kills_the_render_and_the_next_run_makes_it(
    ledger: Ledger, home: Path, engine: Engine, tmp_path: Path
) -> None:
    store = Store(home / "store")
    size = Size(1280, 720)
    large = a_film(tmp_path / "large.mp4", frames=72, size=size, sound=None)
    planned = a_modify(frames=72, size=size)
    ledger.plan("fresh-days", [planned])

    async def cancel() -> None:
        before = children()
        running = asyncio.create_task(a_buyer(ledger, store, engine).obtain(planned, large))
        while not children() - before:
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert children() <= before

    asyncio.run(cancel())
    record = ledger.record(planned.job.key)
    assert record is not None
    assert (record.state, record.lease_owner) == (JobState.SUBMITTED, None)
    assert list((home / "store" / "partial").iterdir()) == []
    assert buy(ledger, store, engine, planned, large).state is JobState.STORED


def test_a_full_disk_stops_the_render_and_leaves_the_job_to_be_made(
    ledger: Ledger, home: Path, engine: Engine, small_disk: Path, tmp_path: Path
) -> None:
    size = Size(1280, 720)
    large = a_film(tmp_path / "large.mp4", frames=48, size=size, sound=None)
    planned = a_modify(frames=48, size=size)
    full = Store(small_disk / "store", room=0)
    full.temporary(".mp4").unlink()
    fill(small_disk / "filler", but=8192)
    with pytest.raises(StoreError, match="disk is full") as said:
        buy(ledger, full, engine, planned, large)
    assert str(small_disk) in str(said.value)
    assert list((small_disk / "store" / "partial").iterdir()) == []
    record = ledger.record(planned.job.key)
    assert record is not None
    assert record.state is JobState.SUBMITTED
    assert buy(ledger, Store(home / "store"), engine, planned, large).state is JobState.STORED


def test_a_render_lost_with_its_process_is_made_again_under_the_same_attempt(
    ledger: Ledger, home: Path, engine: Engine, source: Path
) -> None:
    planned = a_modify()
    ledger.plan("fresh-days", [planned])
    intent = ledger.purchases.intend(planned, owner="gone", caps=(), request_sha256="a" * 64, lease_s=-1.0, send_s=30)
    record = ledger.purchases.submitted(intent.record.lease, remote_id=intent.record.intent_id)
    ledger.purchases.ready(record.lease)
    bought = buy(ledger, Store(home / "store"), engine, planned, source)
    assert (bought.state, bought.record.attempt) == (JobState.STORED, 1)


@pytest.mark.parametrize(("hdr", "kept"), [(True, ["hdr"]), (False, [])])
def test_the_local_engine_hands_it_over_beside_the_film_only_where_hdr_was_ordered(
    hdr: bool, kept: list[str], ledger: Ledger, home: Path, engine: Engine, source: Path, tmp_path: Path
) -> None:
    store = Store(home / "store")
    modify = buy(ledger, store, engine, a_modify(), source)
    result = in_hdr(tmp_path / "back.mp4", FRAMES) if hdr else a_film(tmp_path / "back.mp4", frames=FRAMES, sound=None)
    parent = replace(modify.record, artifact_sha256=store.put(result, ".mp4").sha256)
    made = buy(ledger, store, engine, a_reframe(modify.key, hdr=hdr), source, parent)
    film = store.local(str(made.sha256))
    assert probe(film).colour[3] == "bt709"
    assert [extra.kind for extra in made.record.extras] == kept
    for extra in made.record.extras:
        beside = store.local(extra.sha256)
        assert beside.suffix == ".mp4" and probe(beside).size == probe(film).size
        assert look_at(HDR, beside, FRAMES).odd == ()
    assert list((home / "store" / "partial").iterdir()) == []
