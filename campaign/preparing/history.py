"""What past runs were asked to make, under .fanout/runs: a snapshot of the plan, its prompts, the sheet as it was."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaign.model.plan import Plan
from campaign.planning.snapshot import snapshot

KEPT_RUNS = 20


@dataclass(frozen=True, slots=True)
class PastRun:
    """The plan's snapshot and the prompts of one run."""

    snapshot: Mapping[str, object]
    prompts: Mapping[str, str]


def last_run(home: Path, campaign: str) -> PastRun | None:
    """The campaign's latest run, None when it never ran."""
    for folder in reversed(_runs(home, campaign)):
        file = folder / "plan.json"
        if file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            return PastRun(found["plan"], found["prompts"])
    return None


def remember_run(home: Path, plan: Plan, prompts: Mapping[str, str], sheet: Path) -> Path:
    """Keep what this run was asked to make, and the sheet as it was. Returns the run's folder."""
    folder = home / "runs" / plan.campaign / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir(parents=True, mode=0o700)
    shutil.copyfile(sheet, folder / sheet.name)
    unfinished = folder / "plan.json.part"
    unfinished.write_text(json.dumps({"plan": snapshot(plan), "prompts": prompts}, ensure_ascii=False), "utf-8")
    unfinished.rename(folder / "plan.json")
    for old in _runs(home, plan.campaign)[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _runs(home: Path, campaign: str) -> list[Path]:
    folder = home / "runs" / campaign
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
