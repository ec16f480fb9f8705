"""What a master report tells of the picture: colour, shape, fields, bars, shake, darkness, blur. Pure."""

from collections.abc import Callable, Iterator
from statistics import median

from campaign.media.detection.detected import Detected
from campaign.media.master.survey import Look, Survey
from campaign.media.master.told import Told
from campaign.model.edit import MasterEdit
from campaign.model.master_report import Fact, Verdict

DARK = 0.1
"""Mean luma (0 to 1) of a shot whose subject is hard to make out."""
SOFT = (12.0, 9.0)
"""Width of edges in pixels above which a shot is out of focus: at 1080 lines, and in proportion, but never below the second,
since a sharp edge is 5 wide at any size. Blurring a sharp picture of 1080 lines by sigma 4 gives 12."""
SHAKY = 0.2
BAR = 0.01
"""Of width or height; a narrower edge is an encoder's."""
OUTSIDE = 0.01
"""Of the pixels: overshoot at edges stays below it."""
FIELDS = (480, 0.8)
"""Interlaced film has at least so many lines, and so much of it shows fields: fine patterns of small pictures do, too."""
_SDR = {"bt709", "smpte170m", "bt470bg", "iec61966-2-1", "bt2020-10", "unknown"}


def colour_of(told: Told, surveyed: Survey) -> Iterator[Fact]:
    spread, *tags = told.colour
    value = f"matrix {tags[0]}, primaries {tags[1]}, transfer {tags[2]}"
    if tags[0] == "unknown":
        large = told.coded[0] >= 1280 or told.coded[1] > 576
        taken = f"It is not tagged: taken as {'BT.709' if large else 'BT.601'}, as players do for its size."
        yield Fact("colour tags", value, Verdict.TOLD, taken)
    elif tags[2] not in _SDR:
        yield Fact("colour tags", value, Verdict.TOLD, f"Its transfer is {tags[2]}: check the look of the first film.")
    else:
        yield Fact("colour tags", value)
    yield _range(spread, surveyed.looks)


def _range(spread: str, looks: tuple[Look, ...]) -> Fact:
    """The tag against the levels that were measured."""
    low, high = min((each.low for each in looks), default=16), max((each.high for each in looks), default=235)
    value = f"{ {'tv': 'video', 'pc': 'full'}.get(spread, 'untagged') }, luma {low:.0f} to {high:.0f}"
    outside = median([each.outside for each in looks]) if looks else 0.0
    if spread != "pc" and outside > OUTSIDE:
        problem = f"{outside:.1%} of its pixels lie outside of video levels: it may be full range without saying so."
        return Fact(
            "range", value, Verdict.TOLD, f"{problem} Look at blacks and whites; if they are crushed, tag it again."
        )
    if spread == "pc" and low >= 16 and high <= 235:
        problem = "It is tagged as full range, its levels are those of video: films may come out grey."
        return Fact("range", value, Verdict.TOLD, f"{problem} Look at blacks and whites; if they are, tag it again.")
    return Fact("range", value)


def shape_of(told: Told, edit: MasterEdit, surveyed: Survey) -> Iterator[Fact]:
    odd = said_of(edit, "is odd")
    size = f"{edit.size.width}x{edit.size.height}"
    yield Fact("size", size, Verdict.MENDED if odd else Verdict.FINE, odd)
    yield _interlace(told, edit, surveyed)
    turned = f"{told.rotation} degrees" if told.rotation else "none"
    yield Fact("rotation", turned, Verdict.MENDED if told.rotation else Verdict.FINE, said_of(edit, "Turned"))
    aspect = f"{told.sample_aspect.numerator}:{told.sample_aspect.denominator}"
    yield Fact(
        "sample aspect",
        aspect,
        Verdict.FINE if told.sample_aspect == 1 else Verdict.MENDED,
        said_of(edit, "Its pixels"),
    )
    yield _bars(edit, surveyed)


def _interlace(told: Told, edit: MasterEdit, surveyed: Survey) -> Fact:
    if told.interlaced:
        return Fact("interlace", "interlaced", Verdict.MENDED, said_of(edit, "Interlaced"))
    lines, part = FIELDS
    top, bottom, whole = surveyed.fields
    if edit.size.height >= lines and max(top, bottom) > part * max(1, top + bottom + whole):
        order = "top" if top > bottom else "bottom"
        problem = f"It is tagged progressive, but {top + bottom} of {edit.frames} frames show fields, {order} first."
        return Fact("interlace", "progressive by its tag", Verdict.TOLD, f"{problem} Export it progressive.")
    return Fact("interlace", "progressive")


def _bars(edit: MasterEdit, surveyed: Survey) -> Fact:
    width, height = edit.size.width, edit.size.height
    if surveyed.picture is None:
        return Fact("burnt-in bars", "not known", Verdict.TOLD, "Every sampled frame is black.")
    x, y, wide, high = surveyed.picture
    sides = {"left": x, "right": width - x - wide, "top": y, "bottom": height - y - high}
    across = {"left": width, "right": width, "top": height, "bottom": height}
    bars = {side: size for side, size in sides.items() if size > BAR * across[side]}
    if not bars:
        return Fact("burnt-in bars", "none")
    value = ", ".join(f"{side} {size} px" for side, size in bars.items())
    return Fact(
        "burnt-in bars",
        value,
        Verdict.TOLD,
        f"The picture is {wide}x{high} within them; they are bought and reframed with it. Export it without bars.",
    )


def look_of(edit: MasterEdit, seen: Detected, surveyed: Survey) -> Iterator[Fact]:
    """Shake, brightness and blur; of the latter two, the shots whose own median is bad. Black frames do not count."""
    shaky = surveyed.shake > SHAKY
    said = "Heavy shake: a model may take it for its own and smear. Use a steadier take, or hold the motion less."
    verdict = Verdict.TOLD if shaky else Verdict.FINE
    yield Fact("shake", f"{surveyed.shake:.0%} of frames jump", verdict, said if shaky else "")
    black = [frame for span in seen.black for frame in range(span.start_frame, span.end_frame)]
    lit = [look for look in surveyed.looks if look.frame not in black]
    if not lit:
        yield Fact("brightness", "not known", Verdict.TOLD, "Every sampled frame is black.")
        return
    value = f"{median(look.luma for look in lit):.0%} of white"
    dark = ", ".join(_shots(edit, lit, lambda look: look.luma < DARK))
    yield _worded("brightness", value, dark and f"Dark in {dark}: a model invents what it cannot see.")
    edges = [look.blur for look in lit if look.blur is not None]
    most = max(SOFT[0] * min(edit.size.width, edit.size.height) / 1080, SOFT[1])
    soft = ", ".join(_shots(edit, lit, lambda look: look.blur is not None and look.blur > most))
    value = f"edges {median(edges):.1f} px wide" if edges else "no edges"
    yield _worded("blur", value, soft and f"Soft in {soft}: a model may sharpen or replace what it cannot see.")


def said_of(edit: MasterEdit, words: str) -> str:
    """The sentence of what was mended that has these words in it; empty when there is none."""
    return next((sentence for sentence in edit.mended if words in sentence), "")


def _worded(name: str, value: str, sentence: str) -> Fact:
    return Fact(name, value, Verdict.TOLD if sentence else Verdict.FINE, sentence)


def _shots(edit: MasterEdit, looks: list[Look], bad: Callable[[Look], bool]) -> Iterator[str]:
    """Shots of whose samples more than half are bad."""
    for shot in edit.shots:
        found = [bad(look) for look in looks if shot.start_frame <= look.frame < shot.end_frame]
        if sum(found) * 2 > len(found):
            yield shot.id
