"""`fanout check` and `fanout plan` on a master that had to be mended: the report, for people and for scripts."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from footage import a_film, ffmpeg

from fanout.__main__ import perform
from fanout.exits import DONE, REFUSED

HEADER = "market,locale,season,demographic,setting,light\n"
ROW = "DE,de-DE,winter,families,a snowy square,soft daylight\n"
MODIFY = "---\noperation: modify\n---\n{{ setting }}, lit by {{ light }}. Same identity and framing as the source.\n"
REFRAME = "---\noperation: reframe\n---\nMore of the same place continues {{ setting }}. Same picture as the source.\n"
TOML = """schema = 1
campaign = { name = "fresh-days", brand = "acme", timezone = "Europe/Berlin" }
[inputs]
master = "master.wmv"
[output]
ratios = ["16:9"]
[modify]
template = "look"
"""


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign whose master is a WMV of 50 frames."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "campaign.toml").write_text(TOML)
    (tmp_path / "variants.csv").write_text(HEADER + ROW)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "look.j2").write_text(MODIFY)
    (tmp_path / "templates" / "reframe.j2").write_text(REFRAME)
    plain = a_film(tmp_path / "plain.mov", frames=50, rate=Fraction(25))
    ffmpeg("-i", plain, "-c:v", "wmv2", "-qscale:v", "2", "-c:a", "wmav2", tmp_path / "master.wmv")
    return tmp_path


def test_check_reports_the_master_and_what_was_mended(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert perform(["check"]) == DONE
    said = capsys.readouterr().err
    assert "Windows Media (ASF)" in said and "mended" in said and "25 fps (25), constant" in said
    assert perform(["check", "--json"]) == DONE
    document = json.loads(capsys.readouterr().out)
    assert document["refusals"] == [] and "faults" in document
    master = document["master"]
    facts = {fact["name"]: fact for fact in master["facts"]}
    assert (master["path"], master["mezzanine"]) == (str(campaign / "master.wmv"), "mezzanine/1")
    assert Path(master["used"]).parent == campaign / ".fanout" / "masters"
    assert (facts["frames"]["value"], facts["container"]["verdict"]) == ("50", "mended")
    assert {limit["provider"] for limit in master["limits"]} >= {"luma", "runware", "fal"}


def test_the_plan_tells_it_too_and_names_the_file_of_the_campaign(
    campaign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform(["plan", "--json"]) == DONE
    document = json.loads(capsys.readouterr().out)
    assert document["master"]["path"] == str(campaign / "master.wmv")
    assert document["master"]["mended"] == document["master_report"]["mended"] != []
    assert perform(["plan"]) == DONE
    assert "master mended: Taken out of Windows Media" in capsys.readouterr().err


def test_a_master_that_is_none_is_refused_without_a_report(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (campaign / "master.wmv").write_text("#EXTM3U\n/etc/passwd\n")
    assert perform(["check", "--json"]) == REFUSED
    document = json.loads(capsys.readouterr().out)
    assert document["master"] is None
    assert ["HLS playlist" in fault["problem"] for fault in document["faults"]] == [True]
