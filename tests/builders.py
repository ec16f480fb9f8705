"""Nouns with sensible defaults, so that a test states only what it is about."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from campaign.model.approvals import Approval, Take, Verdict
from campaign.model.catalogue import DeliverySpec
from campaign.model.controls import Controls, ControlSet
from campaign.model.edit import AudioTrack, MasterEdit, Segment, Shot
from campaign.model.finished import Finished
from campaign.model.jobs import Job, Operation, PlannedJob
from campaign.model.looks import Look
from campaign.model.plan import Output
from campaign.model.prompts import Prompt, Template
from campaign.model.qc import FileFacts, Finding, QCReport, Waiver
from campaign.model.ratios import Size
from campaign.model.variants import Variant


def a_variant(**changes: Any) -> Variant:
    base = Variant(
        key="de-de-winter-families",
        line=2,
        market="DE",
        season="winter",
        demographic="families",
        locale="de-DE",
        values=(
            ("market", "DE"),
            ("season", "winter"),
            ("demographic", "families"),
            ("locale", "de-DE"),
            ("setting", "a snowy market square"),
            ("light", "overcast"),
        ),
    )
    return replace(base, **changes)


def an_edit(shots: int = 3, frames: int = 192, **changes: Any) -> MasterEdit:
    cuts = [round(frames * n / shots) for n in range(shots + 1)]
    base = MasterEdit(
        path=Path("/master.mov"),
        sha256="0" * 64,
        rate=Fraction(24),
        frames=frames,
        size=Size(1920, 1080),
        codec="h264",
        audio=AudioTrack("pcm_s16le", 2, 48000, frames * 2000),
        shots=tuple(
            Shot(id=f"shot-{n + 1}", start_frame=start, end_frame=end) for n, (start, end) in enumerate(pairwise(cuts))
        ),
    )
    return replace(base, **changes)


def a_spec(**changes: Any) -> DeliverySpec:
    base = DeliverySpec(
        id="web.h264",
        container="mp4",
        video_codec="libx264",
        pixel_format="yuv420p",
        crf=18,
        preset="veryfast",
        audio_codec="aac",
        audio_kbps=192,
        audio_rate=48000,
        audio_channels=2,
    )
    return replace(base, **changes)


def an_output(**changes: Any) -> Output:
    base = Output(
        key="f" * 64,
        placement=None,
        spec=a_spec(),
        size=Size(640, 360),
        upscaled_from=None,
        name="film",
        file="deliverables/16x9/film.mp4",
    )
    return replace(base, **changes)


def a_template(**changes: Any) -> Template:
    """A template called `name`, in templates/<name>.j2 with its body on line 5, as after three keys of front matter."""
    name = changes.get("name", "global_campaign")
    base = Template(
        name=name,
        file=f"templates/{name}.j2",
        body="A table in {{ setting }}.",
        body_line=5,
        operation="modify",
        kind="global_campaign",
        controls=Controls(),
    )
    return replace(base, **changes)


def a_job(name: str = "job", **changes: Any) -> Job:
    """A modify of the first shot; its key is the hash of `name`."""
    shot = an_edit().shots[0]
    base = Job(
        key=hashlib.sha256(name.encode()).hexdigest(),
        ask_key=hashlib.sha256(f"ask {name}".encode()).hexdigest(),
        operation=Operation.MODIFY,
        model="local/1",
        master_sha256="0" * 64,
        segment=Segment(shot, shot.start_frame, shot.end_frame),
        parent=None,
        prompt=Prompt("modify", "a snowy market square", "1" * 64),
        controls=ControlSet(strength="flex_1"),
        look=Look(),
        keyframes=(),
        hdr=False,
        exr=False,
        resolution="360p",
        size=Size(640, 360),
        ratio=None,
        framing=None,
        edition=1,
    )
    return replace(base, **changes)


def a_planned_job(name: str = "job", *, provider: str = "local", price: str = "0", **changes: Any) -> PlannedJob:
    base = PlannedJob(job=a_job(name), provider=provider, price_usd=Decimal(price), variants=("de-de-winter-families",))
    return replace(base, **changes)


def a_finished(**changes: Any) -> Finished:
    """A vertical film with one warning."""
    base = Finished(
        key="5" * 64,
        campaign="fresh-days",
        variant="de-de-winter-families",
        ratio="9:16",
        placement=None,
        sha256="6" * 64,
        poster_sha256="7" * 64,
        facts=FileFacts(
            width=720,
            height=1280,
            rate=Fraction(30000, 1001),
            frames=192,
            codec="h264",
            pixel_format="yuv420p",
            colour=("tv", "bt709", "bt709", "bt709"),
            audio="aac 48000 Hz stereo",
            audio_samples=384000,
            bytes=1000,
        ),
        report=QCReport(
            (
                Finding(
                    check="freeze",
                    severity="warning",
                    message="The picture stands still",
                    measured="1.0 s",
                    expected="0 s",
                    frame=96,
                ),
            )
        ),
        made_at=datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
    )
    return replace(base, **changes)


def a_waiver(film: Finished, **changes: Any) -> Waiver:
    base = Waiver(
        campaign=film.campaign,
        key=film.key,
        sha256=film.sha256,
        check="frames",
        by="Maria",
        at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        note="the end card",
    )
    return replace(base, **changes)


def an_approval(**changes: Any) -> Approval:
    """An approved draft of the German row in 16:9, which shows one take of the first 64 frames."""
    base = Approval(
        campaign="fresh-days",
        variant="de-de-winter-families",
        ratio="16:9",
        verdict=Verdict.APPROVED,
        file="deliverables/16x9/film_draft.mp4",
        file_sha256="6" * 64,
        prompt_sha256="8" * 64,
        model="ray-3.2",
        takes=(Take(0, 64, "9" * 64),),
        by="Maria",
        at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    )
    return replace(base, **changes)
