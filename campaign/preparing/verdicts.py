"""Verdicts brought up to date: films are judged again when limits have changed since."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from campaign.ledger.ledger import Ledger
from campaign.media.quality.judging import judge, verdict_mark
from campaign.media.quality.keeping import kept_as
from campaign.model.finished import Finished
from campaign.model.plan import Film, Output, Plan
from campaign.planning.identity import film_key

BATCH = 500
"""So many verdicts are written down at once: a campaign has thousands, and others write meanwhile."""


def up_to_date(
    plan: Plan, finished: Mapping[str, Finished], ledger: Ledger, measures: Path
) -> tuple[dict[str, Finished], frozenset[str]]:
    """`finished` with verdicts by today's limits, which are written down too; and the keys of those films that have to be
    measured again before, whose verdicts are the former ones. `measures` is the folder of what was measured."""
    mark = verdict_mark(plan.regions)
    old = {key for key, done in finished.items() if done.judged_by != mark}
    if not old:
        return dict(finished), frozenset()
    asked = {output.key: (film, output) for film in plan.films for output in film.outputs if output.key in old}
    judged = (_judged(finished[key], film, output, plan, measures) for key, (film, output) in asked.items())
    anew = {done.key: replace(done, judged_by=mark) for done in judged if done is not None}
    films = list(anew.values())
    for first in range(0, len(films), BATCH):
        ledger.record_finished(*films[first : first + BATCH])
    return {**finished, **ledger.finished(anew)}, frozenset(old.difference(anew))


def _judged(done: Finished, film: Film, output: Output, plan: Plan, measures: Path) -> Finished | None:
    kept = kept_as(measures, film_key(film, output, plan.master))
    if kept is None or not kept.still_holds(done.sha256, plan.regions):
        return None
    return replace(done, report=judge(kept.measures, output, plan.master, done.told))
