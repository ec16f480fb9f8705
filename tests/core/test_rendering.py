"""Rendering: strict, safe, and precise about what is wrong where."""

import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from builders import a_template

from campaign.errors import SetupError
from campaign.model.faults import Fault
from campaign.model.prompts import PromptRequest, Template
from campaign.prompts.rendering import render
from campaign.prompts.variables import used_variables

ROW = {"market": "DE", "setting": "a square", "light": "overcast"}


def written(name: str, body: str, body_line: int = 5) -> Template:
    """templates/<name>.j2 with `body` below three keys of front matter."""
    return a_template(name=name, body=body, body_line=body_line)


GOOD = written("good", "A table in {{ setting }}.")


def folder(*templates: Template) -> dict[str, Template]:
    return {template.name: template for template in (GOOD, *templates)}


def asking(template: str, values: Mapping[str, str] = ROW, line: int = 2) -> PromptRequest:
    return PromptRequest(template, tuple(values.items()), line)


def say(body: str, values: Mapping[str, str] = ROW, *others: Template) -> tuple[str | None, tuple[Fault, ...]]:
    """The text and the faults of one template body for one row."""
    prompts, faults = render([asking("t", values)], folder(written("t", body), *others))
    return prompts[0].text if prompts[0] else None, faults


def rules(faults: tuple[Fault, ...]) -> list[str]:
    return [fault.rule for fault in faults]


def test_a_prompt_is_one_paragraph_with_its_hash() -> None:
    prompts, faults = render([asking("t")], folder(written("t", "\nIn {{ setting }},\n  lit by {{ light }}.\n")))
    assert faults == ()
    assert prompts[0] is not None
    assert prompts[0].text == "In a square, lit by overcast."
    assert prompts[0].sha256 == sha256(prompts[0].text.encode()).hexdigest()


@pytest.mark.parametrize("cell", ["{{ 7*7 }}", "{% include 'good.j2' %}", "{# gone #}", "{{ market }}", "<b>&amp;</b>"])
def test_a_cell_is_never_read_as_code(cell: str) -> None:
    assert say("In {{ setting }}.", {"setting": cell}) == (f"In {cell}.", ())


def test_order_is_kept_over_templates_and_failures() -> None:
    templates = folder(written("one", "1 {{ market }}"), written("bad", "{{ market.__class__ }}"))
    asked = ["good", "one", "bad", "one", "good"]
    requests = [asking(name, {**ROW, "market": str(number)}, number) for number, name in enumerate(asked)]
    prompts, _ = render(requests, templates)
    assert [prompt and prompt.text for prompt in prompts] == [
        "A table in a square.",
        "1 1",
        None,
        "1 3",
        "A table in a square.",
    ]


def test_macros_are_shared_with_and_without_suffix() -> None:
    macros = written("_words", "{% macro place(where) %}in {{ where }}{% endmacro %}")
    for name in ("_words", "_words.j2"):
        body = f'{{% from "{name}" import place %}}Seen {{{{ place(setting) }}}}.'
        assert say(body, ROW, macros) == ("Seen in a square.", ())


def test_an_unknown_name_is_told_once_for_the_template_with_its_own_line_and_the_nearest_column() -> None:
    template = written("t", "Hello\nfrom {{ marekt }}", 7)
    prompts, faults = render([asking("t", line=line) for line in range(2, 50)], folder(template))
    assert set(prompts) == {None}
    assert [(each.file, each.place, each.rule, each.value, each.nearest) for each in faults] == [
        ("templates/t.j2", "8:9", "template.variable", "marekt", "market")
    ]


def test_columns_that_no_request_brings_still_help_spelling() -> None:
    prompts, faults = render([asking("t", {})], folder(written("t", "{{ wardobe }}")), columns=("market", "wardrobe"))
    assert prompts == [None]
    assert faults[0].nearest == "wardrobe"


def test_all_faults_of_a_template_come_at_once() -> None:
    text, faults = say("{{ setting | uper }}\n{{ ligth }} {% if market is emty %}x{% endif %}\n{% include 'god' %}")
    assert text is None
    assert [(each.place, each.rule, each.nearest) for each in faults] == [
        ("5:14", "template.filter", "upper"),
        ("6:4", "template.variable", "light"),
        ("6:29", "template.test", None),
        ("7:13", "template.missing", "good"),
    ]


@pytest.mark.parametrize(
    ("body", "place"), [("a\n{% if market %}b", "6:1"), ("{{ market ", "5:1"), ("x\ny {% fi %}", "6:3")]
)
def test_a_syntax_error_gives_the_files_own_line(body: str, place: str) -> None:
    text, faults = say(body)
    assert text is None
    assert [(each.place, each.rule) for each in faults] == [(place, "template.syntax")]


def test_a_fault_in_a_macro_lies_in_the_macros_file_whoever_imports_it() -> None:
    macros = written("_words", "{% macro place() %}\nin {{ setting }}{% endmacro %}")
    users = [written(name, '{% from "_words" import place %}{{ place() }}') for name in "ab"]
    _, faults = render([asking("a"), asking("b")], folder(macros, *users))
    assert [(each.file, each.place, each.rule) for each in faults] == [
        ("templates/_words.j2", "6:7", "template.variable")
    ]


def test_an_empty_cell_written_out_is_the_rows_fault() -> None:
    template = written("t", "In {{ setting | lower }}{{ ' at ' ~ light }}.")
    requests = [asking("t", ROW, 2), asking("t", {**ROW, "light": ""}, 3), asking("t", {**ROW, "setting": ""}, 4)]
    prompts, faults = render(requests, folder(template), sheet="shop.csv")
    assert [prompt is not None for prompt in prompts] == [True, False, False]
    assert [(each.file, each.place, each.rule) for each in faults] == [
        ("shop.csv", "3:1", "P02"),
        ("shop.csv", "4:1", "P02"),
    ]
    assert "'light'" in faults[0].problem
    assert "templates/t.j2:5:37" in faults[0].problem


@pytest.mark.parametrize(
    "body",
    [
        "Plain.{% if setting %} In {{ setting }}.{% endif %}",
        "Plain.{{ ' In ' ~ setting ~ '.' if setting else '' }}",
        "Plain.{{ setting | default('') }}",
        "Plain.{% if setting == '' %}{% endif %}",
    ],
)
def test_an_empty_cell_may_be_asked_about(body: str) -> None:
    assert say(body, {"setting": ""}) == ("Plain.", ())


@pytest.mark.parametrize(
    "body", ["{{ a + 'x' }}", "{{ 'x' + a }}", "{{ [a, 'x'] | join }}", "{{ a | upper | trim | quote }}x"]
)
def test_an_empty_cell_is_noticed_through_filters_and_sums(body: str) -> None:
    text, faults = say(body, {"a": ""})
    assert text is None
    assert rules(faults) == ["P02"]


HOSTILE = {
    "long text": ("{{ 'a' * 2000000000 }}", "template.limit"),
    "long text from a cell": ("{{ (setting | upper) * 900000000 }}", "template.limit"),
    "wide number": ("{{ '%2000000000d' % 1 }}", "template.limit"),
    "doubling": ("{% set a = 'aaaaaaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}", "template.limit"),
    "loops": (
        "{% for a in 'x' * 90000 %}{% for b in 'x' * 90000 %}{% for c in 'xxxxx' %}{% endfor %}{% endfor %}{% endfor %}",
        "template.limit",
    ),
    "powers": ("{{ 3 ** 30000000 ** 2 }}", "template.limit"),
    "include of itself": ("{% include 't.j2' %}", "template.limit"),
    "macro of itself": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "template.limit"),
    "deep nesting": ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "template.limit"),
    "class": ("{{ setting.__class__.__mro__[1].__subclasses__() }}", "template.failed"),
    "globals": ("{{ good.__init__.__globals__ }}", "template.variable"),
    "self": ("{{ self.__init__.__globals__ }}", "template.failed"),
    "format": ("{{ '{0.__class__}'.format(setting) }}", "template.failed"),
    "attr": ("{{ setting | attr('__class__') }}", "template.filter"),
    "a file": ("{% include '/etc/passwd' %}", "template.missing"),
    "a file by climbing": ("{% include '../campaign.toml' %}", "template.missing"),
    "a file from a cell": ("{% include light %}", "template.failed"),
    "missing import": ("{% from 'os' import environ %}", "template.missing"),
    "range": ("{{ range(3) }}", "template.variable"),
    "lipsum": ("{{ lipsum.__globals__ }}", "template.variable"),
}


@pytest.mark.parametrize(("body", "rule"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_fails_alone(body: str, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANOUT_CANARY", "canary-4711")
    requests = [asking("good"), asking("t"), asking("good")]
    prompts, faults = render(requests, folder(written("t", body)))
    assert [prompt and prompt.text for prompt in prompts] == ["A table in a square.", None, "A table in a square."]
    assert set(rules(faults)) == {rule}
    assert {each.file for each in faults} == {"templates/t.j2"}
    assert all(each.place.startswith("5:") for each in faults)
    assert "canary" not in repr((prompts, faults))


def test_several_bombs_are_each_named_and_the_good_ones_come_out() -> None:
    bombs = [written(f"bomb{n}", "Boom\n{{ 'a' * 2000000000 }}") for n in range(3)]
    names = ["bomb0", "good", "bomb1", "bomb2"]
    prompts, faults = render([asking(name) for name in names], folder(*bombs))
    assert [prompt is not None for prompt in prompts] == [False, True, False, False]
    assert [(each.file, each.place) for each in faults] == [(f"templates/bomb{n}.j2", "6:1") for n in range(3)]


def test_only_rows_that_fail_at_run_time_are_lost_and_the_failure_is_told_once() -> None:
    template = written("t", "{{ market }}{% if light == 'x' %}{{ market() }}{% endif %}")
    requests = [asking("t", {"market": "DE", "light": light}, line) for line, light in enumerate("axxa", start=2)]
    prompts, faults = render(requests, folder(template))
    assert [prompt is not None for prompt in prompts] == [True, False, False, True]
    assert rules(faults) == ["template.failed"]
    assert "line 3" in faults[0].problem


@pytest.mark.parametrize("body", ["{% if 0 %}x{% endif %}", " \n ", "{{ 'ab ' * 2001 }}", "{{ 'ab' * 40000 }}"])
def test_a_prompt_has_one_to_six_thousand_characters(body: str) -> None:
    text, faults = say(body)
    assert text is None
    assert rules(faults) == ["P01"]


def test_a_prompt_of_exactly_six_thousand_characters_is_taken() -> None:
    text, faults = say("\n    " * 500 + "{{ 'a' * 6000 }}")
    assert (text, faults) == ("a" * 6000, ())


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x85", "\u202e", "\u2066", "\ud800", "\U000e0041"])
def test_characters_that_hide_words_are_refused_wherever_they_come_from(sign: str) -> None:
    text, faults = say("In {{ setting }}.", {"setting": f"a{sign}b"})
    assert text is None
    assert [(each.file, each.place, each.rule) for each in faults] == [("variants.csv", "2:1", "prompt.characters")]
    assert f"U+{ord(sign):04X}" in faults[0].problem
    if sign not in "\x85\ud800":
        text, faults = say(f"In\n a{sign} {{{{ setting }}}}.")
        assert text is None
        assert [(each.file, each.place) for each in faults] == [("templates/t.j2", "6:3")]


def test_copy_of_any_script_passes_with_its_joiners_and_direction_marks() -> None:
    copy = "夏を、ひとくち جرّبه\u200f الآن 👩\u200d🚀"
    assert say("A sign reads {{ headline | quote }}.", {"headline": copy}) == (f'A sign reads "{copy}".', ())


def test_a_template_larger_than_64_kb_is_refused_and_named() -> None:
    text, faults = say("a" * 70_000)
    assert text is None
    assert [(each.file, each.rule) for each in faults] == [("templates/t.j2", "template.size")]


def test_an_unknown_template_is_the_rows_fault() -> None:
    prompts, faults = render([asking("goood", line=9)], folder())
    assert prompts == [None]
    assert (faults[0].file, faults[0].place, faults[0].nearest) == ("variants.csv", "9:1", "good")


def test_nothing_to_render_starts_nothing() -> None:
    assert render([], folder()) == ([], ())


def test_a_template_needs_what_it_and_what_it_includes_write() -> None:
    part = written("part", "{{ light }}{% set own = 1 %}{{ own }}")
    macros = written("_words", "{% macro of(wardrobe) %}{{ wardrobe }}{% endmacro %}")
    whole = written(
        "whole",
        '{% from "_words" import of %}{% include "part" %}{{ of(setting) }}{% for x in market %}{{ x }}{% endfor %}',
    )
    templates = folder(part, macros, whole)
    assert used_variables(whole, templates) == {"light", "setting", "market"}
    assert used_variables(GOOD, templates) == {"setting"}


def test_a_template_that_cannot_be_read_needs_nothing_and_the_others_are_not_disturbed() -> None:
    broken = written("broken", "{% if %}")
    bomb = written("bomb", HOSTILE["deep nesting"][0])
    templates = folder(broken, bomb)
    assert used_variables(broken, templates) == frozenset()
    assert used_variables(GOOD, templates) == {"setting"}


def test_rendering_works_from_any_folder_and_imports_nothing_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for decoy in ("jinja2.py", "campaign.py", "json.py", "sitecustomize.py"):
        (tmp_path / decoy).write_text("raise SystemExit('decoy')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert say("In {{ setting }}.") == ("In a square.", ())


def test_the_process_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, witness = tmp_path / "seen", tmp_path / "python"
    witness.write_text(f'#!/bin/sh\n/usr/bin/env > {seen}\nexec {sys.executable} "$@"\n')
    witness.chmod(0o700)
    monkeypatch.setenv("FANOUT_CANARY", "canary-4711")
    monkeypatch.setattr(sys, "executable", str(witness))
    assert say("In {{ setting }}!") == ("In a square!", ())
    names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert names <= {"PWD", "SHLVL", "_", "OLDPWD"}  # what the shell itself sets


def test_a_template_that_kills_its_process_is_named_and_the_rest_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = tmp_path / "python"
    strict.write_text(f'#!/bin/sh\nulimit -t 1\nexec {sys.executable} "$@"\n')  # kills before the template's own limit
    strict.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(strict))
    prompts, faults = render([asking("t"), asking("good")], folder(written("t", HOSTILE["loops"][0])))
    assert [prompt is not None for prompt in prompts] == [False, True]
    assert [(each.file, each.place, each.rule) for each in faults] == [("templates/t.j2", "5:1", "template.limit")]
    assert "killed" in faults[0].problem


def test_a_machine_that_cannot_start_the_process_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no python here >&2\nexit 127\n")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(SetupError, match="no python here"):
        render([asking("good")], folder())


def test_jinja_is_not_loaded_into_our_own_process() -> None:
    code = (
        "import sys; import campaign.prompts.rendering, campaign.prompts.lint, campaign.prompts.variables;"
        "raise SystemExit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_body_that_begins_elsewhere_shifts_the_lines() -> None:
    template = written("t", "\n\n{{ nobody }}", body_line=1)
    _, faults = render([asking("t")], folder(template))
    assert faults[0].place == "3:4"


def test_an_empty_cell_that_two_templates_write_is_told_once() -> None:
    templates = {"a": written("a", "{{ light }} here"), "b": written("b", "{{ light }} there")}
    requests = [PromptRequest(name, (("light", ""),), 7) for name in templates]
    _, faults = render(requests, templates)
    assert [(fault.rule, fault.place) for fault in faults] == [("P02", "7:1")]


def test_a_cell_longer_than_any_prompt_is_told_once_and_by_its_column() -> None:
    templates = {"a": written("a", "{{ light }} here"), "b": written("b", "{{ light }} there")}
    requests = [PromptRequest(name, (("light", "x" * 7000),), 7) for name in templates]
    _, (fault,) = render(requests, templates)
    assert fault.place == "7:1"
    assert "column 'light': the cell has 7000 characters" in fault.problem


def test_unicode_line_ends_become_blanks_and_do_not_shift_places() -> None:
    template = written("a", "one\u2028two {{ light }}\nthree {{ nope }}")
    _, (fault,) = render([PromptRequest("a", (("light", "sun"),), 2)], {"a": template})
    assert fault.place.endswith(f"{template.body_line + 1}:10")
    (prompt,), _ = render([PromptRequest("a", (("light", "sun"),), 2)], {"a": written("a", "a\u2028b {{ light }}")})
    assert prompt is not None
    assert prompt.text == "a b sun"


def test_faults_of_cells_lie_where_the_sheet_says() -> None:
    templates = folder(written("t", "{{ light }} here"))
    _, faults = render([asking("t", {"light": ""}, 7)], templates, places=lambda line, column: f"{line}:{column}")
    assert [fault.place for fault in faults] == ["7:light"]
