"""A plan whose films this machine's ffmpeg cannot write is refused with what is lacking."""

from pathlib import Path

from builders import a_spec
from plans import a_brief, a_campaign, a_catalogue, a_placement, a_plan

from campaign.media.engine import Engine
from campaign.model.faults import Level
from campaign.preparing.writing import unwritable

FFMPEG = """#!/bin/sh
case "$*" in
    *-encoders*) printf ' V..... libx264  H.264\\n A..... aac  AAC\\n V..... prores_ks  ProRes\\n' ;;
    *-muxers*) printf '  E  mov  QuickTime\\n  E  webm  WebM\\n' ;;
esac
"""


def an_engine(folder: Path) -> Engine:
    """A program that answers as an ffmpeg with few encoders does."""
    path = folder / "ffmpeg"
    path.write_text(FFMPEG)
    path.chmod(0o755)
    return Engine(path, "9.0.2")


def test_each_missing_encoder_and_container_is_named_with_its_spec_and_the_binary(tmp_path: Path) -> None:
    catalogue, engine = a_catalogue(), an_engine(tmp_path)
    wanted = {
        "one.hevc": a_spec(id="own.hevc", video_codec="libx265", crf=20),
        "two.mxf": a_spec(id="own.mxf", container="mxf", video_codec="prores_ks"),
        "three.plain": a_spec(id="own.plain"),
    }
    for name, spec in wanted.items():
        numbers = {"id": spec.id, "container": spec.container, "video_codec": spec.video_codec}
        placement = a_placement(name, "9:16", "1:1")
        specs = {ratio: a_spec(**numbers) for ratio in placement.ratios}
        catalogue.placements[name] = type(placement)(id=name, ratios=placement.ratios, specs=specs)
    campaign = a_campaign(ratios=(), placements=tuple(wanted))
    faults = tuple(unwritable(a_plan(a_brief(campaign=campaign, catalogue=catalogue)), campaign, engine))
    assert [fault.problem for fault in faults] == [
        f"spec own.hevc (for one.hevc) needs the encoder libx265, which {engine.path} lacks",
        f"spec own.mxf (for two.mxf) needs the container format mxf, which {engine.path} lacks",
    ]
    assert {(fault.level, fault.place, fault.rule) for fault in faults} == {
        (Level.ERROR, "output.placements", "spec.encoder")
    }
