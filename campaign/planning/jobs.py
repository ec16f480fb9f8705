"""The jobs of a plan while it is made: each content once, with all the rows that wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from campaign.model.catalogue import Capability
from campaign.model.controls import ControlSet
from campaign.model.edit import MasterEdit, Segment
from campaign.model.jobs import Framing, Job, Operation, PlannedJob
from campaign.model.looks import Look
from campaign.model.money import ZERO
from campaign.model.prompts import Keyframe, Prompt
from campaign.model.ratios import AspectRatio, Size
from campaign.model.variants import Variant
from campaign.planning.demand import seconds
from campaign.planning.identity import Ask, AskForm, ask_form
from campaign.planning.pricing import mode_of, price_of

NO_CONTROLS = ControlSet()


class Made(NamedTuple):
    """A job as its children and films need it: its key, the same without editions, its own edition."""

    key: str
    ask_key: str
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mould:
    """What is asked of an engine apart from prompt, source and edition; few of them serve a whole plan."""

    form: AskForm
    engine: Capability
    operation: Operation
    controls: ControlSet
    look: Look | None
    keyframes: tuple[Keyframe, ...]
    hdr: bool
    exr: bool
    resolution: str
    size: Size
    ratio: AspectRatio | None
    framing: Framing | None


class Recipe(NamedTuple):
    """A mould and what is said; used for every segment that asks the same."""

    mould: Mould
    prompt: Prompt
    ask: Ask


def mould(
    engine: Capability,
    operation: Operation,
    resolution: str,
    size: Size,
    *,
    controls: ControlSet = NO_CONTROLS,
    look: Look | None = None,
    keyframes: tuple[Keyframe, ...] = (),
    hdr: bool = False,
    exr: bool = False,
    ratio: AspectRatio | None = None,
    framing: Framing | None = None,
) -> Mould:
    """A mould with its serialised form."""
    form = ask_form(
        operation=operation,
        controls=controls,
        model=engine.model,
        resolution=resolution,
        size=None if engine.generative else size,
        ratio=ratio,
        framing=framing,
        look=look,
        keyframes=keyframes,
        hdr=hdr,
        exr=exr,
    )
    return Mould(
        form=form,
        engine=engine,
        operation=operation,
        controls=controls,
        look=look,
        keyframes=keyframes,
        hdr=hdr,
        exr=exr,
        resolution=resolution,
        size=size,
        ratio=ratio,
        framing=framing,
    )


class JobBook:
    """Collects jobs. `editions` maps (variant's key, ask_key) to the edition that row wants; 1 where it says nothing."""

    def __init__(self, master: MasterEdit, editions: Mapping[tuple[str, str], int]) -> None:
        self._master = master
        self._editions = editions
        self._jobs: dict[str, Job] = {}
        self._recipes: dict[str, Recipe] = {}
        # Most jobs belong to one row: a list for each of 60,000 of them costs more than making them.
        self._first: dict[str, Variant] = {}
        self._shared: dict[str, list[Variant]] = {}
        self._prices: dict[tuple[str, Operation, bool, bool, int], Decimal] = {}

    def add(
        self, variant: Variant, recipe: Recipe, segment: Segment, source: str, bare_source: str, parent: str | None
    ) -> Made:
        """The job of this content for this row: a new one, or the one that another row planned already.

        `bare_source` is `source` without editions.
        """
        ask_key = recipe.ask.ask_key(bare_source)
        edition = self._editions.get((variant.key, ask_key), 1) if self._editions else 1
        key = recipe.ask.key(source, edition)
        first = self._first.setdefault(key, variant)
        if key not in self._jobs:
            self._jobs[key] = self._job(key, ask_key, recipe, segment, parent, edition)
            self._recipes[key] = recipe
        elif first is not variant:
            self._shared.setdefault(key, [first]).append(variant)
        return Made(key, ask_key, edition)

    def job(self, key: str) -> Job:
        """A job that was added. Raises KeyError."""
        return self._jobs[key]

    def planned(self) -> dict[str, PlannedJob]:
        """All jobs by key, parents first, in plan order."""
        alone = {id(variant): (variant.key,) for variant in self._first.values()}
        return {key: self._planned(key, job, alone) for key, job in self._jobs.items()}

    def _planned(self, key: str, job: Job, alone: dict[int, tuple[str]]) -> PlannedJob:
        first, engine, shared = self._first[key], self._recipes[key].mould.engine, self._shared.get(key)
        return PlannedJob(
            job=job,
            provider=engine.name,
            price_usd=self._price(engine, job),
            variants=tuple(variant.key for variant in shared) if shared else alone[id(first)],
            priority=max(variant.priority for variant in shared) if shared else first.priority,
        )

    def _job(self, key: str, ask_key: str, recipe: Recipe, segment: Segment, parent: str | None, edition: int) -> Job:
        mould = recipe.mould
        return Job(
            key=key,
            ask_key=ask_key,
            operation=mould.operation,
            model=mould.engine.model,
            master_sha256=self._master.sha256,
            segment=segment,
            parent=parent,
            prompt=recipe.prompt,
            controls=mould.controls,
            look=mould.look,
            keyframes=mould.keyframes,
            hdr=mould.hdr,
            exr=mould.exr,
            resolution=mould.resolution,
            size=mould.size,
            ratio=mould.ratio,
            framing=mould.framing,
            edition=edition,
        )

    def _price(self, engine: Capability, job: Job) -> Decimal:
        """List price; zero where none is listed, which `refuse` reports and which stops a run."""
        mark = (engine.name, job.operation, job.hdr, job.exr, job.segment.frames)
        price = self._prices.get(mark)
        if price is None:
            length = seconds(job.segment, self._master)
            price = price_of(engine, job.operation, job.resolution, mode_of(job.hdr, job.exr), length) or ZERO
            self._prices[mark] = price
        return price
