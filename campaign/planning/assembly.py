"""Assembly: row by row, the jobs to buy and the films they become."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from campaign.model.edit import Segment
from campaign.model.jobs import Framing, How
from campaign.model.looks import Look
from campaign.model.outcomes import Reason
from campaign.model.plan import Film, Output, Piece
from campaign.model.ratios import CENTRE, AspectRatio, Size
from campaign.model.variants import Variant
from campaign.planning.asked import ratios_of
from campaign.planning.destinations import Destinations
from campaign.planning.identity import output_key, parent_source
from campaign.planning.jobs import JobBook, Made, Recipe
from campaign.planning.labels import DELIVERABLES, Labels
from campaign.planning.pins import Pins
from campaign.planning.setting import Setting
from campaign.planning.takes import Takes


class Shown(NamedTuple):
    """What a film shows of a segment: what the last job of `chain` (parents first) made, shaped by `fit` around `focus`."""

    chain: tuple[Made, ...]
    fit: str = "crop"
    focus: tuple[float, float] = CENTRE


Row = tuple[Shown | None, ...]
"""What became of each segment in one ratio; None = the master's own frames."""


class Assembly:
    """Turns rows into films, collecting their jobs in `book`; `pins` hold modifies to approved drafts."""

    def __init__(
        self,
        setting: Setting,
        takes: Takes,
        labels: Labels,
        book: JobBook,
        pins: Pins | None = None,
        destinations: Destinations | None = None,
    ) -> None:
        self._setting = setting
        self._takes = takes
        self._labels = labels
        self._book = book
        self._pins = pins
        self._destinations = destinations or Destinations(setting)
        focus = setting.campaign.focus
        self._passed = tuple(
            Piece(segment, None, segment.shot.treatment.fit, segment.shot.treatment.focus or focus)
            for segment in setting.segments
        )

    def films(self, variant: Variant) -> Iterator[Film]:
        """The films of one row, in the order its ratios are asked."""
        setting = self._setting
        ratios = ratios_of(variant, setting.campaign, setting.brief.catalogue)
        skip = variant.skip or (None if self._takes.spoken(variant) else Reason.BAD_ROW)
        if skip is not None:
            for ratio in ratios:
                yield Film(variant=variant, ratio=ratio, pieces=(), jobs=(), outputs=(), edition=1, skip=skip)
            return
        modified = self._modify(variant)
        known: dict[AspectRatio, Row] = {}
        for ratio in ratios:
            yield self._film(variant, ratio, self._row(variant, ratio, modified, known))

    def _modify(self, variant: Variant) -> Row:
        setting, look = self._setting, self._takes.look(variant)
        add = self._book.add
        return tuple(
            Shown((add(variant, self._taken(variant, look, segment, shot, source), segment, source, source, None),))
            if segment.shot.treatment.modify
            else None
            for segment, shot, source in zip(setting.segments, setting.shots, setting.sources, strict=True)
        )

    def _taken(self, variant: Variant, look: Look | None, segment: Segment, shot: int, source: str) -> Recipe:
        recipe = self._takes.modify(variant, look, segment, shot)
        pins = self._pins.of(variant.key, recipe.ask.ask_key(source)) if self._pins else ()
        return self._takes.modify(variant, look, segment, shot, pins) if pins else recipe

    def _row(self, variant: Variant, ratio: AspectRatio, modified: Row, known: dict[AspectRatio, Row]) -> Row:
        """What films of a ratio show: `modified` itself where the ratio is the master's."""
        if self._setting.routes[ratio].how is None:
            return modified
        if ratio not in known:
            known[ratio] = tuple(
                None if made is None else self._reframed(variant, ratio, place, modified, known)
                for place, made in enumerate(modified)
            )
        return known[ratio]

    def _reframed(
        self, variant: Variant, ratio: AspectRatio, place: int, modified: Row, known: dict[AspectRatio, Row]
    ) -> Shown:
        """A segment in a ratio: through a window on what is there already, or as a job of its own makes it of that."""
        setting = self._setting
        segment, neighbour = setting.segments[place], setting.routes[ratio].neighbour
        framing = self._takes.framing(variant, ratio, setting.shots[place], segment.shot)
        beside = framing.how is How.DERIVE and neighbour
        source = (self._row(variant, beside, modified, known) if beside else modified)[place]
        assert source is not None
        parent = source.chain[-1]
        deep = self._book.job(parent.key).deep
        if fit := _window(framing, deep=deep):
            return Shown(source.chain, fit, framing.focus)
        recipe = self._takes.reframe(variant, ratio, framing, hdr=deep)
        bare = parent_source(parent.ask_key)
        made = self._book.add(variant, recipe, segment, parent_source(parent.key), bare, parent.key)
        return Shown((*source.chain, made))

    def _film(self, variant: Variant, ratio: AspectRatio, row: Row) -> Film:
        setting, hdr = self._setting, self._in_hdr(variant)
        pieces = tuple(
            Piece(passed.segment, shown.chain[-1].key, shown.fit, shown.focus) if shown else _with_art(passed, ratio)
            for passed, shown in zip(self._passed, row, strict=True)
        )
        steps = tuple(zip_longest(*(shown.chain for shown in row if shown)))
        edition = 1 + sum(max(made.edition for made in step if made) - 1 for step in steps)
        return Film(
            variant=variant,
            ratio=ratio,
            how=(setting.hdr_routes if hdr else setting.routes)[ratio].how,
            pieces=pieces,
            jobs=tuple(made.key for step in steps for made in step if made),
            outputs=tuple(self._outputs(variant, ratio, pieces, edition, hdr=hdr)),
            edition=edition,
        )

    def _in_hdr(self, variant: Variant) -> bool:
        return any(self._takes.in_hdr(variant, n, shot) for n, shot in enumerate(self._setting.master.shots))

    def _outputs(
        self, variant: Variant, ratio: AspectRatio, pieces: tuple[Piece, ...], edition: int, *, hdr: bool
    ) -> Iterator[Output]:
        """One for the ratio, where it is asked by name, and one for each placement; those of the same bytes share a key."""
        keys: dict[tuple[int, Size], str] = {}
        for each in self._destinations.of(variant, ratio, hdr=hdr):
            mark = id(each.spec), each.size
            if mark not in keys:
                keys[mark] = output_key(pieces, each.spec, each.size, self._setting.master, each.cadence)
            name = self._labels.name(variant, ratio, each.placement, edition)
            yield Output(
                key=keys[mark],
                placement=each.placement,
                spec=each.spec,
                size=each.size,
                upscaled_from=each.upscaled_from,
                name=name,
                file=f"{DELIVERABLES}/{ratio.slug}/{name}.{each.spec.container}",
                safe_zones=each.safe_zones,
                cadence=each.cadence,
            )


def _with_art(passed: Piece, ratio: AspectRatio) -> Piece:
    """A stretch that nobody makes, as a film of `ratio` has it."""
    art = next((each for each in passed.segment.shot.treatment.art if each.ratio == ratio), None)
    return passed if art is None else Piece(passed.segment, None, "crop", CENTRE, art)


def _window(framing: Framing, *, deep: bool) -> str | None:
    """How finishing shapes what needs no job; None where one is needed. Of HDR (`deep`) a crop in HDR is made beside."""
    if framing.how is How.PAD:
        return "pad"
    return "crop" if framing.how in (How.CROP, How.DERIVE) and not deep else None
