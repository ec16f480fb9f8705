"""Front matter and looks.toml: read into nouns, faults placed in the file."""

from pathlib import Path

import pytest

from campaign.intake.looks import read_looks
from campaign.intake.templates import read_templates, template_names
from campaign.model.controls import Controls
from campaign.model.faults import Fault, Level
from campaign.model.prompts import Keyframe, Template

WHOLE = """---
# a comment
operation: modify
kind: product_swap
hold_motion: 7
hold_structure: 8
faces: true
pose: precise
keyframes: 0=hero.png | 96=beat.png
hdr: true
exr: true
---
A jar on a table.
Same hands.
"""


def folder_with(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.j2").write_text(text, encoding="utf-8")
    return folder


def read_one(text: str, tmp_path: Path, name: str = "winter") -> Template:
    templates, faults = read_templates(folder_with(tmp_path, **{name: text}))
    assert faults == ()
    return templates[name]


def faults_of(matter: str, tmp_path: Path) -> tuple[Fault, ...]:
    return read_templates(folder_with(tmp_path, winter=f"---\n{matter}\n---\nText.\n"))[1]


def test_front_matter_becomes_controls_and_the_body_stays_as_it_is(tmp_path: Path) -> None:
    template = read_one(WHOLE, tmp_path)
    assert template == Template(
        name="winter",
        file="templates/winter.j2",
        body="A jar on a table.\nSame hands.\n",
        body_line=13,
        operation="modify",
        kind="product_swap",
        controls=Controls(hold_motion=7, hold_structure=8, faces=True, pose="precise"),
        keyframes=(Keyframe(frame=0, path="hero.png"), Keyframe(frame=96, path="beat.png")),
        hdr=True,
        exr=True,
    )


@pytest.mark.parametrize("text", ["Snow.\n", "---\n---\nSnow.\n", "---\r\n---\r\nSnow.\r\n", "\ufeff---\n---\nSnow.\n"])
def test_front_matter_may_be_left_out_or_empty(text: str, tmp_path: Path) -> None:
    template = read_one(text, tmp_path)
    assert template.body == "Snow.\n"
    assert (template.operation, template.kind) == ("modify", "global_campaign")


def test_a_template_named_after_a_transformation_is_of_that_kind(tmp_path: Path) -> None:
    assert read_one("Text.\n", tmp_path, "relighting").kind == "relighting"
    reframe = read_one("Text.\n", tmp_path, "reframe")
    assert (reframe.operation, reframe.kind) == ("reframe", "reframe")


def test_words_that_yaml_takes_for_booleans_mean_what_they_say(tmp_path: Path) -> None:
    template = read_one("---\npose: off\nhold_motion: off\nfaces: no\n---\nText.\n", tmp_path)
    assert template.controls == Controls(pose="off", hold_motion=0, faces=False)


def test_keyframes_may_be_a_list(tmp_path: Path) -> None:
    template = read_one('---\nkeyframes: ["96=b.png", "0=a.jpg"]\n---\nText.\n', tmp_path)
    assert [keyframe.frame for keyframe in template.keyframes] == [0, 96]


@pytest.mark.parametrize(
    ("matter", "place", "word"),
    [
        ("operation: modify\nstrenght: flex_1", "3:1", "no such key"),
        ("strength: flex_4", "2:1", "known words"),
        ("kind: relihgting", "2:1", "known words"),
        ("operation: reframe\nkind: relighting", "3:1", "contradict"),
        ("strength: flex_1\nauto: true", "2:1", "cannot be combined"),
        ("exr: true", "2:1", "needs hdr"),
        ("hold_motion: 10", "2:1", "too large"),
        ('hold_motion: "7"', "2:1", "whole number"),
        ("faces: 1", "2:1", "neither true nor false"),
        ("operation: reframe\nhdr: true", "3:1", "means nothing"),
        ("operation: reframe\nhold_motion: 3", "3:1", "means nothing"),
        ("faces: true\nfaces: false", "3:1", "twice"),
        ("keyframes: 0", "2:1", "list of keyframes"),
        ("keyframes: x.png", "2:1", "not a keyframe"),
        ("keyframes: 0=a.png|0=b.png", "2:1", "twice"),
        ("keyframes: 0=a.svg", "2:1", "not a picture"),
        ("a: &x 1\nb: *x", "2:4", "anchors"),
        ("kind: [", "2:8", "not YAML"),
        ("just words", "2:1", "not a list of keys"),
        ("kind: 2026-99-99", "1:1", "cannot be read"),
        ("!!python/object/apply:os.system ['true']", "2:1", ""),
    ],
)
def test_each_fault_has_its_line_and_column(matter: str, place: str, word: str, tmp_path: Path) -> None:
    fault = faults_of(matter, tmp_path)[0]
    assert (fault.file, fault.place) == ("templates/winter.j2", place)
    assert word in fault.problem


def test_a_misspelt_key_names_the_right_one(tmp_path: Path) -> None:
    assert faults_of("hold_structur: 3", tmp_path)[0].nearest == "hold_structure"


def test_deep_nesting_is_a_fault_and_nothing_worse(tmp_path: Path) -> None:
    assert faults_of("kind: " + "[" * 3000, tmp_path)


def test_all_faults_of_all_templates_are_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, one="---\nkind: x\nfoo: 1\n---\n", two="---\nfaces: maybe\n")
    templates, faults = read_templates(folder)
    assert templates == {}
    assert [(fault.file, fault.rule) for fault in faults] == [
        ("templates/one.j2", "template.kind"),
        ("templates/one.j2", "template.unknown"),
        ("templates/one.j2", "template.body"),
        ("templates/two.j2", "template.front_matter"),
    ]


def test_files_that_are_no_templates_are_left_alone_and_near_misses_mentioned(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, winter="Snow.\n")
    for name in (".DS_Store", "winter.j2~", "looks.toml", "README.md", "summer.jinja2"):
        (folder / name).write_bytes(b"\xff")
    templates, faults = read_templates(folder)
    assert list(templates) == ["winter"]
    assert [(fault.file, fault.level) for fault in faults] == [("templates/summer.jinja2", Level.WARNING)]


def test_a_template_is_small_utf8_and_lies_in_the_folder(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, big="x" * (64 * 1024 + 1))
    (folder / "latin.j2").write_bytes(b"ok\nf\xfcr")
    (tmp_path / "outside.j2").write_text("secret")
    (folder / "link.j2").symlink_to(tmp_path / "outside.j2")
    (folder / "two words.j2").write_text("text")
    templates, faults = read_templates(folder)
    assert templates == {}
    assert [(fault.rule, fault.place) for fault in faults] == [
        ("template.size", ""),
        ("template.encoding", "2:2"),
        ("template.link", ""),
        ("template.name", ""),
    ]


def test_rows_may_ask_for_faulty_templates_but_not_for_macros(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, good="x", bad="---\n", _macros="{% macro a() %}x{% endmacro %}")
    assert template_names(folder) == {"good", "bad"}
    assert "_macros" in read_templates(folder)[0]


def looks(text: str, tmp_path: Path) -> tuple[object, tuple[Fault, ...]]:
    (tmp_path / "looks.toml").write_text(text, encoding="utf-8")
    return read_looks(tmp_path)


def test_no_looks_file_is_an_empty_book(tmp_path: Path) -> None:
    book, faults = read_looks(tmp_path)
    assert (book.season, book.market, book.light, faults) == ({}, {}, {}, ())


def test_looks_are_read_as_numbers_under_lower_case_names(tmp_path: Path) -> None:
    (tmp_path / "looks.toml").write_text(
        '[season.Winter]\nexposure = 1\nshadows = [0, -0.1, 0.2]\nparticles = "snow"\n[market.DE]\n[light."low sun"]\n'
    )
    book, faults = read_looks(tmp_path)
    assert faults == ()
    assert book.season == {"winter": {"exposure": 1.0, "shadows": (0.0, -0.1, 0.2), "particles": "snow"}}
    assert book.market == {"de": {}}
    assert list(book.light) == ["low sun"]


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        ("[seasons.winter]\n", "seasons", "season"),
        ("[season.winter]\nexposur = 1\n", "season.winter.exposur", "exposure"),
        ("[season.winter]\nexposure = 3\n", "season.winter.exposure", None),
        ("[season.winter]\ncontrast = true\n", "season.winter.contrast", None),
        ("[season.winter]\nglow = nan\n", "season.winter.glow", None),
        ("[season.winter]\nshadows = [0.1, 0.1]\n", "season.winter.shadows", None),
        ("[season.winter]\nhighlights = [0.1, 0.1, 3]\n", "season.winter.highlights", None),
        ('[season.winter]\nparticles = "snwo"\n', "season.winter.particles", "snow"),
        ("[season]\nwinter = 1\n", "season.winter", None),
        ("season = 1\n", "season", None),
        ("[market.DE]\n[market.de]\n", "market.de", None),
        ("[season.winter]\nexposure = 1,5\n", "2:13", None),
    ],
)
def test_each_fault_of_a_look_has_its_key(text: str, place: str, near: str | None, tmp_path: Path) -> None:
    fault = looks(text, tmp_path)[1][0]
    assert (fault.place, fault.nearest) == (place, near)
    assert fault.file == f"{tmp_path.name}/looks.toml"
