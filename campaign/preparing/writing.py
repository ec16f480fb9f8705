"""Whether this machine's ffmpeg can write what a plan's films are to be: told before anything is spent."""

from collections.abc import Iterator

from campaign.media.engine import HDR_ENCODER, Engine, missing_encoders, missing_muxers
from campaign.media.film.encoding import encoders, muxer
from campaign.model.campaign import Campaign
from campaign.model.catalogue import DeliverySpec
from campaign.model.faults import Fault
from campaign.model.plan import Plan

CURE = "Unset FFMPEG to use the one that comes with imageio-ffmpeg, or name another spec in a file of the specs folder."


def unwritable(plan: Plan, campaign: Campaign, engine: Engine) -> Iterator[Fault]:
    """An error for each spec whose encoders or container the engine lacks, with a placement that asks for it."""
    asked = {id(output.spec): output for film in plan.films for output in film.outputs}
    told: dict[str, Fault] = {}
    for output in asked.values():
        if lack := ", ".join(_lacking(output.spec, engine)):
            by = f" (for {output.placement})" if output.placement else ""
            problem = f"spec {output.spec.id}{by} needs {lack}, which {engine.path} lacks"
            place = "output.placements" if output.placement else "output.ratios"
            file = campaign.shown(campaign.file)
            told.setdefault(
                f"{output.spec.id} {lack}",
                Fault(file=file, place=place, problem=problem, cure=CURE, rule="spec.encoder"),
            )
    yield from told.values()
    crops = any(planned.job.hdr and planned.job.framing for planned in plan.jobs.values())
    if crops and missing_encoders(engine, frozenset({HDR_ENCODER})):
        problem = f"HDR crops need the encoder {HDR_ENCODER}, which {engine.path} lacks"
        yield Fault(
            file=campaign.shown(campaign.file), place="reframe", problem=problem, cure=CURE, rule="spec.encoder"
        )


def _lacking(spec: DeliverySpec, engine: Engine) -> Iterator[str]:
    yield from (f"the encoder {name}" for name in missing_encoders(engine, encoders(spec)))
    yield from (f"the container format {name}" for name in missing_muxers(engine, frozenset({muxer(spec)})))
