"""manifest.json and manifest.csv: the whole campaign as planned now, a closed sum counted from files."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from campaign.delivery.files import write
from campaign.model import money
from campaign.model.finished import Finished
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film, Output, Plan
from campaign.model.standing import FilmStanding, Standing

SCHEMA = 1
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that make a spreadsheet run a cell's text (security.md T6)."""


def build_manifest(plan: Plan, standing: Standing, selected: frozenset[str]) -> dict[str, object]:
    """The manifest of `plan`. `selected` are the ids of the films the last run was asked for.

    An item that is neither delivered nor failed is skipped (not_selected) or, when it was selected, failed (cancelled):
    planned = delivered + failed + skipped always holds.
    """
    items = [item for film in standing.films for item in _items(plan, standing, film, selected)]
    counts = {status.value: sum(item["status"] == status for item in items) for status in Status}
    master = plan.master
    return {
        "schema": SCHEMA,
        "campaign": plan.campaign,
        "provider": plan.provider,
        "draft": plan.draft,
        "master": {
            "path": str(master.path),
            "sha256": master.sha256,
            "fps": str(master.rate),
            "frames": master.frames,
            "duration_s": float(master.seconds),
        },
        "counts": {"planned": len(items), **counts},
        "cost": _cost(plan, standing),
        "items": items,
    }


def write_manifest(manifest: dict[str, object], out: Path) -> Path:
    """Write manifest.json and manifest.csv into `out`, each in one step. Returns the path of the JSON."""
    path = out / "manifest.json"
    write(path, json.dumps(manifest, ensure_ascii=False, indent=1))
    items = manifest["items"]
    assert isinstance(items, list)
    table = pd.DataFrame([_flat(item) for item in items])
    write(out / "manifest.csv", table.to_csv(index=False, quoting=1, lineterminator="\r\n"))
    return path


def read_manifest(out: Path) -> dict[str, object] | None:
    """The manifest that lies in `out`, None when there is none (or none that can be read)."""
    try:
        found = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def delivered_files(manifest: Mapping[str, object] | None) -> tuple[str, ...]:
    """Files that a manifest calls delivered, relative to out/<campaign>."""
    items = (manifest or {}).get("items", [])
    assert isinstance(items, list)
    return tuple(item["file"] for item in items if item["status"] == Status.DELIVERED and item["file"])


def _items(plan: Plan, standing: Standing, film: FilmStanding, selected: frozenset[str]) -> Iterator[dict[str, object]]:
    if film.status is not None:
        status, reason = film.status, film.reason
    elif film.film.id in selected:
        status, reason = Status.FAILED, Reason.CANCELLED
    else:
        status, reason = Status.SKIPPED, Reason.NOT_SELECTED
    outputs: tuple[Output | None, ...] = film.film.outputs or (None,)
    for output in outputs:
        done = standing.finished.get(output.key) if output else None
        yield {
            **_order(film.film, output),
            "status": status.value,
            "reason": reason.value if reason else None,
            "sentence": film.sentence,
            **_file(output if status is Status.DELIVERED else None, done),
            "engine": plan.model,
            "generative": plan.generative,
            "upscaled_from": str(output.upscaled_from) if output and output.upscaled_from else None,
            "edition": film.film.edition,
            "jobs": [_job(plan, standing, film.film, key) for key in film.film.jobs],
            "qc": _qc(done),
        }


def _order(film: Film, output: Output | None) -> dict[str, object]:
    variant = film.variant
    return {
        "variant": variant.key,
        "market": variant.market,
        "locale": variant.locale,
        "season": variant.season,
        "demographic": variant.demographic,
        "ratio": film.ratio.label,
        "placement": output.placement if output else None,
    }


def _file(output: Output | None, done: Finished | None) -> dict[str, object]:
    if output is None or done is None:
        names = ("sha256", "bytes", "width", "height", "fps", "frames", "duration_s", "audio")
        return {"file": None, **dict.fromkeys(names)}
    facts = done.facts
    return {
        "file": output.file,
        "sha256": done.sha256,
        "bytes": facts.bytes,
        "width": facts.width,
        "height": facts.height,
        "fps": str(facts.rate),
        "frames": facts.frames,
        "duration_s": float(facts.seconds),
        "audio": facts.audio,
    }


def _job(plan: Plan, standing: Standing, film: Film, key: str) -> dict[str, object]:
    planned, record = plan.jobs[key], standing.jobs.get(key)
    price = record.price_final_usd if record and record.price_final_usd is not None else planned.price_usd
    return {
        "key": key,
        "operation": planned.job.operation.value,
        "segment": planned.job.segment.name,
        "provider": record.provider if record else planned.provider,
        "remote_id": record.remote_id if record else None,
        "price_usd": money.text(price),
        "prompt_sha256": planned.job.prompt.sha256,
        "reused": planned.variants[0] != film.variant.key,
    }


def _qc(done: Finished | None) -> dict[str, object] | None:
    if done is None:
        return None
    findings = [
        {
            "check": finding.check,
            "severity": finding.severity,
            "message": finding.message,
            "measured": finding.measured,
            "expected": finding.expected,
            "frame": finding.frame,
        }
        for finding in done.report.findings
    ]
    return {"passed": done.report.passed, "findings": findings}


def _cost(plan: Plan, standing: Standing) -> dict[str, str]:
    reserved = sum((job.price_reserved_usd for job in standing.jobs.values()), money.ZERO)
    spent = sum((job.price_final_usd or money.ZERO for job in standing.jobs.values()), money.ZERO)
    shared = sum((job.price_usd * (len(job.variants) - 1) for job in plan.jobs.values()), money.ZERO)
    return {
        "reserved_usd": money.text(reserved),
        "spent_usd": money.text(spent),
        "reused_usd": money.text(shared),
    }


def _flat(item: dict[str, object]) -> dict[str, object]:
    """An item as a row: nested parts as counts, text made harmless for spreadsheets."""
    qc = item["qc"]
    jobs = item["jobs"]
    assert isinstance(jobs, list)
    flat = {key: value for key, value in item.items() if key not in {"jobs", "qc"}}
    flat["jobs"] = len(jobs)
    flat["qc_passed"] = qc["passed"] if isinstance(qc, dict) else None
    return {key: harmless(value) for key, value in flat.items()}


def harmless(value: object) -> object:
    """Text that a spreadsheet will not run: a leading `'` before anything that begins like a formula."""
    risky = isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS)
    return f"'{value}" if risky else value
