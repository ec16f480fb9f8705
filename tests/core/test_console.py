"""How the command line speaks, whoever listens."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from campaign.model.orders import Progress
from fanout.console import say, say_table
from fanout.running import _Bar
from flows.hosting.connecting import quiet

LONG = "/a/very/long/way/to/the/gallery/" + "folder/" * 20 + "index.html"


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """The stderr of a terminal that was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Sits the test down at a terminal of 80 columns; called in the test's body, since pytest sets stderr before it."""

    def sit() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    return sit


def test_a_path_can_be_copied_whole_from_a_narrow_terminal(seat: Callable[[], Terminal]) -> None:
    terminal = seat()
    say("gallery  ", plain=LONG)
    assert LONG in terminal.getvalue()


def test_what_the_core_warns_of_is_said_while_a_run_goes_on_and_prefect_is_quiet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    core = logging.getLogger("campaign.buying.counter")
    with _Bar(), quiet():
        core.warning("%s: %s", "luma", "HTTP 503 [busy]")
        core.info("not this")
    assert capsys.readouterr().err == "luma: HTTP 503 [busy]\n"
    assert not [each for each in logging.getLogger("campaign").handlers if type(each).__name__ == "_Warned"]


def test_a_line_without_a_terminal_says_what_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    with _Bar() as bar:
        bar.show(
            Progress(
                films=2, delivered=0, failed=0, jobs_total=2, jobs_done=0, jobs_running=1, spent_usd=Decimal(0),
                reserved_usd=Decimal(0), elapsed_s=30.0, seconds_left=None, note="waiting for modify of hero for 30 s",
            )
        )  # fmt: skip
    assert capsys.readouterr().err.endswith(" · 0:30 · waiting for modify of hero for 30 s\n")


def test_an_address_above_the_bar_can_be_copied_whole(seat: Callable[[], Terminal]) -> None:
    terminal = seat()
    with _Bar() as bar:
        bar.say(f"this run: {LONG}")
    assert LONG in terminal.getvalue()


def test_no_color_is_respected(seat: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = seat()
    say("[red]wrong[/red]")
    assert "\x1b[31m" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    say("[red]right[/red]")
    assert "\x1b[31mright" not in terminal.getvalue()


def test_what_comes_from_outside_cannot_steer_the_terminal(seat: Callable[[], Terminal]) -> None:
    terminal = seat()
    say("", plain="a\x1b]0;title\x07 [red]b[/red]\x9b2J")
    say_table("t", ["column"], [["\x1b[2Jcell"]])
    assert "\x1b]" not in terminal.getvalue()
    assert "\x9b" not in terminal.getvalue()
    assert "\x1b[2J" not in terminal.getvalue()
    assert "[red]b[/red]" in terminal.getvalue()


def test_a_terminal_that_is_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Gone())
    say("still here")
    with _Bar() as bar:
        bar.say("a sentence")
        bar.show(a_progress())


def a_progress(**changes: object) -> Progress:
    base: dict[str, object] = {
        "films": 12,
        "delivered": 3,
        "failed": 1,
        "jobs_total": 96,
        "jobs_done": 40,
        "jobs_running": 4,
        "spent_usd": 0,
        "reserved_usd": 0,
        "elapsed_s": 65.0,
        "seconds_left": 30.0,
    }
    return Progress(**{**base, **changes})  # type: ignore[arg-type] # fields by name


def test_without_a_terminal_progress_is_a_plain_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with _Bar() as bar:
        for second in (0.0, 1.0, 29.0, 31.0):
            bar.show(a_progress(elapsed_s=second))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "3/12 films, 1 failed · 40/96 jobs, 4 running · $0.00 · 0:00, about 0:30 left",
        "3/12 films, 1 failed · 40/96 jobs, 4 running · $0.00 · 0:31, about 0:30 left",
    ]


@pytest.mark.parametrize("changes", [{}, {"films": 12000, "delivered": 11000, "jobs_total": 60000, "jobs_done": 59000}])
def test_the_bar_stays_on_one_line_of_80_columns(seat: Callable[[], Terminal], changes: dict[str, object]) -> None:
    terminal = seat()
    with _Bar() as bar:
        bar.show(a_progress(**changes))
        bar._progress.refresh()
    assert "films" in terminal.getvalue()
    assert "\x1b[1A" not in terminal.getvalue().removesuffix("\x1b[1A\x1b[2K")


def test_a_locale_of_ascii_only_bears_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "東京"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = ["check", "--json", "--campaign", str(folder / "campaign.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "fanout", *arguments], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 2
    assert json.loads(done.stdout.decode("utf-8"))["faults"][0]["file"] == str(folder / "campaign.toml")
    assert "東京" in done.stderr.decode("utf-8")


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text("", encoding="utf-8")
    done = subprocess.run(
        f"{sys.executable} -m fanout plan --json | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "2"
    assert "BrokenPipe" not in done.stderr
    assert "Traceback" not in done.stderr
