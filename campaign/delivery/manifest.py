"""manifest.json: the whole campaign as planned now, a closed sum counted from files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from campaign.delivery.files import write
from campaign.delivery.placing import beside
from campaign.delivery.remedies import remedy
from campaign.delivery.sheet import as_sheet
from campaign.delivery.verdict import verdict_of
from campaign.model import money
from campaign.model.faults import Level
from campaign.model.finished import Finished, held_by
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film, Output, Plan
from campaign.model.standing import FilmStanding, OutputStanding, Standing

SCHEMA = 1
MEASURED = ("sha256", "bytes", "width", "height", "fps", "frames", "duration_s", "audio")
Extras = Mapping[str, Sequence[Mapping[str, Any]]]
NO_EXTRAS: Extras = MappingProxyType({})
NOT_REACHED = "asked for, but the run ended before it was made"
NOT_ASKED = "not asked for"


def build_manifest(
    plan: Plan, standing: Standing, selected: frozenset[str], *, rehearsal: bool = False, extras: Extras = NO_EXTRAS
) -> dict[str, Any]:
    """The manifest of `plan`: one item an output, or one a film that is left out. `selected` are the ids of the films the
    last run was asked for. `rehearsal` tells that a provider was asked on this machine, so that no model has made anything.

    What is still to be made is failed (cancelled) when it was selected, else skipped (not_selected): planned = delivered
    + failed + skipped always holds. `beside` lists whatever else lies in deliverables/.

    `extras` are the results kept whole, by the id of the film that shows them: items of delivered films name them.

    Money is of this plan's jobs, each counted once: `spent_usd` is what they were billed, `reserved_usd` what is held for
    those in flight or in doubt, `reused_usd` what sharing saves: the price of each job, once for every row beyond the
    first that waits for it.
    """
    jobs, faults = _Jobs(plan, standing), _faults_by_line(plan)
    items = [item for film in standing.films for item in _items(plan, standing, film, selected, jobs, faults, extras)]
    counts = {status.value: sum(item["status"] == status for item in items) for status in Status}
    master = plan.master
    return {
        "schema": SCHEMA,
        "campaign": plan.campaign,
        "provider": plan.provider,
        "model": plan.model,
        "resolution": plan.resolution,
        "draft": plan.draft,
        "rehearsal": rehearsal,
        "master": {
            "path": str(master.file),
            "sha256": master.sha256,
            "fps": str(master.rate),
            "frames": master.frames,
            "duration_s": float(master.seconds),
        },
        "sheet": {
            "sha256": plan.sheet_sha256,
            "address": plan.sheet_origin.address if plan.sheet_origin else None,
        },
        "counts": {"planned": len(items), **counts},
        "cost": _cost(plan, standing, jobs),
        "beside": list(beside(plan)),
        "items": items,
    }


def write_manifest(manifest: Mapping[str, Any], out: Path) -> Path:
    """Write manifest.csv and then manifest.json into `out`, each in one step. Returns the path of the JSON."""
    write(out / "manifest.csv", as_sheet(manifest["items"]))
    path = out / "manifest.json"
    write(path, as_json(manifest))
    return path


def as_json(manifest: Mapping[str, Any]) -> str:
    """The manifest as text: an item a line, so that two manifests can be compared line by line."""
    head = {name: part for name, part in manifest.items() if name != "items"}
    opened = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    items = ",\n  ".join(json.dumps(item, ensure_ascii=False) for item in manifest["items"])
    return f'{opened},\n "items": [\n  {items}\n ]\n}}\n'


def read_manifest(out: Path) -> dict[str, Any] | None:
    """The manifest that lies in `out`, None when there is none (or none that can be read)."""
    try:
        found = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    items = found.get("items") if isinstance(found, dict) else None
    return found if isinstance(items, list) and all(isinstance(item, dict) for item in items) else None


def delivered_files(manifest: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Files that a manifest calls delivered, relative to out/<campaign>."""
    items = [item for item in manifest["items"] if item.get("status") == Status.DELIVERED] if manifest else []
    kept = [each for item in items for each in item.get("extras") or () if isinstance(each, dict)]
    return tuple(str(each["file"]) for each in (*items, *kept) if each.get("file"))


def asked_for(manifest: Mapping[str, Any] | None) -> frozenset[str]:
    """Ids of the films that the run behind a manifest was asked for, as far as it tells: all that it does not skip."""
    items = manifest["items"] if manifest else []
    return frozenset(
        f"{item.get('variant')} {item.get('ratio')}" for item in items if item.get("status") != Status.SKIPPED
    )


class _Jobs:
    """Jobs as items show them, each told once.

    `price_usd` is what the job was billed, or before that the highest it may cost. `reused` tells that the item's row
    pays nothing for it: another row planned it first. The rows' own films share their jobs too: add up by key.
    """

    def __init__(self, plan: Plan, standing: Standing) -> None:
        self._plan = plan
        self._standing = standing
        self._told: dict[tuple[str, bool], dict[str, Any]] = {}

    def of(self, film: Film) -> list[dict[str, Any]]:
        """The jobs that `film` hangs on, parents first."""
        row = film.variant.key
        return [self._tell(key, self._plan.jobs[key].variants[0] != row) for key in film.jobs]

    def price(self, key: str) -> Decimal:
        """USD billed, or planned while nothing is billed."""
        record = self._standing.jobs.get(key)
        billed = record.price_final_usd if record else None
        return self._plan.jobs[key].price_usd if billed is None else billed

    def _tell(self, key: str, reused: bool) -> dict[str, Any]:
        told = self._told.get((key, reused))
        if told is None:
            planned, record = self._plan.jobs[key], self._standing.jobs.get(key)
            told = self._told[key, reused] = {
                "key": key,
                "operation": planned.job.operation.value,
                "segment": planned.job.segment.name,
                "provider": record.provider if record else planned.provider,
                "remote_id": record.remote_id if record else None,
                "price_usd": money.text(self.price(key)),
                "prompt_sha256": planned.job.prompt.sha256,
                "reused": reused,
                "state": record.state.value if record else None,
            }
        return told


def _items(
    plan: Plan,
    standing: Standing,
    film: FilmStanding,
    selected: frozenset[str],
    jobs: _Jobs,
    faults: Mapping[str, str],
    extras: Extras,
) -> Iterator[dict[str, Any]]:
    for each in film.outputs or (film,):
        output = each.output if isinstance(each, OutputStanding) else None
        status, reason, sentence = _outcome(each, film.film.id in selected)
        if reason is Reason.BAD_ROW:
            sentence = faults.get(str(film.film.variant.line), sentence)
        done = standing.finished.get(output.key) if output else None
        errors = held_by(output, film.film, standing.finished) if output and done else ()
        yield {
            **_order(film.film, output),
            "status": status.value,
            "reason": reason.value if reason else None,
            **_file(output if status is Status.DELIVERED else None, done),
            # The name alone: `local`, whatever its version.
            "engine": plan.model.split("/")[0],
            "generative": plan.generative,
            "how": film.film.how.value if film.film.how else None,
            "upscaled_from": str(output.upscaled_from) if output and output.upscaled_from else None,
            "edition": film.film.edition,
            "jobs": jobs.of(film.film),
            "qc": verdict_of(done),
            "locale": film.film.variant.locale,
            "sentence": sentence,
            "next": remedy(reason, film.film, output, errors, draft=plan.draft),
            "spec": output.spec.id if output else None,
            "extras": list(extras.get(film.film.id, ())) if status is Status.DELIVERED else [],
        }


def _faults_by_line(plan: Plan) -> dict[str, str]:
    """The first error of each line of the sheet, as a sentence. Templates have lines too, which are not meant."""
    errors = (fault for fault in plan.faults if fault.level is Level.ERROR and not fault.file.endswith(".j2"))
    found: dict[str, str] = {}
    for fault in errors:
        line = fault.place.split(":")[0]
        if line.isdigit():
            found.setdefault(line, str(fault))
    return found


def _outcome(each: FilmStanding | OutputStanding, selected: bool) -> tuple[Status, Reason | None, str]:
    if each.status is not None:
        return each.status, each.reason, each.sentence
    if selected:
        return Status.FAILED, Reason.CANCELLED, each.sentence or NOT_REACHED
    return Status.SKIPPED, Reason.NOT_SELECTED, each.sentence or NOT_ASKED


def _order(film: Film, output: Output | None) -> dict[str, Any]:
    variant = film.variant
    return {
        "variant": variant.key,
        "market": variant.market,
        "season": variant.season,
        "demographic": variant.demographic,
        "ratio": film.ratio.label,
        "placement": output.placement if output else None,
    }


def _file(output: Output | None, done: Finished | None) -> dict[str, Any]:
    if output is None or done is None:
        return {"file": None, **dict.fromkeys(MEASURED)}
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


def _cost(plan: Plan, standing: Standing, jobs: _Jobs) -> dict[str, str]:
    reused = sum((jobs.price(key) * (len(job.variants) - 1) for key, job in plan.jobs.items()), money.ZERO)
    return {
        "reserved_usd": money.text(standing.reserved_usd),
        "spent_usd": money.text(standing.spent_usd),
        "reused_usd": money.text(reused),
    }
