"""Where the films of a plan stand, with real files in a real store, for tests of what is delivered."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from builders import a_finished, a_variant
from plans import a_brief, a_campaign, a_plan

from campaign.media.quality.judging import verdict_mark
from campaign.model.finished import Finished
from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Film, Output, Plan
from campaign.model.qc import Finding, QCReport
from campaign.model.ratios import AspectRatio
from campaign.model.standing import JobStanding, Standing
from campaign.model.variants import Variant
from campaign.preparing.standing import stand_film
from campaign.store.files import Store

PASSED = QCReport(())
WARNED = QCReport(
    (
        Finding(
            check="freeze",
            severity="warning",
            message="freeze that the master has not",
            measured="1.0 s",
            expected="none",
            frame=96,
        ),
    )
)
FAILED = QCReport(
    (
        Finding(
            check="frames",
            severity="error",
            message="not the master's length",
            measured="191",
            expected="192",
            frame=190,
        ),
    )
)


def a_campaign_in(root: Path, *variants: Variant, ratios: Iterable[str] = ("16:9", "9:16"), **changes: Any) -> Plan:
    """A plan whose out/ lies under `root`. Changes of what a plan is told besides go to it, others to the campaign."""
    told = ("provider", "draft", "editions", "prompts", "decisions", "stills")
    order = {name: changes.pop(name) for name in told if name in changes}
    campaign = a_campaign(root=root, ratios=tuple(map(AspectRatio, ratios)), **changes)
    return a_plan(a_brief(*(variants or (a_variant(),)), campaign=campaign), **order)


def two_files_in(root: Path) -> Plan:
    """A campaign of one film that goes to two destinations whose files differ."""
    plan = a_campaign_in(root, ratios=("16:9",), placements=("x.video",))
    film = plan.films[0]
    apart = tuple(replace(output, key=str(n) * 64) for n, output in enumerate(film.outputs, 1))
    return replace(plan, films=(replace(film, outputs=apart),))


def finish(film: Film, store: Store, *, content: str = "", report: QCReport = PASSED) -> dict[str, Finished]:
    """Every output of `film` as a small file in `store`, by key."""
    return {output.key: finish_output(film, output, store, content=content, report=report) for output in film.outputs}


def finish_output(film: Film, output: Output, store: Store, *, content: str, report: QCReport) -> Finished:
    kept = keep(store, f"film {content} {output.key}", f".{output.spec.container}")
    poster = keep(store, f"poster {content} {output.key}", ".jpg")
    base = a_finished()
    facts = replace(base.facts, bytes=kept[1], width=output.size.width, height=output.size.height)
    return replace(
        base,
        key=output.key,
        variant=film.variant.key,
        ratio=film.ratio.label,
        placement=output.placement,
        sha256=kept[0],
        poster_sha256=poster[0],
        facts=facts,
        report=report,
        judged_by=verdict_mark(()),
        made_at=datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
    )


def keep(store: Store, text: str, suffix: str) -> tuple[str, int]:
    """Put text into the store; its sha256 and its bytes."""
    path = store.temporary(suffix)
    path.write_text(text, encoding="utf-8")
    kept = store.put(path, suffix)
    assert kept.sha256 == hashlib.sha256(text.encode()).hexdigest()
    return kept.sha256, kept.bytes


def finish_all(plan: Plan, store: Store, **changes: Any) -> dict[str, Finished]:
    return {key: done for film in plan.films for key, done in finish(film, store, **changes).items()}


def a_standing(
    plan: Plan, finished: Mapping[str, Finished] | None = None, jobs: Mapping[str, JobStanding] | None = None
) -> Standing:
    """Where the films of `plan` stand, judged as a run judges them, from these records and the files that lie there."""
    finished, jobs = finished or {}, jobs or {}
    films = tuple(stand_film(film, plan, jobs, finished, lambda _: True) for film in plan.films)
    return Standing(films=films, jobs=jobs, finished=finished, changes=None)


def a_job_standing(state: JobState = JobState.STORED, **changes: Any) -> JobStanding:
    base = JobStanding(
        state=state,
        reason=None,
        provider="luma",
        remote_id="gen-1",
        price_reserved_usd=Decimal(0),
        price_final_usd=Decimal("1.08") if state is JobState.STORED else None,
        artifact_sha256="a" * 64 if state is JobState.STORED else None,
        note="",
    )
    return replace(base, **changes)


def refused(reason: Reason, note: str) -> JobStanding:
    return a_job_standing(JobState.REJECTED, reason=reason, note=note)


def delivered(plan: Plan) -> dict[str, bytes]:
    """What lies in deliverables/, by name relative to out/<campaign>."""
    return contents(plan.out, "deliverables")


def contents(out: Path, folder: str) -> dict[str, bytes]:
    files = (path for path in sorted((out / folder).rglob("*")) if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}
