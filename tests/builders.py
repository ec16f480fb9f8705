"""Nouns with sensible defaults, so that a test states only what it is about."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from campaign.model.catalogue import DeliverySpec
from campaign.model.controls import Controls
from campaign.model.edit import AudioTrack, MasterEdit, Shot
from campaign.model.plan import Output
from campaign.model.prompts import Template
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
