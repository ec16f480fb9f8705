"""prefect.yaml at a Prefect server and a work pool of the person's own: deployed by Prefect's command, run by its worker."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from orchestration.open_room import FINAL, Api
from orchestration.small_campaign import ROOT, SmallCampaign

from flows.hosting.server import server_for

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


def test_what_prefect_yaml_deploys_is_run_by_a_worker_of_the_pool(tmp_path: Path) -> None:
    (tmp_path / "campaign").mkdir()
    small = SmallCampaign(tmp_path / "campaign")
    shutil.copy(ROOT / "prefect.yaml", small.folder)
    with server_for(tmp_path / "elsewhere", lambda _: None) as server:
        assert server.auth is not None
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PWD": str(small.folder),
            "PYTHONPATH": str(ROOT),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_API_URL": server.api_url,
            "PREFECT_API_AUTH_STRING": server.auth,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DO_NOT_TRACK": "1",
        }

        def prefect(*arguments: str) -> None:
            done = subprocess.run(
                [sys.executable, "-m", "prefect", *arguments],
                cwd=small.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=180,
            )
            assert done.returncode == 0, done.stdout + done.stderr

        prefect("work-pool", "create", "fanout", "--type", "process")
        prefect("--no-prompt", "deploy", "--all")
        api = Api(tmp_path / "elsewhere")
        dry, wet = "regenerate/fresh-days", "fan-out/fresh-days"
        assert {name: api.deployment(name)["work_pool_name"] for name in (dry, wet)} == {dry: "fanout", wet: "fanout"}
        started = api.start(wet, draft=True, only=["market=DE"])
        prefect("worker", "start", "--pool", "fanout", "--limit", "1", "--run-once")
        run = api.until(started, FINAL)
    assert (run["state_name"], run["state"]["message"]) == ("Completed", "All 2 films are made.")
    assert len(small.films()) == 2
