"""Judges what comparisons with the master measured: drift, seams, levels, marked regions. Pure: numbers in, findings out."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from campaign.media.quality.drift import Drift
from campaign.media.quality.levels import Outside
from campaign.media.quality.measures import Subject
from campaign.media.quality.patches import Explanation
from campaign.media.quality.regions import Seen, Unseen
from campaign.media.quality.seams import Seam
from campaign.media.quality.spec_checks import finding
from campaign.media.quality.views import Box
from campaign.model.qc import Finding

SAME_LUMA, SAME_COLOUR, SAME_STRUCTURE = (2.0, 4.0), (2.0, 4.0), (0.9, 0.6)
"""Warning and error for passed-through frames. The sample in every fit and five shapes gave at most 0.7, 0.7 and at least
0.98; at crf 35 1.2, 1.0 and 0.99. A tenth more saturation is 3.8, a matrix swapped 4.8 and 3.0, a crop off by 2 % 4.3, 2.9 and
0.77 (measured)."""
KEPT_STRUCTURE, NOTHING = 0.5, 0.1
"""For changed frames, medians of a stretch. Looks of the local engine gave 0.85 to 1.0, the heaviest of all; frames of another
moment or mirrored 0.02 to 0.1 (measured). No generative result was at hand: hence warnings, but for nothing in common."""
EXPLAINED, WORTH_EXPLAINING = 0.5, 1.0
"""A mistake is named when it leaves less than half of a difference that is worth a word. The five of patches.py left 0.06 to
0.33 of theirs, a mirrored or graded picture 0.7 to 1 (measured)."""
SEAM = (1.5, 6.0)
"""Joins of one look gave up to 0.7 (snow that starts anew), and so did a fiftieth of a stop; a twentieth gave 2.5, a tenth 5.6,
three frames lost 3.2, another season 10 to 44 (measured)."""
OUTSIDE = (0.01, 0.05)
"""Parts of a picture beyond the master's own: EBU R 103 lets one in a hundred pass. Good films gave 0.0003, the heaviest look
0.024, full range under a video tag 0.085 to 0.10 (measured)."""
SUBJECT = 1.0
"""Above it a crop keeps no more than one put anywhere. On the sample's shots, whose subject is known, under 160 crops: 4 of 78
that keep it gave more, 57 of 71 that lose it did (measured)."""
REGION = (0.6, 0.3)
"""Edges inside a marked box: not measured on real logos; a painted-over one gave less than 0.3 in the tests."""
REGION_VISIBLE = 0.9


def judge_own(drifts: Sequence[Drift], explained: Explanation | None) -> Iterator[Finding]:
    """Frames that were passed through: they must look as the master does."""
    if not drifts:
        return
    worst = max(drifts, key=lambda each: each.luma + each.colour)
    if explained and _mistaken(explained):
        text = f"patches off by {explained.plain:.1f} of 255, {explained.left:.1f} when taken so"
        yield finding("matrix", "error", explained.words, text, "the master's colours", worst.frame)
        return
    for name, limits in (("luma", SAME_LUMA), ("colour", SAME_COLOUR)):
        off = max(drifts, key=lambda each: float(getattr(each, name)))
        measured = float(getattr(off, name))
        if level := _above(measured, limits):
            text = f"patches off by {measured:.1f} of 255"
            message = f"the {name} of passed-through frames is not the master's"
            yield finding("drift", level, message, text, f"at most {limits[0]:g}", off.frame)
    off = min(drifts, key=lambda each: each.structure)
    if level := _above(-off.structure, (-SAME_STRUCTURE[0], -SAME_STRUCTURE[1])):
        text = f"edges alike by {off.structure:.2f}"
        message = "passed-through frames show something else than the master"
        yield finding("drift", level, message, text, f"at least {SAME_STRUCTURE[0]:g}", off.frame)


def judge_changed(shot: str, drifts: Sequence[Drift]) -> Iterator[Finding]:
    """Frames that were changed on purpose: structure and movement must still be the master's."""
    if not drifts:
        return
    structure = median(each.structure for each in drifts)
    moving = [each.motion for each in drifts if each.motion is not None]
    motion = median(moving) if moving else None
    if structure >= KEPT_STRUCTURE and (motion is None or motion >= KEPT_STRUCTURE):
        return
    lost = max(structure, motion if motion is not None else structure) < NOTHING
    text = f"edges alike by {structure:.2f}" + ("" if motion is None else f", movement by {motion:.2f}")
    message = f"shot {shot}: the picture has {'nothing' if lost else 'little'} in common with the master's"
    frame = min(drifts, key=lambda each: each.structure).frame
    yield finding("drift", "error" if lost else "warning", message, text, f"at least {KEPT_STRUCTURE:g}", frame)


def judge_seams(seams: Iterable[Seam]) -> Iterator[Finding]:
    """Joins where no cut is."""
    for seam in seams:
        if level := _above(seam.jump, SEAM):
            message = f"a join inside a shot can be seen: {seam.kind} jumps"
            text = f"{seam.jump:.1f} usual frame-to-frame differences more"
            yield finding("seam", level, message, text, f"at most {SEAM[0]:g}", seam.frame)


def judge_levels(shown: Outside | None, own: Outside | None) -> Iterator[Finding]:
    """Pixels outside video range, less what the master has of them."""
    if shown is None:
        return
    for name in ("luma", "chroma"):
        excess = float(getattr(shown, name)) - (float(getattr(own, name)) if own else 0.0)
        if level := _above(excess, OUTSIDE):
            message = f"{name} outside video range although tagged tv: full-range pixels?"
            limit = f"at most {OUTSIDE[0]:.0%} more than the master"
            yield finding("range", level, message, f"{excess:.1%} of the picture", limit, shown.frame)


def judge_subjects(subjects: Iterable[Subject]) -> Iterator[Finding]:
    """What crops leave out: the worst of each shot."""
    worst: dict[str, tuple[float, int]] = {}
    for each in subjects:
        lost = each.score, each.frame
        worst[each.shot] = max(worst.get(each.shot, lost), lost)
    for shot, (score, frame) in worst.items():
        if score > SUBJECT:
            message = f"shot {shot}: the crop seems to lose its subject; set focus for shot {shot} in campaign.toml"
            text = f"loses {score:.2f} of what a crop anywhere would"
            yield finding("subject", "warning", message, text, f"at most {SUBJECT:g}", frame)
    kept = [f"{shot} {score:.2f}" for shot, (score, _) in worst.items() if score <= SUBJECT]
    if kept:
        text = ", ".join(kept)
        yield finding("subject", "info", "what crops lose, of what a crop anywhere would", text, f"at most {SUBJECT:g}")


def judge_regions(seen: Iterable[Seen], unseen: Iterable[Unseen]) -> Iterator[Finding]:
    """What a person marked, a logo say: as in the master, and where it lies in the film; or that nobody can tell."""
    for each in seen:
        if each.visible < REGION_VISIBLE:
            text, wanted = f"{each.visible:.0%} of it", f"at least {REGION_VISIBLE:.0%}"
            yield finding("region", "warning", f"{each.name} is not wholly in the frame", text, wanted, each.frame)
        elif each.structure is not None and (level := _above(-each.structure, (-REGION[0], -REGION[1]))):
            text = f"edges alike by {each.structure:.2f}"
            message = f"{each.name} is not as in the master"
            yield finding("region", level, message, text, f"at least {REGION[0]:g}", each.frame)
        else:
            alike = "" if each.structure is None else f", edges alike by {each.structure:.2f}"
            text = f"{_placed(each.place)}{alike}"
            yield finding(
                "region", "info", f"{each.name} as in the master", text, f"at least {REGION[0]:g}", each.frame
            )
    for missed in unseen:
        shots = f"shot{'s' if len(missed.shots) > 1 else ''} {', '.join(missed.shots)}"
        message = f"{missed.name} is not checked in {shots}: no rule tells where a picture that is made anew has it"
        yield finding("region", "info", message, "not checked", "a known part of the master")


def _placed(box: Box) -> str:
    """`at 70 % across and 10 % down, 20 % wide and 15 % high`."""
    left, top, width, height = (f"{part:.0%}".replace("%", " %") for part in box)
    return f"at {left} across and {top} down, {width} wide and {height} high"


def _mistaken(found: Explanation) -> bool:
    return bool(found.words) and found.plain > WORTH_EXPLAINING and found.left < EXPLAINED * found.plain


def _above(measured: float, limits: tuple[float, float]) -> str:
    """The severity of a measure by its two limits; empty when it keeps both."""
    warning, error = limits
    return "error" if measured > error else "warning" if measured > warning else ""
