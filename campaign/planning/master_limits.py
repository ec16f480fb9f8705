"""Which limits of each provider the master itself breaks, and what becomes of it: split, refused, or nobody says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit, Segment
from campaign.model.master_report import BrokenLimit, Verdict
from campaign.model.plan import Refusal
from campaign.planning.segments import limit_frames, segments_for

ABOUT_MASTER = ("edit.seconds", "edit.fps", "edit.unbroken", "reframe.seconds", "reframe.fps")
"""Rules of refusals that no choice of template, ratio or resolution changes."""


MOST_NAMED = 4
"""Pieces that one sentence names."""


def broken_limits(
    master: MasterEdit, catalogue: Mapping[str, Capability], refusals: Iterable[Refusal]
) -> tuple[BrokenLimit, ...]:
    """Every limit that the master breaks, providers in the catalogue's order; `refusals` are those of its plan."""
    refused = tuple(refusals)
    return tuple(
        broken
        for engine in catalogue.values()
        for broken in (
            *_refused(engine, refused),
            *_split(master, engine),
            *_lengthened(master, engine),
            *_disputed(master, engine),
            *_unproved(master, engine),
        )
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


def _lengthened(master: MasterEdit, engine: Capability) -> Iterator[BrokenLimit]:
    """Pieces that are none of the lengths that are sold."""
    sold = engine.modify.sold_seconds
    odd = [piece for piece in _pieces(master, engine) if piece.frames not in {int(each * master.rate) for each in sold}]
    if sold and odd:
        yield BrokenLimit(
            provider=engine.name,
            rule=f"{engine.name}.edit.lengths",
            problem=f"sells {' or '.join(map(str, sold))} s, {_lengths(odd, master)}",
            verdict=Verdict.MENDED,
            sentence="Each goes out as the shortest of these that holds it, its last frame held, and is billed as that; "
            "what comes back is cut to its own frames.",
        )


def _disputed(master: MasterEdit, engine: Capability) -> Iterator[BrokenLimit]:
    """Pieces of more frames than all documents agree on."""
    agreed = engine.modify.agreed_frames
    if agreed is None or agreed.value is None:
        return
    long = [piece for piece in _pieces(master, engine) if piece.frames > agreed.value]
    if long:
        names = ", ".join(f"{piece.name} {piece.frames}" for piece in long[:MOST_NAMED])
        yield BrokenLimit(
            provider=engine.name,
            rule=f"{engine.name}.edit.frames",
            problem=f"documents agree on {agreed.value} frames in one piece, {names}{_more(long)}",
            verdict=Verdict.TOLD,
            sentence=f"Not checked: {agreed.source}. Try one cheap job first, or conform the master to fewer frames a second.",
        )


def _pieces(master: MasterEdit, engine: Capability) -> tuple[Segment, ...]:
    """What would be asked of a provider that has prices."""
    return (
        tuple(piece for piece in segments_for(master, engine) if piece.shot.treatment.modify)
        if engine.generative
        else ()
    )


def _lengths(pieces: Sequence[Segment], master: MasterEdit) -> str:
    lasting = (f"{piece.name} lasts {float(piece.frames / master.rate):.2f} s" for piece in pieces[:MOST_NAMED])
    return ", ".join(lasting) + _more(pieces)


def _more(pieces: Sequence[Segment]) -> str:
    return f" and {len(pieces) - MOST_NAMED} more" if len(pieces) > MOST_NAMED else ""


def _unproved(master: MasterEdit, engine: Capability) -> Iterator[BrokenLimit]:
    if engine.generative and engine.modify.max_fps.value is None:
        yield BrokenLimit(
            provider=engine.name,
            rule=f"{engine.name}.unproved",
            problem=f"no document states the highest frame rate; the master has {float(master.rate):.6g} fps",
            verdict=Verdict.TOLD,
            sentence="Not checked: try one cheap job first.",
        )
