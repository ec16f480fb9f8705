"""Which part of the master a film shows where: comparisons need the same thing on both sides."""

from dataclasses import dataclass, replace

from campaign.media.fitting import corner, covering, within
from campaign.media.local.tracking import CropPath
from campaign.media.samples import Picture, Planes, resized
from campaign.model.rates import Cadence
from campaign.model.ratios import CENTRE, Size, same_shape

Box = tuple[float, float, float, float]
"""Left, top, width, height as fractions of a picture."""
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
LEAST = 8
"""Pixels a side that a part must have to be compared."""


@dataclass(frozen=True, slots=True)
class View:
    """How a picture got into a frame of another shape: by `fit` (stretch, crop, pad, blur) around `focus`, or along a path."""

    fit: str
    focus: tuple[float, float] = CENTRE
    path: CropPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Frames [start_frame, end_frame) of a film that come from one clip, inside the shot `shot`.

    `own` = the master's own frames, which must not change; others are changed on purpose. `view` None = nobody knows which
    part of the master is shown (a generated frame, a shot's own art). `subject` is what a crop loses of what draws the eye
    (`subject.Loss.score`) and the frame of the film where most is lost; None where nothing is cropped off.
    """

    shot: str
    start_frame: int
    end_frame: int
    own: bool
    view: View | None
    subject: tuple[float, int] | None = None


def in_cadence(stretch: Stretch, cadence: Cadence) -> Stretch:
    """A stretch counted in the frames of a film that shows the master's so."""
    start, end = cadence.place(stretch.start_frame), cadence.place(stretch.end_frame)
    view = stretch.view
    if view is not None and view.path is not None and view.path.centres:
        last = len(view.path.centres) - 1
        places = (cadence.source(frame) - stretch.start_frame for frame in range(start, end))
        view = replace(view, path=replace(view.path, centres=tuple(view.path.centres[min(n, last)] for n in places)))
    subject = stretch.subject and (stretch.subject[0], cadence.place(stretch.subject[1]))
    return replace(stretch, start_frame=start, end_frame=end, view=view, subject=subject)


def boxes(view: View, frame: int, master: Size, film: Size) -> tuple[Box, Box]:
    """(part of the master, part of the film) that show the same on `frame`, counted from the stretch's start."""
    if same_shape(master.shape, film.shape):
        return WHOLE, WHOLE
    if view.path is not None:
        return _on_path(view.path, frame), WHOLE
    if view.fit == "crop":
        cover = covering(master, film)
        return _box(corner(film, cover, view.focus), film, cover), WHOLE
    inner = within(master, film)
    place = view.focus if view.fit == "pad" else CENTRE
    return WHOLE, _box(corner(inner, film, place), inner, film)


def part(planes: Planes, box: Box) -> Planes:
    """The pixels inside a box."""
    height, width = planes.shape[1:]
    left, top = round(box[0] * width), round(box[1] * height)
    right, bottom = round((box[0] + box[2]) * width), round((box[1] + box[3]) * height)
    return planes[:, top : max(bottom, top + 1), left : max(right, left + 1)]


def aligned(own: Planes, shown: Planes, parts: tuple[Box, Box]) -> tuple[Picture, Picture] | None:
    """The same part of the master and of the film at one size, the smaller one; None when next to nothing is left."""
    one, other = part(own, parts[0]), part(shown, parts[1])
    size = Size(min(one.shape[2], other.shape[2]), min(one.shape[1], other.shape[1]))
    return (resized(one, size), resized(other, size)) if min(size.width, size.height) >= LEAST else None


def _box(at: tuple[int, int], inner: Size, outer: Size) -> Box:
    return (at[0] / outer.width, at[1] / outer.height, inner.width / outer.width, inner.height / outer.height)


def _on_path(path: CropPath, frame: int) -> Box:
    centre = path.centres[min(frame, len(path.centres) - 1)]
    start = min(max(centre - path.window / 2, 0.0), 1 - path.window)
    return (0.0, start, 1.0, path.window) if path.upright else (start, 0.0, path.window, 1.0)
