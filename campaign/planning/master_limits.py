"""Which limits of each provider the master itself breaks, and what becomes of it: split, refused, or nobody says."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit
from campaign.model.master_report import BrokenLimit, Verdict
from campaign.model.plan import Refusal
from campaign.planning.segments import limit_frames, segments_for

ABOUT_MASTER = ("edit.seconds", "edit.fps", "edit.unbroken", "reframe.seconds", "reframe.fps")
"""Rules of refusals that no choice of template, ratio or resolution changes."""


def broken_limits(
    master: MasterEdit, catalogue: Mapping[str, Capability], refusals: Iterable[Refusal]
) -> tuple[BrokenLimit, ...]:
    """Every limit that the master breaks, providers in the catalogue's order; `refusals` are those of its plan."""
    refused = tuple(refusals)
    return tuple(
        broken
        for engine in catalogue.values()
        for broken in (*_refused(engine, refused), *_split(master, engine), *_unproved(master, engine))
    )


def _refused(engine: Capability, refusals: Iterable[Refusal]) -> Iterator[BrokenLimit]:
    for refusal in refusals:
        if refusal.provider == engine.name and refusal.rule.partition(".")[2] in ABOUT_MASTER:
            yield BrokenLimit(
                provider=engine.name,
                rule=refusal.rule,
                problem=f"{refusal.scope}: {refusal.problem}",
                verdict=Verdict.REFUSED,
                sentence=refusal.cure,
            )


def _split(master: MasterEdit, engine: Capability) -> Iterator[BrokenLimit]:
    most = limit_frames(engine, master.rate)
    if not most:
        return
    for shot, pieces in groupby(segments_for(master, engine), key=lambda segment: segment.shot):
        joints = [segment.start_frame for segment in pieces][1:]
        if joints:
            lasts, taken = float(shot.frames / master.rate), float(most / master.rate)
            yield BrokenLimit(
                provider=engine.name,
                rule=f"{engine.name}.edit.seconds",
                problem=f"shot {shot.id} lasts {lasts:.2f} s, {taken:.4g} s are taken",
                verdict=Verdict.MENDED,
                sentence=f"It is split at frame {', '.join(str(joint) for joint in joints)}; the joint may show.",
            )


def _unproved(master: MasterEdit, engine: Capability) -> Iterator[BrokenLimit]:
    if engine.generative and engine.modify.max_fps.value is None:
        yield BrokenLimit(
            provider=engine.name,
            rule=f"{engine.name}.unproved",
            problem=f"no document states the highest frame rate; the master has {float(master.rate):.6g} fps",
            verdict=Verdict.TOLD,
            sentence="Not checked: try one cheap job first.",
        )
