"""The command line on real pixels and a real Prefect server: made once, made anew where asked, resumed after a kill."""

import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from orchestration.small_campaign import SmallCampaign

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


def test_what_is_made_is_kept_and_only_what_is_asked_for_is_made_anew(tmp_path: Path) -> None:
    small = SmallCampaign(tmp_path)
    first = small.do("run", "--draft")
    assert (first["selected"], first["delivered"], first["left_out"]) == (4, 4, [])
    films, jobs = small.films(), small.jobs()
    assert len(films) == len(jobs) == 4
    assert small.promised() == films
    counts = small.manifest()["counts"]
    assert counts == {"planned": 4, "delivered": 4, "failed": 0, "skipped": 0}

    shutil.rmtree(small.home / "prefect")
    again = small.do("run", "--draft")
    assert (again["delivered"], again["flow_run_url"]) == (4, "")
    assert (small.films(), small.jobs()) == (films, jobs)
    assert not (small.home / "prefect").exists()

    small.rows[0]["light"] = "neon signs at night"
    small.write_rows()
    small.do("run", "--draft")
    before, jobs = small.films(), small.jobs()
    assert len(jobs) == 6
    assert before.keys() == films.keys()
    assert {name for name in films if films[name] != before[name]} == {name for name in films if "_DE_" in name}

    anew = small.do("regenerate", "--draft", "--only", "market=jp,ratio=9x16")
    assert (anew["selected"], anew["delivered"]) == (1, 1)
    assert len(small.jobs() - jobs) == 1
    after = small.films()
    (old,), (new,) = before.keys() - after.keys(), after.keys() - before.keys()
    assert new == old.replace("_v1", "_v2")
    assert after.items() - {new: after[new]}.items() == before.items() - {old: before[old]}.items()
    kept = {path.name for path in (small.out / "superseded").rglob("*.mp4")}
    assert f"{Path(old).stem}-{before[old][:8]}.mp4" in kept
    assert small.promised() == after
    assert small.do("status")["counts"] == {"delivered": 4}
    small.do("report")
    assert small.promised() == after, "a report shows the draft when the last run made one"
    assert small.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def test_a_killed_run_goes_on_and_rows_that_are_faulty_are_gaps(tmp_path: Path) -> None:
    small = SmallCampaign(tmp_path)
    small.rows.append({**small.rows[0], "market": "Atlantis"})
    small.write_rows()
    refused = small.do("run", "--draft", code=2)
    assert refused["faults"][0]["value"] == "Atlantis"
    assert not small.out.exists()

    killed = small.start("run", "--draft", "--skip-bad")
    wait_for_a_stored_job(small)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    kept = small.jobs()

    result = small.do("run", "--draft", "--skip-bad", code=3)
    assert (result["selected"], result["delivered"], len(result["left_out"])) == (4, 4, 2)
    assert set(kept.values()) == set(small.jobs().values()) == {1}
    assert small.promised() == small.films()
    assert small.manifest()["counts"] == {"planned": 6, "delivered": 4, "failed": 0, "skipped": 2}
    assert small.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def wait_for_a_stored_job(small: SmallCampaign) -> None:
    ledger = small.home / "ledger.sqlite3"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if ledger.exists():
            with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
                try:
                    if database.execute("SELECT count(*) FROM job WHERE state = 'stored'").fetchone()[0]:
                        return
                except sqlite3.OperationalError:
                    pass
        time.sleep(0.05)
    raise AssertionError("no job was stored within two minutes")
