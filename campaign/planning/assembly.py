"""Assembly: row by row, the jobs to buy and the films they become."""

from collections.abc import Iterator

from campaign.model.edit import Segment
from campaign.model.looks import Look
from campaign.model.outcomes import Reason
from campaign.model.plan import Film, Output, Piece
from campaign.model.ratios import AspectRatio, Size
from campaign.model.variants import Variant
from campaign.planning.asked import ratios_of
from campaign.planning.destinations import Destinations
from campaign.planning.identity import output_key, parent_source
from campaign.planning.jobs import JobBook, Made, Recipe
from campaign.planning.labels import DELIVERABLES, Labels
from campaign.planning.pins import Pins
from campaign.planning.setting import Setting
from campaign.planning.takes import CENTRE, Takes

Row = tuple[Made | None, ...]
"""What became of each segment of a film; None = the master's own frames."""


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
            chain = self._chain(variant, ratio, modified, known)
            yield self._film(variant, ratio, chain)

    def _modify(self, variant: Variant) -> Row:
        setting, look = self._setting, self._takes.look(variant)
        return tuple(
            self._book.add(variant, self._taken(variant, look, segment, shot, source), segment, source, source, None)
            if segment.shot.treatment.modify
            else None
            for segment, shot, source in zip(setting.segments, setting.shots, setting.sources, strict=True)
        )

    def _taken(self, variant: Variant, look: Look | None, segment: Segment, shot: int, source: str) -> Recipe:
        recipe = self._takes.modify(variant, look, segment, shot)
        pins = self._pins.of(variant.key, recipe.ask.ask_key(source)) if self._pins else ()
        return self._takes.modify(variant, look, segment, shot, pins) if pins else recipe

    def _chain(
        self, variant: Variant, ratio: AspectRatio, modified: Row, known: dict[AspectRatio, Row]
    ) -> tuple[Row, ...]:
        """All rows of jobs that a film hangs on: the modifies, the neighbour's reframes, its own; the last is the film."""
        route = self._setting.routes[ratio]
        if route.how is None:
            return (modified,)
        before = self._chain(variant, route.neighbour, modified, known) if route.neighbour else (modified,)
        if ratio not in known:
            known[ratio] = self._reframe(variant, ratio, before[-1])
        return (*before, known[ratio])

    def _reframe(self, variant: Variant, ratio: AspectRatio, parents: Row) -> Row:
        made: list[Made | None] = []
        setting = self._setting
        for segment, shot, parent in zip(setting.segments, setting.shots, parents, strict=True):
            if parent is None:
                made.append(None)
                continue
            recipe = self._takes.reframe(variant, ratio, shot, segment.shot, hdr=self._book.job(parent.key).deep)
            source, bare = parent_source(parent.key), parent_source(parent.ask_key)
            made.append(self._book.add(variant, recipe, segment, source, bare, parent.key))
        return tuple(made)

    def _film(self, variant: Variant, ratio: AspectRatio, chain: tuple[Row, ...]) -> Film:
        pieces = tuple(
            _with_art(passed, ratio) if made is None else Piece(passed.segment, made.key, "crop", CENTRE)
            for passed, made in zip(self._passed, chain[-1], strict=True)
        )
        edition = 1 + sum(max((made.edition for made in row if made), default=1) - 1 for row in chain)
        return Film(
            variant=variant,
            ratio=ratio,
            pieces=pieces,
            jobs=tuple(made.key for row in chain for made in row if made),
            outputs=tuple(self._outputs(variant, ratio, pieces, edition, hdr=self._in_hdr(variant))),
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
