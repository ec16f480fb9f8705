"""The prompt pages: what is said to the model, what changed, and text that stays text."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import a_variant, an_edit
from markdown_it import MarkdownIt
from markdown_it.token import Token
from plans import a_brief, a_campaign, a_plan

from campaign.delivery.prompt_pages import prompt_texts, write_prompt_pages
from campaign.model.plan import Plan
from campaign.model.prompts import Prompt
from campaign.model.ratios import AspectRatio
from campaign.model.variants import Variant
from campaign.planning.expand import expand

FRANCE = a_variant(key="fr", market="FR", line=3, values=(("setting", "a quay"), ("light", "haze")))
HOSTILE = (
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "# heading\n\n* * *\n- list\n> quote\n```\ncode",
    "a\r\n\r\n<img src=x onerror=alert(1)>",
    "</code></pre><b>",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "https://evil.example autolink <https://evil.example>",
    "[ref]: https://evil.example\n\n[ref]",
    "&lt;b&gt; **bold** _em_ `code` ~~x~~ \\",
    "\x00\x1b[2J\u202e\u2028\x85\x0b\x0c next",
)


def a_plan_in(
    root: Path, *variants: Variant, texts: Callable[[str], str] = str, shots: int = 2, **changes: Any
) -> Plan:
    """A plan in which each prompt says what `texts` makes of its template's and setting's name."""
    campaign = a_campaign(root=root, ratios=(AspectRatio("16:9"), AspectRatio("9:16")), name_rule="{variant}_{ratio}")
    brief, master = a_brief(*variants, campaign=campaign), an_edit(shots=shots, **changes)
    script = expand(brief, master, campaign.provider, {name: frozenset({"setting"}) for name in brief.templates})
    spoken = [f"{request.template} {dict(request.values).get('setting', '')}" for request in script.requests]
    prompts = [
        Prompt(request.template, texts(text), hashlib.sha256(texts(text).encode()).hexdigest())
        for request, text in zip(script.requests, spoken, strict=True)
    ]
    return a_plan(brief, master, uses={name: frozenset({"setting"}) for name in brief.templates}, prompts=prompts)


def parsed(page: Path) -> list[Token]:
    return (
        MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"]).parse(page.read_text("utf-8"))
    )


def code(page: Path) -> list[str]:
    return [token.content.rstrip("\n") for token in parsed(page) if token.type == "code_block"]


def headings(page: Path) -> list[str]:
    tokens = parsed(page)
    return [
        "".join(part.content for part in tokens[n + 1].children or ())
        for n, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def test_every_market_has_a_page_with_every_prompt(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, a_variant(), FRANCE)
    pages = write_prompt_pages(plan, {})
    assert [page.relative_to(plan.out).as_posix() for page in pages] == ["prompts/DE.md", "prompts/FR.md"]
    assert headings(pages[1]) == [
        "fresh-days: prompts for FR",
        "fr",
        "global_campaign: shot-1 modify, shot-2 modify",
        "reframe: shot-1 reframe 9:16, shot-2 reframe 9:16",
    ]
    assert code(pages[1]) == ["global_campaign a quay", "reframe a quay"]


def test_the_first_run_has_nothing_to_compare_with(tmp_path: Path) -> None:
    page = write_prompt_pages(a_plan_in(tmp_path, a_variant()), {})[0]
    assert "last run" not in page.read_text("utf-8")


def test_an_unchanged_prompt_has_no_diff(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    page = write_prompt_pages(plan, prompt_texts(plan))[0]
    assert "last run" not in page.read_text("utf-8")


def test_a_changed_prompt_shows_its_diff_to_the_last_run(tmp_path: Path) -> None:
    old = a_plan_in(tmp_path, a_variant(), texts=lambda text: f"{text}\nkept\nold line\n@@ kept too\n--- kept three")
    new = a_plan_in(tmp_path, a_variant(), texts=lambda text: f"{text}\nkept\nnew line\n@@ kept too\n--- kept three")
    page = write_prompt_pages(new, prompt_texts(old))[0]
    assert page.read_text("utf-8").count("Changed since the last run:") == 2
    assert code(page)[1] == "-old line\n+new line"


def test_a_diff_of_lines_that_look_like_a_diff_is_whole(tmp_path: Path) -> None:
    old = a_plan_in(tmp_path, a_variant(), texts=lambda text: f"{text}\n-- a\n@@ b\n++ c")
    new = a_plan_in(tmp_path, a_variant(), texts=lambda text: f"{text}\n-- x\n@@ y\n++ z")
    page = write_prompt_pages(new, prompt_texts(old))[0]
    assert code(page)[1] == "--- a\n-@@ b\n-++ c\n+-- x\n+@@ y\n+++ z"


def test_a_new_row_and_a_new_shot_are_called_new(tmp_path: Path) -> None:
    one = a_plan_in(tmp_path, a_variant(), shots=1)
    two = a_plan_in(tmp_path, a_variant(), FRANCE, shots=2)
    germany, france = write_prompt_pages(two, prompt_texts(one))
    assert france.read_text("utf-8").count("New since the last run.") == 2
    assert headings(germany)[2:4] == ["global_campaign: shot-1 modify", "global_campaign: shot-2 modify"]
    assert germany.read_text("utf-8").count("New since the last run.") == 2


def test_shots_that_come_from_different_prompts_are_compared_each_with_its_own(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    before = dict(prompt_texts(plan))
    for number, text in enumerate(("one", "two"), 1):
        digest = hashlib.sha256(text.encode()).hexdigest()
        before[f"de-de-winter-families shot-{number} modify"] = digest
        before[digest] = text
    page = write_prompt_pages(plan, before)[0]
    now = "global_campaign a snowy market square"
    assert code(page)[:4] == [now, f"-one\n+{now}", now, f"-two\n+{now}"]


def test_each_text_is_remembered_once(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, a_variant(), replace(FRANCE, values=a_variant().values), shots=3)
    remembered = prompt_texts(plan)
    assert sorted(text for text in remembered.values() if " " in text) == [
        "global_campaign a snowy market square",
        "reframe a snowy market square",
    ]


def test_pages_of_markets_that_are_gone_are_deleted_and_other_files_are_not(tmp_path: Path) -> None:
    both = a_plan_in(tmp_path, a_variant(), FRANCE)
    write_prompt_pages(both, {})
    (both.out / "prompts" / "notes.md").write_text("# my notes")
    write_prompt_pages(a_plan_in(tmp_path, a_variant()), {})
    assert {path.name for path in (both.out / "prompts").iterdir()} == {"DE.md", "notes.md"}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert_wherever_it_stands(tmp_path: Path, text: str) -> None:
    plain, hostile = (
        a_hostile_page(tmp_path / name, say)
        for name, say in (("plain", lambda name: name), ("hostile", lambda name: f"{name} {text} {name}"))
    )
    assert shape(hostile) == shape(plain)
    for token in parsed(hostile):
        assert all(part.type in ("text", "text_special") for part in token.children or ())
    assert not set(hostile.read_text("utf-8")) & set("\x00\x1b\x85\x0b\x0c\u2028\u202e\r")


def a_hostile_page(root: Path, say: Callable[[str], str]) -> Path:
    variant = a_variant(key=say("key"), market=say("market"), values=(("setting", say("cell")), ("light", "x")))
    plan = a_plan_in(root, variant, texts=say, shots=1)
    shot = replace(plan.master.shots[0], id=say("shot"))
    jobs = {
        key: replace(
            planned,
            job=replace(
                planned.job,
                segment=replace(planned.job.segment, shot=shot),
                prompt=replace(planned.job.prompt, template=say("template")),
            ),
        )
        for key, planned in plan.jobs.items()
    }
    old = {key: say("before") if len(key) == 64 else value for key, value in prompt_texts(plan).items()}
    plan = replace(plan, campaign=say("campaign"), jobs=jobs)
    return write_prompt_pages(plan, old)[0]


def shape(page: Path) -> list[str]:
    return [token.type for token in parsed(page)]


@pytest.mark.parametrize("market", ["../../../up", "/etc/cron.d/x", "..", ".", "a/b", "C:\\x", "nul\x00", "~", "-rf"])
def test_a_market_named_like_a_path_stays_in_its_folder(tmp_path: Path, market: str) -> None:
    plan = a_plan_in(tmp_path, a_variant(market=market))
    (page,) = write_prompt_pages(plan, {})
    assert page.resolve().parent == (plan.out / "prompts").resolve()
    assert [path.relative_to(tmp_path).parts[:3] for path in tmp_path.rglob("*.md")] == [
        ("out", "fresh-days", "prompts")
    ]


def test_markets_that_differ_in_case_or_in_signs_alone_have_a_page_each(tmp_path: Path) -> None:
    names = ("x", "X", "x/", "")
    rows = [a_variant(key=f"k{n}", market=market, line=n + 2) for n, market in enumerate(names)]
    pages = write_prompt_pages(a_plan_in(tmp_path, *rows), {})
    assert [page.name for page in pages] == ["x.md", "X-2.md", "x-3.md", "unknown.md"]
