"""Snapshot: a plan remembered small, and what has changed since, with the cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from campaign.model.jobs import Job
from campaign.model.plan import Film, Plan
from campaign.planning.identity import canonical

SCHEMA = 1
DIGITS = 12
"""Hex digits kept of each hash: 48 bits tell the few versions of one film apart."""

PARTS = ("template", "prompt", "controls", "look", "keyframes", "framing", "engine")
"""What a recipe holds of a job, in this order; also the causes of a change."""

Recipe = list[str]


@dataclass(frozen=True, slots=True)
class Change:
    """A film that is not what it was. Causes: master, cuts, edition, the names in PARTS, name (the file's), finish (spec,
    size or pass-through frames), order (jobs the same, put together otherwise).
    """

    film: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a remembered plan and this one. Films by id, in the plan's order; `removed` in the old one's."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]

    @property
    def touched(self) -> frozenset[str]:
        """Films of this plan whose content or name is new."""
        return frozenset((*self.added, *(change.film for change in self.changed)))


def snapshot(plan: Plan) -> dict[str, object]:
    """A plan as JSON of about 200 bytes a film. `films` gives for each made film: edition, files, digest of its jobs, digest
    of its outputs, and indexes into `recipes`, which hold short hashes of what each job asked for (PARTS).
    """
    recipes = _Recipes(plan)
    films = {film.id: _film(film, recipes) for film in plan.films if film.skip is None}
    return {
        "schema": SCHEMA,
        "campaign": plan.campaign,
        "provider": plan.provider,
        "draft": plan.draft,
        "master": plan.master.sha256,
        "cuts": sorted({planned.job.segment.start_frame for planned in plan.jobs.values()}),
        "sheet": plan.sheet_sha256,
        "recipes": recipes.known,
        "films": films,
    }


def compare(old: Mapping[str, object] | None, plan: Plan) -> Changes:
    """What changed since the remembered plan `old`; None, or a snapshot of another schema, knew no film at all."""
    new = snapshot(plan)
    if old is None or old.get("schema") != SCHEMA:
        old = {"films": {}}
    before, now = _films(old), _films(new)
    return Changes(
        added=tuple(film for film in now if film not in before),
        removed=tuple(film for film in before if film not in now),
        changed=tuple(
            Change(film, _causes(old, before[film], new, entry))
            for film, entry in now.items()
            if film in before and _differs(before[film], entry)
        ),
    )


class _Recipes:
    """Numbers each different recipe; a job is described once, however many films hang on it."""

    def __init__(self, plan: Plan) -> None:
        self.known: list[Recipe] = []
        self._by_mark: dict[tuple[object, ...], int] = {}
        self._hashes: dict[int, str] = {}
        self._numbers = {key: self._numbered(planned.job) for key, planned in plan.jobs.items()}

    def of(self, film: Film) -> list[int]:
        """The indexes of a film's recipes, each once."""
        return list(dict.fromkeys([self._numbers[key] for key in film.jobs]))

    def _numbered(self, job: Job) -> int:
        # Jobs of one plan share these objects, which the plan keeps alive: their ids tell them apart in no time.
        ratio = job.ratio.label if job.ratio else ""
        mark = (
            id(job.prompt),
            id(job.controls),
            id(job.look),
            id(job.keyframes),
            id(job.framing),
            ratio,
            job.model,
            job.hdr,
            job.exr,
        )
        found = self._by_mark.setdefault(mark, len(self.known))
        if found == len(self.known):
            self.known.append(self._recipe(job))
        return found

    def _recipe(self, job: Job) -> Recipe:
        return [
            job.prompt.template,
            job.prompt.sha256[:DIGITS],
            self._short(job.controls),
            self._short(job.look),
            self._short(job.keyframes),
            f"{job.ratio} {self._short(job.framing)}" if job.ratio else "",
            f"{job.model} {job.resolution} {job.hdr:d}{job.exr:d}",
        ]

    def _short(self, value: object) -> str:
        if id(value) not in self._hashes:
            self._hashes[id(value)] = _digest(canonical(value))
        return self._hashes[id(value)]


def _film(film: Film, recipes: _Recipes) -> list[object]:
    return [
        film.edition,
        [output.file for output in film.outputs],
        _digest("".join(film.jobs)),
        _digest("".join(output.key for output in film.outputs)),
        recipes.of(film),
    ]


def _differs(old: list[object], new: list[object]) -> bool:
    return old[:4] != new[:4]


def _causes(
    old: Mapping[str, object], before: list[object], new: Mapping[str, object], now: list[object]
) -> tuple[str, ...]:
    causes = [name for name in ("master", "cuts") if old[name] != new[name]]
    if before[0] != now[0]:
        causes.append("edition")
    causes.extend(_parts_that_differ(_recipes_of(old, before), _recipes_of(new, now)))
    if before[1] != now[1] and before[0] == now[0]:
        causes.append("name")
    if not causes:
        causes.append("finish" if before[2] == now[2] else "order")
    return tuple(causes)


def _parts_that_differ(before: list[Recipe], now: list[Recipe]) -> Iterable[str]:
    """The parts that some job of one film has and no job of the other: a job more is no change of every part."""
    for index, part in enumerate(PARTS):
        if {recipe[index] for recipe in before} != {recipe[index] for recipe in now}:
            yield part


def _recipes_of(snapshot: Mapping[str, object], film: list[object]) -> list[Recipe]:
    recipes, indexes = snapshot["recipes"], film[4]
    assert isinstance(recipes, list)
    assert isinstance(indexes, list)
    return [recipes[index] for index in indexes]


def _films(snapshot: Mapping[str, object]) -> dict[str, list[object]]:
    films = snapshot["films"]
    assert isinstance(films, dict)
    return films


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:DIGITS]
