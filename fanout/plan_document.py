"""The plan as one JSON document."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from campaign.model import money
from campaign.model.jobs import How, PlannedJob
from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Plan
from campaign.model.standing import FilmStanding, Standing
from campaign.planning.pricing import Line, breakdown, ways
from campaign.planning.routes import lost
from fanout.plan_placements import outputs_told, placements_told
from fanout.waiting import unapproved

if TYPE_CHECKING:
    from campaign.preparing.prepare import Prepared

SCHEMA = 1


def to_do(chosen: Iterable[FilmStanding]) -> set[str]:
    """Keys of the jobs that the chosen films still wait for, less those that only films without an approval do."""
    wanted = (film for film in chosen if film.film.skip is None and film.reason is not Reason.NOT_APPROVED)
    return {key for film in wanted for key in film.todo}


def document(prepared: "Prepared", standing: Standing, chosen: tuple[FilmStanding, ...]) -> dict[str, object]:
    """All of the plan: totals, prices, jobs, films with every file name, refusals, faults, what changed, what is bought again."""
    from campaign.preparing.again import bought_again

    plan, left = prepared.plan, to_do(chosen)
    due = breakdown(plan, left)
    changes, changed = standing.changes, standing.changed
    again = bought_again(prepared.ledger, plan, changes, left)
    engine = prepared.brief.catalogue.providers[plan.provider]
    return {
        "schema": SCHEMA,
        "campaign": plan.campaign,
        "provider": plan.provider,
        "model": plan.model,
        "generative": plan.generative,
        "resolution": plan.resolution,
        "draft": plan.draft,
        "master": _master(plan),
        "sheet": _sheet(plan),
        "totals": _totals(plan, standing, chosen, due.total),
        "prices": {name: _usd(price) for name, price in plan.prices.items()},
        "by_market": _lines(due.market),
        "by_ratio": _lines(due.ratio),
        "by_variant": _lines(due.variant),
        "ratios": [
            {
                "ratio": way.ratio.label,
                "how": way.how.value if way.how else None,
                "lost": float(lost(way.ratio)) if way.how is How.DERIVE else None,
                "films": way.films,
                "jobs": way.jobs,
                "usd": money.text(way.usd),
                "generated_usd": _usd(way.generated_usd),
            }
            for way in ways(plan, engine)
        ],
        "placements": placements_told((film.film for film in standing.films), prepared.brief.catalogue),
        "changes": changes
        and {
            "added": changes.added,
            "removed": changes.removed,
            "changed": {change.film: change.causes for change in changes.changed},
        },
        "bought_again": again and {"jobs": again.jobs, "usd": money.text(again.usd), "causes": again.causes},
        "prompts": {planned.job.prompt.sha256: planned.job.prompt.text for planned in plan.jobs.values()},
        "jobs": [_job(planned, standing) for planned in plan.jobs.values()],
        "films": [_film(film, changed) for film in standing.films],
        "selected": [film.film.id for film in chosen],
        "not_approved": {film.film.id: film.sentence for film in unapproved(chosen)},
        "refusals": [asdict(refusal) for refusal in plan.refusals],
        "faults": [asdict(fault) for fault in plan.faults],
    }


def _usd(price: Decimal | None) -> str | None:
    return None if price is None else money.text(price)


def _master(plan: Plan) -> dict[str, object]:
    master = plan.master
    return {
        "path": str(master.file),
        "sha256": master.sha256,
        "fps": str(master.rate),
        "frames": master.frames,
        "duration_s": float(master.seconds),
        "size": str(master.size),
        "timecode": master.timecode,
        "mended": list(master.mended),
        "shots": [
            {"id": shot.id, "start": shot.start_frame, "end": shot.end_frame, "modify": shot.treatment.modify}
            for shot in master.shots
        ],
    }


def _sheet(plan: Plan) -> dict[str, object]:
    origin = plan.sheet_origin
    return {
        "sha256": plan.sheet_sha256,
        "address": origin.address if origin else None,
        "fetched_at": origin.fetched_at.isoformat(timespec="seconds") if origin else None,
    }


def _totals(plan: Plan, standing: Standing, chosen: tuple[FilmStanding, ...], due: Line) -> dict[str, object]:
    stored = sum(key in standing.jobs and standing.jobs[key].state is JobState.STORED for key in plan.jobs)
    return {
        "films": len(plan.films),
        "selected": len(chosen),
        "files": sum(len(film.outputs) for film in plan.films),
        "jobs": len(plan.jobs),
        "jobs_stored": stored,
        "jobs_to_do": due.jobs,
        "usd": money.text(due.usd),
        "credits": str(money.in_credits(due.usd)),
    }


def _lines(lines: Mapping[str, Line]) -> dict[str, object]:
    return {name: {"jobs": line.jobs, "usd": money.text(line.usd)} for name, line in lines.items()}


def _job(planned: PlannedJob, standing: Standing) -> dict[str, object]:
    job = planned.job
    record = standing.jobs.get(job.key)
    return {
        "key": job.key,
        "operation": job.operation.value,
        "provider": planned.provider,
        "model": job.model,
        "segment": job.segment.name,
        "frames": [job.segment.start_frame, job.segment.end_frame],
        "ratio": job.ratio.label if job.ratio else None,
        "how": job.framing.how.value if job.framing else None,
        "parent": job.parent,
        "edition": job.edition,
        "price_usd": money.text(planned.price_usd),
        "state": record.state.value if record else JobState.PLANNED.value,
        "variants": planned.variants,
        "template": job.prompt.template,
        "prompt_sha256": job.prompt.sha256,
        "keyframes": [
            {"frame": each.frame, "sha256": each.sha256, "pinned": each.pinned, "path": each.path}
            for each in job.keyframes
        ],
    }


def _film(film: FilmStanding, changed: frozenset[str]) -> dict[str, object]:
    return {
        "variant": film.film.variant.key,
        "line": film.film.variant.line,
        "ratio": film.film.ratio.label,
        "files": [output.file for output in film.film.outputs],
        "outputs": outputs_told(film.film),
        "edition": film.film.edition,
        "status": film.word,
        "reason": film.reason.value if film.reason else None,
        "changed": film.film.id in changed,
        "jobs": film.film.jobs,
        "jobs_to_do": film.todo,
    }
