"""Lint: each rule finds its words, keeps quiet about good ones, and says where they came from."""

import pytest
from builders import a_template

from campaign.model.faults import Level
from campaign.model.prompts import Keyframe, Prompt, PromptRequest
from campaign.prompts.lint import lint, lint_rows
from campaign.prompts.rendering import render

SCENE = (
    "A stone quay by the river with pink blossom and pale bridges, lit by low sun, "
    'a small sign in the background reads "FRESH". '
)
CUE = "Same identity, pose and framing as the source."
MODIFY = a_template(name="t", body="{{ setting }}")
REFRAME = a_template(name="t", body="{{ setting }}", operation="reframe", kind="reframe")


def found(text: str, template: object = MODIFY, **origin: object) -> list[str]:
    """The ids of the rules that object to a text."""
    return [fault.rule for fault in lint(Prompt("t", text, ""), template, 7, **origin)]


def test_a_good_prompt_passes_without_a_word() -> None:
    assert found(SCENE + CUE) == []
    assert found("Above the old frame lies more of the quay, same light, lens and texture.", REFRAME) == []


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("A sign for {market}.", "P02"),
        ("In hand [subject], lit from above.", "P02"),
        ("A sign for {{ market }}.", "P02"),
        ("A sign for {{ 7*7 }}.", "P02"),
        ("Make the coat red.", "P03"),
        ("Wide view; turn the street white.", "P03"),
        ("A wide view, and replace the cup.", "P03"),
        ("A street without cars.", "P04"),
        ("A street free of cars.", "P04"),
        ("He doesn’t smile.", "P04"),
        ("Snow falls throughout.", "P05"),
        ("Leaves glow as she walks.", "P05"),
        ("The sky gradually reddens.", "P05"),
        ("A dreamy mood.", "P06"),
        ("A Hyper-Realistic can.", "P06"),
        ("The old cars are removed.", "P10"),
        ("Get rid of cars.", "P10"),
        ("The coat becomes silk.", "P11"),
        ("A more festive mood.", "P11"),
        ("Tea instead of coffee.", "P11"),
        ('A banner reads "A very long line of campaign copy".', "P12"),
        ("A banner reads FRESH above.", "P12"),
        ("The logo is on the can.", "P12"),
        ("夏の川", "P13"),
        ("Ein Platz mit Schnee und Buden für die Familien auf dem Markt.", "P13"),
        ("Two kids on a bench.", "P16"),
        ("A glass of whisky.", "P16"),
        ("An elderly couple on a bench.", "P17"),
        ("A 30-year-old woman.", "P17"),
        ("A young Japanese man.", "P17"),
        ("For a gen-z audience.", "P17"),
    ],
)
def test_each_rule_finds_its_words(words: str, rule: str) -> None:
    assert set(found(f"{SCENE}{words} {CUE}")) == {rule}


@pytest.mark.parametrize(
    "words",
    [
        'A sign reads "NO SUGAR".',
        'A sign reads "夏を、ひとくち".',
        "A sign reads „Sommer im Glas“.",
        "A sign reads «Fraîcheur».",
        "Café chairs of papier-mâché at Düsseldorf.",
        "Notes of lemon; a knot of rope; another table.",
        "An iced turn-table, the exchange office.",
        "White linen shirts, black bicycles.",
        "A family-run kiosk by old stone walls.",
    ],
)
def test_words_that_only_look_alike_pass(words: str) -> None:
    assert found(f"{SCENE}{words} {CUE}") == []


def test_length_is_judged_in_words_by_operation() -> None:
    assert found(f"A quay. {CUE}") == ["P07"]
    assert found("A quay.", REFRAME) == ["P07"]
    assert found(SCENE * 10 + CUE) == ["P07"]
    assert "P01" in found("")
    assert "P01" in found(CUE + "a" * 6000)


def test_an_edit_must_end_by_saying_what_stays() -> None:
    assert found(SCENE) == ["P08"]
    assert found(f"{CUE} {SCENE}{SCENE}{SCENE}") == ["P08"]
    assert found(f"{SCENE}Identity and pose unchanged.") == []


@pytest.mark.parametrize(
    ("kind", "kept", "rules"),
    [
        ("relighting", "pose and lighting", ["P09"]),
        ("relighting", "pose and geometry", []),
        ("environment_change", "pose and background", ["P09"]),
        ("product_swap", "hands and product", ["P09"]),
        ("product_swap", "hands, environment and lighting", []),
        ("global_campaign", "identity, product and lighting", []),
        ("camera_motion_transfer", "camera path and place", ["P09"]),
    ],
)
def test_a_cue_may_not_keep_what_its_kind_changes(kind: str, kept: str, rules: list[str]) -> None:
    template = a_template(name="t", body="{{ setting }}", kind=kind)
    assert found(f"{SCENE}The product in the same grip. Same {kept} as the source.", template) == rules


def test_only_placeholders_length_and_a_contradicting_cue_are_errors() -> None:
    text = f"Make it dreamy, no logo, throughout, {{market}} [x] {{{{ 7*7 }}}} 夏の川 kids removed. {SCENE}"
    levels = {fault.rule: fault.level for fault in lint(Prompt("t", text, ""), MODIFY, 2) if fault.value != "{{ 7*7 }}"}
    assert {rule for rule, level in levels.items() if level is Level.ERROR} == {"P02"}
    assert len(levels) > 7


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("painted in watercolour", "P14"),
        ("all lit by neon", "P14"),
        ("the camera pans over it", "P15"),
        ("she is pouring lemonade there", "P15"),
    ],
)
def test_a_reframe_only_says_what_continues(words: str, rule: str) -> None:
    text = f"Above the old frame more of the quay, {words}, same light, camera and style."
    assert found(text, REFRAME) == [rule]
    assert rule not in found(f"{SCENE}{words}. {CUE}")


def test_rules_of_edits_do_not_hold_for_reframes() -> None:
    assert found("Above the old frame lies more of the river; add the far bank.", REFRAME) == []


def test_a_keyframe_makes_a_label_possible() -> None:
    template = a_template(name="t", body="x", keyframes=(Keyframe(frame=0, path="hero.png"),))
    assert found(f"{SCENE}The label faces front. {CUE}", template) == []


def test_words_from_a_cell_are_the_rows_and_name_the_column() -> None:
    (fault,) = lint(
        Prompt("t", f"{SCENE}A dreamy quay. {CUE}", ""),
        MODIFY,
        7,
        values=(("light", "low sun"), ("setting", "A Dreamy quay")),
        sheet="shop.csv",
    )
    assert (fault.file, fault.place, fault.rule, fault.value) == ("shop.csv", "7:1", "P06", "dreamy")
    assert "'setting'" in fault.problem


def test_words_from_a_template_lie_in_the_template_once_for_all_rows() -> None:
    template = a_template(name="t", body=f"\n{SCENE}\nA dreamy {{{{ setting }}}}. {CUE}", body_line=5)
    requests = [PromptRequest("t", (("setting", place),), line) for line, place in enumerate(("quay", "hill"), 2)]
    prompts, _ = render(requests, {"t": template})
    (fault,) = lint_rows(requests, prompts, {"t": template})
    assert (fault.file, fault.place, fault.rule) == ("templates/t.j2", "7:3", "P06")


def test_without_values_words_are_the_templates_when_its_body_holds_them() -> None:
    prompt = Prompt("t", f"{SCENE}A dreamy, stunning quay. {CUE}", "")
    (fault,) = lint(prompt, a_template(name="t", body="A dreamy, {{ x }}"), 7)
    assert fault.file == "templates/t.j2"
    (fault,) = lint(prompt, MODIFY, 7)
    assert (fault.file, fault.place) == ("variants.csv", "7:1")


def test_rows_that_differ_in_more_than_their_cells_are_noted() -> None:
    template = a_template(
        name="t", body=f"{SCENE}{{% if market == 'DE' %}}Snow lies here.{{% endif %}} In {{{{ setting }}}}. {CUE}"
    )
    rows = [("DE", "a hill"), ("FR", "a lane"), ("JP", "a park")]
    requests = [PromptRequest("t", (("market", m), ("setting", s)), line) for line, (m, s) in enumerate(rows, 2)]
    prompts, _ = render(requests, {"t": template})
    (fault,) = lint_rows(requests, prompts, {"t": template})
    assert (fault.rule, fault.level) == ("P18", Level.INFO)
    assert lint_rows(requests[1:], prompts[1:], {"t": template}) == ()


def test_a_prompt_full_of_opening_marks_is_read_in_no_time() -> None:
    for mark in ("{", "{{", "[a", "„", "“", "«", "{a "):
        found((mark * 6000)[:6000])
