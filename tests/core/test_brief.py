"""The whole brief: every fault of every file at once, and nothing that raises."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from campaign.intake.brief import read_brief
from campaign.model.campaign import Brief
from campaign.model.faults import Fault, Level
from campaign.model.outcomes import Reason

TODAY = date(2026, 11, 20)
Edit = Callable[[str, str, str], None]


@pytest.fixture
def edit(root: Path) -> Edit:
    def change(name: str, old: str, new: str) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new), encoding="utf-8")

    return change


def faults_of(root: Path, **options: bool) -> tuple[Fault, ...]:
    return read_brief(root / "campaign.toml", today=TODAY, **options)[1]


def places(faults: tuple[Fault, ...]) -> set[str]:
    return {f"{fault.file}:{fault.place}" for fault in faults}


def sound(root: Path, **options: bool) -> Brief:
    brief, faults = read_brief(root / "campaign.toml", today=TODAY, **options)
    assert brief is not None, [str(fault) for fault in faults]
    return brief


def test_a_sound_campaign_is_read_whole_and_without_a_word(root: Path) -> None:
    assert faults_of(root) == ()
    brief = sound(root)
    assert [variant.market for variant in brief.variants] == ["DE", "FR"]
    assert set(brief.templates) == {"season", "reframe"}
    assert brief.looks.season["winter"]["particles"] == "snow"
    assert len(brief.sheet_sha256) == 64
    assert brief.today == TODAY
    assert brief.catalogue.providers


def test_everything_absent_is_named_in_one_go(root: Path) -> None:
    shutil.rmtree(root / "media")
    shutil.rmtree(root / "templates")
    (root / "variants.csv").unlink()
    faults = faults_of(root)
    assert [fault.rule for fault in faults] == ["inputs.master", "inputs.variants", "inputs.templates"]
    assert "fanout sample" in faults[0].cure


def test_faults_of_all_files_come_at_once(root: Path, edit: Edit) -> None:
    (root / "media" / "master.mov").unlink()
    edit("campaign.toml", "ratios", "ratio")
    edit("templates/season.j2", "flex_1", "flex_9")
    edit("templates/looks.toml", "snow", "sonw")
    edit("variants.csv", "FR,", "XQ,")
    brief, faults = read_brief(root / "campaign.toml", today=TODAY)
    assert brief is None
    assert {
        "campaign.toml:output.ratio",
        "campaign.toml:inputs.master",
        "templates/season.j2:3:1",
        "templates/looks.toml:season.winter.particles",
    } <= places(faults)
    assert any(fault.file == "variants.csv" and fault.place.startswith("3:") for fault in faults)


def test_bad_rows_can_be_skipped_and_are_still_listed(root: Path, edit: Edit) -> None:
    edit("variants.csv", "FR,", "XQ,")
    assert read_brief(root / "campaign.toml", today=TODAY)[0] is None
    brief = sound(root, skip_bad=True)
    assert [variant.skip for variant in brief.variants] == [None, Reason.BAD_ROW]
    assert any(fault.level is Level.ERROR for fault in faults_of(root, skip_bad=True))


def test_a_bad_header_is_not_skipped_with_the_rows(root: Path, edit: Edit) -> None:
    edit("variants.csv", "market,", "markt,")
    assert read_brief(root / "campaign.toml", today=TODAY, skip_bad=True)[0] is None


def test_without_templates_rows_are_not_blamed(root: Path, edit: Edit) -> None:
    edit("variants.csv", "setting\n", "setting,template\n")
    edit("variants.csv", "square\n", "square,season\n")
    edit("variants.csv", "noon\n", "noon,season\n")
    assert faults_of(root) == ()
    shutil.rmtree(root / "templates")
    assert [fault.rule for fault in faults_of(root)] == ["inputs.templates"]


def test_an_unknown_template_is_named_with_the_nearest_wherever_it_is_asked_for(root: Path, edit: Edit) -> None:
    edit("campaign.toml", '"season"', '"seson"')
    edit(
        "campaign.toml",
        "[modify]",
        '[[shots]]\nstart = 0\nend = 9\ntemplate = "saeson"\n[reframe]\ntemplate = "refarme"\n[modify]',
    )
    edit("variants.csv", "setting\n", "setting,template\n")
    edit("variants.csv", "square\n", "square,seasons\n")
    edit("variants.csv", "noon\n", "noon,\n")
    faults = faults_of(root)
    assert [(fault.nearest, fault.level) for fault in faults] == [
        ("reframe", Level.ERROR),
        ("season", Level.ERROR),
        ("season", Level.ERROR),
        ("season", Level.ERROR),
    ]


def test_a_template_is_used_for_what_it_is_for(root: Path, edit: Edit) -> None:
    edit("campaign.toml", '"season"', '"reframe"')
    edit("campaign.toml", "[modify]", '[reframe]\ntemplate = "season"\n[modify]')
    assert [fault.rule for fault in faults_of(root)] == ["reframe.template", "modify.template"]


def test_a_template_with_faults_is_not_called_unknown_too(root: Path, edit: Edit) -> None:
    edit("templates/season.j2", "flex_1", "flex_9")
    assert [fault.rule for fault in faults_of(root)] == ["template.strength"]


def test_rows_without_any_template_are_counted_in_one_fault(root: Path, edit: Edit) -> None:
    edit("campaign.toml", '[modify]\ntemplate = "season"\n', "")
    (fault,) = faults_of(root)
    assert (fault.place, fault.rule) == ("modify.template", "modify.template")
    assert "2 rows" in fault.problem


def test_shots_that_all_have_templates_need_none_from_the_campaign(root: Path, edit: Edit) -> None:
    shots = '[[shots]]\nstart = 0\nend = 9\ntemplate = "season"\n[[shots]]\nstart = 9\nend = 12\nmodify = false\n'
    edit("campaign.toml", '[modify]\ntemplate = "season"\n', shots)
    assert faults_of(root) == ()


def test_a_schedule_for_a_market_without_rows_is_a_warning(root: Path, edit: Edit) -> None:
    schedule = '[[schedule]]\nmarket = "JP"\ncron = "0 6 * * 1-5"\ntimezone = "Europe/Berlin"\n'
    (root / "campaign.toml").write_text((root / "campaign.toml").read_text() + schedule)
    places = {fault.place: fault.level for fault in faults_of(root)}
    assert places == {"schedule[0].market": Level.WARNING}
    assert sound(root)


def test_keys_that_nothing_reads_yet_are_admitted(root: Path, edit: Edit) -> None:
    (root / "fonts").mkdir()
    edit("campaign.toml", "[inputs]", '[approval]\ndraft_first = true\nwait_hours = 48\n[inputs]\nfonts = "fonts"')
    assert [(fault.place, fault.level) for fault in faults_of(root)] == [("inputs.fonts", Level.WARNING)]
    assert sound(root).campaign.draft_first
    assert sound(root).campaign.wait_hours == 48.0


def test_keyframes_are_found_and_hashed(root: Path, edit: Edit) -> None:
    edit("templates/season.j2", "strength", "keyframes: 0=stills/a.png\nstrength")
    (fault,) = faults_of(root)
    assert (fault.file, fault.value) == ("templates/season.j2", "stills/a.png")
    (root / "stills").mkdir()
    (root / "stills" / "a.png").write_bytes(b"one")
    one = sound(root).templates["season"].keyframes[0]
    (root / "stills" / "a.png").write_bytes(b"two")
    two = sound(root).templates["season"].keyframes[0]
    assert Path(one.path) == root / "stills" / "a.png"
    assert one.sha256 != two.sha256
    assert replace(one, sha256="") == replace(two, sha256="")


def test_keyframes_do_not_leave_the_campaign(root: Path, edit: Edit) -> None:
    edit("templates/season.j2", "strength", "keyframes: 0=../secret.png\nstrength")
    (root.parent / "secret.png").write_bytes(b"x")
    assert "out of the campaign" in faults_of(root)[0].problem


def test_an_unreadable_campaign_file_is_the_only_fault(root: Path) -> None:
    (root / "campaign.toml").write_text("ratios = [9:16]\n")
    brief, faults = read_brief(root / "campaign.toml")
    assert brief is None
    assert [fault.rule for fault in faults] == ["toml.syntax"]


def test_today_is_the_day_in_the_campaigns_time_zone(root: Path, edit: Edit) -> None:
    brief, _ = read_brief(root / "campaign.toml")
    assert brief is not None
    assert abs((brief.today - date.today()).days) <= 1


def test_reading_the_brief_imports_no_engine_and_no_prefect() -> None:
    code = "import sys, campaign.intake.brief; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"prefect", "av", "jinja2", "httpx", "sqlalchemy", "rich"} & set(loaded)
