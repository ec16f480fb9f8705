"""What past runs were asked to make: a small snapshot of the plan and the sheet it came from, under .fanout/runs."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from campaign.model.plan import Plan
from campaign.planning.snapshot import snapshot

KEPT_RUNS = 20


def last_run(home: Path, campaign: str) -> dict[str, object] | None:
    """The snapshot of the campaign's latest run, None when it never ran."""
    for folder in reversed(_runs(home, campaign)):
        file = folder / "plan.json"
        if file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            assert isinstance(found, dict)
            return found
    return None


def remember_run(home: Path, plan: Plan, sheet: Path) -> Path:
    """Keep what this run was asked to make, and the sheet as it was. Returns the run's folder."""
    folder = home / "runs" / plan.campaign / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir(parents=True, mode=0o700)
    shutil.copyfile(sheet, folder / sheet.name)
    unfinished = folder / "plan.json.part"
    unfinished.write_text(json.dumps(snapshot(plan), ensure_ascii=False), encoding="utf-8")
    unfinished.rename(folder / "plan.json")
    for old in _runs(home, plan.campaign)[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _runs(home: Path, campaign: str) -> list[Path]:
    folder = home / "runs" / campaign
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
