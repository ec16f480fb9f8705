"""Refusals: what each provider would not take of a plan, by rule, with who would and the cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from campaign.model.campaign import Campaign
from campaign.model.catalogue import Capability, Limit, OperationLimits
from campaign.model.edit import Segment
from campaign.model.faults import Fault, Level
from campaign.model.jobs import Operation
from campaign.model.plan import Refusal
from campaign.model.prompts import Keyframe, Template
from campaign.planning.demand import Demand, in_sdr
from campaign.planning.faulting import in_campaign, shot_place
from campaign.planning.pricing import mode_of, price_of
from campaign.planning.segments import limit_frames, undividable

EDIT, REFRAME = "edit", "reframe"


@dataclass(frozen=True, slots=True)
class _Broken:
    """A rule that one provider's limits break: `check` without the provider's name, what it is about, why, and the cure."""

    check: str
    scope: str
    problem: str
    cure: str


def refuse(demand: Demand, catalogue: Mapping[str, Capability]) -> tuple[Refusal, ...]:
    """Every refusal of every provider, providers in the catalogue's order. Only generative providers are offered instead."""
    broken = {
        name: {(each.check, each.scope): each for each in _broken(demand, engine)} for name, engine in catalogue.items()
    }
    return tuple(
        Refusal(
            rule=f"{name}.{each.check}",
            provider=name,
            scope=each.scope,
            problem=each.problem,
            accepted_by=tuple(
                other for other, engine in catalogue.items() if engine.generative and mark not in broken[other]
            ),
            cure=each.cure,
        )
        for name, marks in broken.items()
        for mark, each in marks.items()
    )


def unproved(demand: Demand, engine: Capability) -> Fault | None:
    """One warning that names every limit of a provider that matters here and that no document states."""
    if not engine.generative:
        return None
    names = [name for name, limit in _limits_that_matter(demand, engine) if limit.value is None]
    if not names:
        return None
    return in_campaign(
        demand.campaign,
        "provider.name",
        f"no document states {' and '.join(names)} of {engine.name}: not checked",
        f"Try one cheap job first, or ask {engine.name}.",
        f"{engine.name}.unproved",
        level=Level.WARNING,
    )


def seams(demand: Demand, engine: Capability) -> tuple[Fault, ...]:
    """A warning for each shot that has to be bought in pieces: two takes of one shot never match to the pixel."""
    if not engine.generative:
        return ()
    pieces: dict[int, list[Segment]] = {}
    for shot, segment in demand.pieces(engine):
        pieces.setdefault(shot, []).append(segment)
    return tuple(
        _seam(demand.campaign, engine, shot, segments) for shot, segments in pieces.items() if len(segments) > 1
    )


def keyframes_in(template: Template, segment: Segment) -> tuple[Keyframe, ...]:
    """The template's guide pictures that fall into a segment, still by the master's frames."""
    return tuple(each for each in template.keyframes if segment.start_frame <= each.frame < segment.end_frame)


def _broken(demand: Demand, engine: Capability) -> Iterator[_Broken]:
    pieces = demand.pieces(engine)
    if pieces:
        yield from _of_operation(demand, engine, EDIT, engine.modify)
        yield from _of_lengths(demand, engine)
        yield from _of_keyframes(demand, engine, pieces)
        yield from _of_depth(demand, engine)
    if pieces and demand.generated:
        yield from _of_operation(demand, engine, REFRAME, engine.reframe)
        yield from _of_ratios(demand, engine)
    yield from _of_prices(demand, engine)


def _of_operation(demand: Demand, engine: Capability, word: str, limits: OperationLimits) -> Iterator[_Broken]:
    rate, tier, resolution = demand.master.rate, "draft" if demand.draft else "final", demand.resolution(engine)
    if limit_frames(engine, rate) == 0:
        problem = f"takes {limits.max_seconds.value} s at most, less than one frame at {float(rate):g} fps"
        yield _Broken(f"{word}.seconds", "every shot", problem, "Conform the master to a higher frame rate.")
    if limits.max_fps.value is not None and rate > limits.max_fps.value:
        problem = f"takes {float(limits.max_fps.value):g} frames a second at most, the master has {float(rate):g}"
        yield _Broken(f"{word}.fps", "master", problem, f"Conform the master to {float(limits.max_fps.value):g} fps.")
    if resolution not in limits.resolutions:
        problem = f"does not offer {resolution} ({word}); it has {', '.join(limits.resolutions)}"
        cure = f"Set provider.{tier} in campaign.toml to one of these."
        yield _Broken(f"{word}.resolution", f"{tier} resolution", problem, cure)


def _of_lengths(demand: Demand, engine: Capability) -> Iterator[_Broken]:
    """Shots that are too long and cannot be divided for what is unbroken in them."""
    master = demand.master
    limit = limit_frames(engine, master.rate)
    for shot in undividable(master, limit):
        spans = ", ".join(f"{start} to {end}" for start, end in shot.unbroken)
        problem = (
            f"takes {limit} frames in one piece, shot {shot.id} ({shot.found or 'as written'}) has {shot.frames} and must "
            f"not be divided inside its transitions (frames {spans})"
        )
        cure = "Shorten the transition, replace it by a cut, set `modify = false` for the shot, or choose another provider."
        yield _Broken(f"{EDIT}.unbroken", f"shot {shot.id}", problem, cure)


def _of_keyframes(demand: Demand, engine: Capability, pieces: tuple[tuple[int, Segment], ...]) -> Iterator[_Broken]:
    most = engine.modify.max_keyframes.value
    if most is None:
        return
    for shot, segment in pieces:
        for template in demand.templates.get(shot, ()):
            count = len(keyframes_in(template, segment))
            if count > most:
                problem = (
                    f"takes {most} keyframes in one piece, template {template.name} pins {count} in {segment.name}"
                )
                scope = f"template {template.name} in {segment.shot.id}"
                yield _Broken(f"{EDIT}.keyframes", scope, problem, f"Keep at most {most} in {template.file}.")


def _of_depth(demand: Demand, engine: Capability) -> Iterator[_Broken]:
    if in_sdr(engine, demand.draft):
        return
    resolution = demand.resolution(engine)
    templates = {template.name: template for used in demand.templates.values() for template in used}
    for name, template in templates.items():
        scope = f"template {name}"
        if template.exr and not template.hdr:
            problem, cure = "takes EXR only with HDR", f"Add `hdr: true` to {template.file}, or take `exr` out."
            yield _Broken(f"{EDIT}.exr_needs_hdr", scope, problem, cure)
        if template.exr and not engine.exr:
            yield _Broken(f"{EDIT}.exr", scope, "does not export EXR", f"Take `exr` out of {template.file}.")
        if template.hdr and resolution not in engine.hdr:
            offered = f"offers HDR at {', '.join(engine.hdr)}" if engine.hdr else "offers no HDR"
            problem = f"{offered}, not at {resolution}"
            yield _Broken(
                f"{EDIT}.hdr",
                scope,
                problem,
                f"Set provider.final to one of these, or take `hdr` out of {template.file}.",
            )


def _of_ratios(demand: Demand, engine: Capability) -> Iterator[_Broken]:
    if not engine.generative:
        return
    resolution, limits = demand.resolution(engine), engine.reframe
    for ratio in demand.generated:
        cure = f'Set reframe.how."{ratio}" in campaign.toml to "crop", "blur" or "pad"'
        if ratio not in limits.ratios:
            problem = f"does not generate {ratio}; it has {', '.join(each.label for each in limits.ratios)}"
            yield _Broken(
                f"{REFRAME}.ratio", f"ratio {ratio}", problem, f'{cure}, or "derive" where it has a neighbour.'
            )
        elif (resolution, ratio.label) in limits.refused:
            problem = f"does not reframe to {ratio} at {resolution}"
            yield _Broken(
                f"{REFRAME}.ratio_at_resolution",
                f"ratio {ratio}",
                problem,
                f"{cure}, or plan it at another resolution.",
            )


def _of_prices(demand: Demand, engine: Capability) -> Iterator[_Broken]:
    """Only what is offered but has no price: nothing is bought whose price nobody knows."""
    resolution, sdr = demand.resolution(engine), in_sdr(engine, demand.draft)
    wanted = {
        (Operation.MODIFY, "sdr" if sdr else mode_of(hdr, exr))
        for (_, hdr, exr), count in demand.modifies.items()
        if count and (sdr or not hdr or resolution in engine.hdr)
    }
    if any(demand.reframes.values()):
        wanted.add((Operation.REFRAME, "sdr"))
    for operation, mode in sorted(wanted):
        word, limits = (EDIT, engine.modify) if operation is Operation.MODIFY else (REFRAME, engine.reframe)
        known = price_of(engine, operation, resolution, mode, demand.master.seconds) is not None
        if resolution in limits.resolutions and not known:
            problem = f"lists no price for {operation} at {resolution} in {mode}"
            yield _Broken(f"{word}.price", f"{operation} {mode}", problem, "Choose another resolution or provider.")


def _limits_that_matter(demand: Demand, engine: Capability) -> Iterator[tuple[str, Limit]]:
    yield "the longest edit", engine.modify.max_seconds
    yield "the highest frame rate", engine.modify.max_fps
    if any(template.keyframes for used in demand.templates.values() for template in used):
        yield "the number of keyframes", engine.modify.max_keyframes
    if demand.generated:
        yield "the longest reframe", engine.reframe.max_seconds


def _seam(campaign: Campaign, engine: Capability, shot: int, segments: list[Segment]) -> Fault:
    joints = ", ".join(str(segment.start_frame) for segment in segments[1:])
    limit = min(
        limit.value for limit in (engine.modify.max_seconds, engine.reframe.max_seconds) if limit.value is not None
    )
    return in_campaign(
        campaign,
        shot_place(segments[0].shot, shot),
        f"shot {segments[0].shot.id} is longer than the {float(limit):g} s that {engine.name} takes: it is bought in "
        f"{len(segments)} pieces, joined at frame {joints} where there is no cut, and the joint may show",
        "Cut the shot there in the edit, or choose a provider that takes it whole.",
        "plan.seam",
        level=Level.WARNING,
        value=segments[0].shot.id,
    )
