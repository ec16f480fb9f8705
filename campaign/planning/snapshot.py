"""Snapshot: a plan remembered small, and what has changed since, with the cause."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import chain

from campaign.model.changes import Change, Changes
from campaign.model.jobs import Job
from campaign.model.plan import Film, Plan
from campaign.model.ratios import CENTRE
from campaign.planning.identity import canonical, fragment

SCHEMA = 1
DIGITS = 12
"""Hex digits kept of each hash: 48 bits tell the few versions of one film apart."""

PARTS = ("template", "prompt", "controls", "look", "keyframes", "framing", "engine")
"""What is remembered of a film's jobs and windows, in this order; also the causes of a change."""


def snapshot(plan: Plan) -> dict[str, object]:
    """A plan as JSON of about 200 bytes a film. `films` gives for each made film: edition, files, digest of its jobs, digest
    of its outputs, and indexes into `words`: for each of PARTS the names or short hashes of what its jobs ask for.
    """
    words = _Words(plan)
    films = {film.id: _film(film, words) for film in plan.films if film.skip is None}
    return {
        "schema": SCHEMA,
        "campaign": plan.campaign,
        "provider": plan.provider,
        "draft": plan.draft,
        "master": plan.master.sha256,
        "cuts": sorted({planned.job.segment.start_frame for planned in plan.jobs.values()}),
        "sheet": plan.sheet_sha256,
        "sheet_from": _origin(plan),
        "words": list(words.known),
        "films": films,
    }


def _origin(plan: Plan) -> dict[str, str] | None:
    """Where a sheet from elsewhere was fetched, and when."""
    origin = plan.sheet_origin
    if origin is None:
        return None
    return {"address": origin.address, "fetched_at": origin.fetched_at.isoformat(timespec="seconds")}


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


class _Words:
    """Numbers every different word of a plan's jobs ("prompt 3f2a..."), so that a film is told by a few small numbers."""

    def __init__(self, plan: Plan) -> None:
        self.known: dict[str, int] = {}
        self._prompts: dict[int, tuple[int, ...]] = {}
        self._asked: dict[tuple[object, ...], tuple[int, ...]] = {}
        self._jobs = {key: self._told(planned.job) for key, planned in plan.jobs.items()}

    def of(self, film: Film) -> list[int]:
        """The words that a film's jobs and its windows on their results use, each once."""
        shown = ((piece.fit, piece.focus) for piece in film.pieces if piece.key is not None)
        windows = [self._numbered("framing", fragment(each)) for each in shown if each != ("crop", CENTRE)]
        return list(dict.fromkeys(chain(chain.from_iterable([self._jobs[key] for key in film.jobs]), windows)))

    def _told(self, job: Job) -> tuple[int, ...]:
        # Jobs of one plan share these objects, which the plan keeps alive: ids find their words again in no time.
        said = self._prompts.get(id(job.prompt))
        if said is None:
            said = self._prompts[id(job.prompt)] = self._said(job)
        mark = (id(job.controls), id(job.look), id(job.keyframes), id(job.framing), job.model, job.hdr, job.exr)
        asked = self._asked.get(mark)
        if asked is None:
            asked = self._asked[mark] = self._asked_of(job)
        return said + asked

    def _said(self, job: Job) -> tuple[int, ...]:
        return self._numbered("template", job.prompt.template), self._numbered("prompt", job.prompt.sha256[:DIGITS])

    def _asked_of(self, job: Job) -> tuple[int, ...]:
        parts = {"controls": job.controls, "look": job.look, "keyframes": job.keyframes, "framing": job.framing}
        return (
            *(self._numbered(part, _digest(canonical(value))) for part, value in parts.items()),
            self._numbered("engine", f"{job.model} {job.resolution} {job.hdr:d}{job.exr:d}"),
        )

    def _numbered(self, part: str, word: str) -> int:
        return self.known.setdefault(f"{part} {word}", len(self.known))


def _film(film: Film, words: _Words) -> list[object]:
    return [
        film.edition,
        [output.file for output in film.outputs],
        _digest("".join(film.jobs)),
        _digest("".join(output.key for output in film.outputs)),
        words.of(film),
    ]


def _differs(old: list[object], new: list[object]) -> bool:
    return old[:4] != new[:4]


def _causes(
    old: Mapping[str, object], before: list[object], new: Mapping[str, object], now: list[object]
) -> tuple[str, ...]:
    causes = [name for name in ("master", "cuts") if old[name] != new[name]]
    if before[0] != now[0]:
        causes.append("edition")
    causes.extend(_parts_that_differ(_words_of(old, before), _words_of(new, now)))
    if before[1] != now[1] and before[0] == now[0]:
        causes.append("name")
    if not causes:
        causes.append("finish" if before[2] == now[2] else "order")
    return tuple(causes)


def _parts_that_differ(before: set[str], now: set[str]) -> Iterable[str]:
    """The parts of which one film's jobs use a word that the other's do not: a job more is no change of every part."""
    found = {word.split(" ", 1)[0] for word in before ^ now}
    return [part for part in PARTS if part in found]


def _words_of(snapshot: Mapping[str, object], film: list[object]) -> set[str]:
    words, indexes = snapshot["words"], film[4]
    assert isinstance(words, list)
    assert isinstance(indexes, list)
    return {words[index] for index in indexes}


def _films(snapshot: Mapping[str, object]) -> dict[str, list[object]]:
    films = snapshot["films"]
    assert isinstance(films, dict)
    return films


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:DIGITS]
