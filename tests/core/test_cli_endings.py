"""How commands end: exit codes, words, one JSON document; nothing of Prefect or pandas before a command needs it."""

import errno
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import click
import pytest
from plans import a_plan

from campaign.errors import InputError, LedgerError, StoreError
from campaign.model.faults import Fault
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Refusal
from campaign.model.standing import FilmStanding
from fanout import exits
from fanout.__main__ import COMMANDS, perform
from fanout.endings import Refused, end
from fanout.left_out import LeftOut
from fanout.running import exit_code, last_words
from flows.showing.results import RunResult

HEAVY = {"prefect", "pandas", "numpy", "av", "sqlalchemy", "pydantic", "jinja2", "babel", "httpx", "campaign.media"}
FAULT = Fault(file="variants.csv", place="2:1", problem="wrong", cure="Mend it.", rule="csv.market", value="東京")
RESULT = RunResult(
    campaign="fresh-days",
    selected=4,
    delivered=4,
    interrupted=False,
    in_doubt=False,
    over_budget=False,
    troubles=(),
    steps=(),
    spent_usd=Decimal(0),
    run_usd=Decimal(0),
    state="Completed",
    flow_run_url="",
    gallery=None,
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"delivered": 3}, 3),
        ({"delivered": 3, "over_budget": True}, 4),
        ({"delivered": 3, "over_budget": True, "in_doubt": True}, 5),
        ({"delivered": 3, "over_budget": True, "in_doubt": True, "interrupted": True}, 130),
        ({"delivered": 4, "interrupted": True}, 130),
    ],
)
def test_a_run_is_judged_by_what_was_selected_and_the_gravest_code_wins(changes: dict[str, object], code: int) -> None:
    assert exit_code(replace(RESULT, **changes)) == code  # type: ignore[arg-type] # fields by name


def test_films_of_faulty_rows_are_gaps() -> None:
    assert exit_code(RESULT, LeftOut(faulty=a_plan().films[:1])) == exits.GAPS


def test_films_that_are_not_approved_are_gaps_but_no_graver_than_others() -> None:
    film = FilmStanding(film=a_plan().films[0], status=Status.SKIPPED, reason=Reason.NOT_APPROVED, sentence="", todo=())
    rest = LeftOut(unapproved=(film,))
    assert exit_code(RESULT, rest) == exits.GAPS
    assert exit_code(replace(RESULT, delivered=3, over_budget=True), rest) == exits.BUDGET
    assert rest.document() == {"left_out": [], "not_approved": {film.film.id: ""}}


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (InputError((FAULT,)), 2, "variants.csv:2:1: error: wrong"),
        (InputError((FAULT, FAULT)), 2, "2 errors"),
        (Refused("Not agreed to."), 2, "Not agreed to."),
        (LedgerError("the ledger is torn"), 2, "the ledger is torn"),
        (StoreError("the film is held by nobody"), 3, "the film is held by nobody"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/srv/out"),
            2,
            "/srv/out: Permission denied. Make it writable",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 3, "No space left on device. The disk is full"),
        (click.UsageError("no such option"), 2, "no such option"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (ZeroDivisionError("by zero"), 1, "ZeroDivisionError: by zero"),
        (FileNotFoundError(errno.ENOENT, "No such file", "x"), 1, "FileNotFoundError"),
    ],
)
def test_whatever_ends_a_command_is_told_to_people_and_to_scripts(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(error, as_json=True) == code
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert told in document["error"]
    assert set(document) == {"error", "faults", "refusals"}
    assert err.strip()
    assert ("fault of Fanout itself" in err) is (code == 1)


def test_faults_and_refusals_are_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = Refusal(
        rule="luma.edit.seconds",
        provider="luma",
        scope="hero",
        problem="20 s is too long",
        accepted_by=(),
        cure="Cut it.",
    )
    end(InputError((FAULT,)), as_json=True)
    end(Refused("nothing was spent", (refusal,)), as_json=True)
    faults, refusals = map(json.loads, capsys.readouterr().out.splitlines())
    assert faults["faults"][0]["value"] == "東京"
    assert refusals["refusals"][0]["rule"] == "luma.edit.seconds"


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS), ["jobs", "resolve"], ["ledger", "verify"]])
def test_every_command_has_help_that_fits_80_columns(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert perform([*command, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: fanout")
    assert not err
    assert all(len(line) <= 80 and not line.endswith("...") for line in out.splitlines()[1:])


@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["plan"],
        ["run", "--yes"],
        ["regenerate"],
        ["approve"],
        ["reject"],
        ["status"],
        ["jobs", "list"],
        ["jobs", "show", "1"],
        ["jobs", "resolve", "1", "--not-paid"],
        ["jobs", "thaw", "luma"],
        ["ledger", "export"],
        ["ledger", "verify"],
        ["report"],
        ["stills", "--frames", "0"],
        ["cancel"],
    ],
)
def test_a_folder_without_a_campaign_is_named_and_left_as_it_is(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert perform([*command, "--json"]) == exits.REFUSED
    out, err = capsys.readouterr()
    assert json.loads(out)["faults"][0]["rule"] == "toml.missing"
    assert (
        "campaign.toml: error: there is no such file. Change to the campaign's folder, or give --campaign PATH." in err
    )
    assert list(tmp_path.iterdir()) == []


def test_the_machine_can_be_looked_at_without_a_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    perform(["doctor", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    machine = {"ffmpeg", "disk", "memory", "ledger", "fonts", "prefect server"}
    assert set(checks) == machine | {"luma", "runware", "fal"}
    assert not any(checks[name]["needed"] for name in ("luma", "runware", "fal"))
    assert "give --campaign PATH" in checks["ledger"]["cure"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pln"], "Did you mean 'plan'?"),
        (["plan", "--provder", "luma"], "Did you mean '--provider'?"),
        (["run", "--max-usd", "ten"], "'ten' is not an amount of at least 0; write it like 12.50"),
        (["run", "--max-usd", "-1"], "at least 0"),
        (["stills", "--frames", "a"], "write it like 0,96"),
        (["jobs", "list", "--state", "lots"], "'lots' is not one of"),
        (["jobs", "resolve", "1"], "Say exactly one of"),
    ],
)
def test_slips_of_the_fingers_are_named_with_the_nearest(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform([*arguments, "--json"]) == exits.REFUSED
    out, err = capsys.readouterr()
    assert told in err
    assert json.loads(out)["error"] in err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["cancel", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = f"import sys\nfrom fanout.__main__ import perform\nperform({arguments!r})\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.splitlines()[-1].split())


def test_the_last_line_tells_this_run_from_the_campaign(capsys: pytest.CaptureFixture[str]) -> None:
    last_words(replace(RESULT, run_usd=Decimal("0.24"), spent_usd=Decimal("2.64")), LeftOut())
    assert "4 of 4 films delivered, 0.24 USD in this run, 2.64 USD in the campaign" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "run", "check", "status", "approve", "report"])
def test_a_provider_that_there_is_not_is_told_at_the_option(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert perform([command, "--provider", "lumma", "--json"]) == exits.REFUSED
    told = json.loads(capsys.readouterr().out)["error"]
    assert (
        "'--provider': there is no provider 'lumma'. Did you mean 'luma'? Use one of local, luma, runware, fal." in told
    )
