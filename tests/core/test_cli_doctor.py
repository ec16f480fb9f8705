"""`fanout doctor`: keys, the file that holds them, the memory; each lack with its cure."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick

from emulator.server import Emulator
from fanout import exits
from fanout.__main__ import perform

CAMPAIGN = '[inputs]\nmaster = "m.mov"\n[output]\nratios = ["16:9"]\n[provider]\nname = "luma"\n'
Checks = dict[str, list[dict[str, Any]]]


@pytest.fixture
def doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Checks]:
    """Look at a campaign at luma in a folder of its own; its checks by name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")

    def look(code: int = exits.REFUSED) -> Checks:
        assert perform(["doctor", "--json"]) == code
        checks: Checks = {}
        for check in json.loads(capsys.readouterr().out):
            checks.setdefault(check["name"], []).append(check)
        return checks

    return look


def test_the_campaigns_own_provider_needs_a_key_and_others_are_remarks(doctor: Callable[..., Checks]) -> None:
    checks = doctor()
    (luma,), (fal,) = checks["luma"], checks["fal"]
    assert (luma["ok"], luma["needed"], fal["ok"], fal["needed"]) == (False, True, False, False)
    assert "set LUMA_AGENTS_API_KEY in the environment" in luma["found"]
    assert checks["slots"][0]["found"] == "4 modify and 6 reframe jobs at once, unless [provider] slots says otherwise"


def test_slots_of_the_file_are_told(doctor: Callable[..., Checks], tmp_path: Path) -> None:
    said = CAMPAIGN + "slots = { luma = { modify = 2, reframe = 3 }, fal = { modify = 9 } }\n"
    (tmp_path / "campaign.toml").write_text(said, encoding="utf-8")
    assert doctor()["slots"][0]["found"] == "luma: modify 2, reframe 3 at once (campaign.toml)"


def test_a_key_is_told_by_its_fingerprint_and_a_moved_address_by_its_variable(
    doctor: Callable[..., Checks], tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("LUMA_AGENTS_API_KEY=luma-api-CANARY-7f3e\nLUMA_BASE_URL=http://127.0.0.1:9/v1\n", encoding="utf-8")
    file.chmod(0o600)
    checks = doctor()
    (luma,), (keys,) = checks["luma"], checks["keys file"]
    assert luma["found"].startswith("key ")
    assert "(moved to http://127.0.0.1:9/v1 by LUMA_BASE_URL): " in luma["found"]
    assert "127.0.0.1:9 in FANOUT_ALLOW_HOSTS" in luma["found"]
    assert keys["ok"]
    assert "holds LUMA_AGENTS_API_KEY; what the environment says goes first" in keys["found"]
    assert "CANARY" not in json.dumps(checks)


def test_keys_that_others_can_read_or_git_would_take_are_faults(doctor: Callable[..., Checks], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    file = tmp_path / ".env"
    file.write_text("FAL_KEY=\n", encoding="utf-8")
    file.chmod(0o644)
    readable, committed, _ = doctor()["keys file"]
    assert readable["cure"] == f"chmod 600 {file}"
    assert "add a line .env to .gitignore" in committed["cure"]
    file.chmod(0o600)
    (tmp_path / ".gitignore").write_text(".env\n", encoding="utf-8")
    (last,) = doctor()["keys file"]
    assert last["ok"]
    assert "holds no key" in last["found"]


def test_memory_that_others_can_read_is_a_fault(doctor: Callable[..., Checks], tmp_path: Path) -> None:
    (tmp_path / ".fanout").mkdir(mode=0o755)
    (memory,) = doctor()["memory"]
    assert not memory["ok"]
    assert memory["cure"] == f"chmod 700 {tmp_path / '.fanout'}"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A stand-in to which the environment leads."""
    with quick() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


def test_each_provider_with_a_key_is_asked_and_tells_of_the_account(
    doctor: Callable[..., Checks], emulator: Emulator
) -> None:
    checks = doctor(exits.DONE)
    assert all(checks[name][0]["ok"] for name in ("luma", "runware", "fal"))
    assert "1000.00 USD left" in checks["runware"][0]["found"]
    assert emulator.books.bill() == []


def test_a_refused_key_is_a_fault_of_the_campaigns_own_provider_with_the_cure(
    doctor: Callable[..., Checks], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUMA_AGENTS_API_KEY", "luma-api-wrong-0123456789")
    monkeypatch.setenv("FAL_KEY", "wrong:0123456789")
    checks = doctor()
    (luma,), (fal,) = checks["luma"], checks["fal"]
    assert (luma["ok"], luma["needed"], fal["ok"], fal["needed"]) == (False, True, False, False)
    assert "LUMA_AGENTS_API_KEY" in luma["found"]
    assert "FAL_KEY" in fal["found"]


def test_a_provider_that_does_not_answer_is_waited_for_five_seconds_and_no_longer(
    doctor: Callable[..., Checks], emulator: Emulator
) -> None:
    emulator.faults.set({"lag_s": 30})
    began = time.monotonic()
    checks = doctor()
    assert time.monotonic() - began < 20
    assert checks["luma"][0]["found"].endswith("did not answer within 5 s.")


def test_a_stand_in_that_does_not_run_is_asked_after_and_a_provider_given_is_the_campaigns_own(
    doctor: Callable[..., Checks], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "campaign.toml").write_text(CAMPAIGN.replace("luma", "local"), encoding="utf-8")
    with quick() as ended:
        environment = ended.environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (luma,) = doctor(exits.DONE)["luma"]
    assert (luma["ok"], luma["needed"]) == (False, False)
    host = environment["FANOUT_ALLOW_HOSTS"]
    assert f"no connection to {host}" in luma["found"]
    assert luma["cure"].startswith(f"is `fanout emulate` running at http://{host}/v1?")
    assert perform(["doctor", "--provider", "luma"]) == exits.REFUSED
    assert "is `fanout emulate` running" in capsys.readouterr().err
