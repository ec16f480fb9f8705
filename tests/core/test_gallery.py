"""The gallery: what it shows, that hostile text stays text, that it loads nothing unseen."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from builders import a_variant, an_edit
from plans import a_brief, a_campaign, a_plan
from standings import FAILED, PASSED, WARNED, a_job_standing, a_standing, finish, finish_all, refused

from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import NO_EXTRAS, Extras, build_manifest
from campaign.delivery.paging import paginate
from campaign.delivery.placing import place
from campaign.delivery.showing import rows_of
from campaign.model.edit import MasterEdit, Shot, Treatment
from campaign.model.outcomes import Reason
from campaign.model.plan import Output, Plan
from campaign.model.prompts import Prompt
from campaign.model.qc import Finding, QCReport
from campaign.model.ratios import AspectRatio
from campaign.model.standing import Standing
from campaign.model.variants import Variant
from campaign.planning.expand import expand
from campaign.store.files import Store

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style></script></title></template></section><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "javascript:alert(1)",
    "--></textarea><!-- &lt;b&gt; &#60;i&#62;",
    "\x00\x07\x1b[2J\u202egnp.exe\u2066\ufeff",
    '=HYPERLINK("https://evil.example")',
    "../../../etc/passwd",
    "\n\r\t\u2028 style=display:none",
)
Skeleton = list[tuple[str, tuple[str, ...]]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "store")


@dataclass(frozen=True)
class Shown:
    """A written gallery."""

    plan: Plan
    folder: Path

    def text(self, name: str = "index.html") -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def root(self, name: str = "index.html") -> Element:
        return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(self.text(name))


def a_gallery(
    plan: Plan,
    standing: Standing,
    store: Store,
    selected: frozenset[str] = frozenset(),
    rehearsal: str = "",
    extras: Extras = NO_EXTRAS,
) -> Shown:
    preview = plan.out.parent / "preview.mp4"
    preview.parent.mkdir(parents=True, exist_ok=True)
    preview.write_bytes(b"a small master")
    manifest = build_manifest(plan, standing, selected, extras=extras)
    index = write_gallery(plan, standing, manifest, store, preview, rehearsal=rehearsal)
    return Shown(plan, index.parent)


def a_plan_in(root: Path, *variants: Variant, ratios: tuple[str, ...] = ("16:9", "9:16", "1:1")) -> Plan:
    campaign = a_campaign(root=root, ratios=tuple(map(AspectRatio, ratios)), name_rule="{variant}_{ratio}_v{edition}")
    return a_plan(a_brief(*variants, campaign=campaign))


def rows(count: int, market: Callable[[int], str] = lambda n: "DE") -> tuple[Variant, ...]:
    return tuple(
        a_variant(key=f"row-{n}", market=market(n), line=n + 2, values=(("setting", f"place {n}"), ("light", "soft")))
        for n in range(count)
    )


def all_of(root: Element, tag: str, **attributes: str) -> list[Element]:
    return [each for each in root.iter(tag) if all(each.get(name) == value for name, value in attributes.items())]


def having(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter("*") if name in each.get("class", "").split()]


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


# Text from outside


def troubled(root: Path, store: Store, say: Callable[[str], str]) -> Shown:
    """A campaign whose every text is what `say` makes of its name, with films in every state."""
    cells = tuple((name, say(name)) for name in ("headline", "cta", "setting", "light"))
    variants = [
        a_variant(
            key=say("key") + str(n),
            market=say("market"),
            season=say("season"),
            demographic=say("demographic"),
            locale=say("locale"),
            values=(*cells, (say("column"), say("cell") + str(n))),
            line=n,
        )
        for n in (2, 3)
    ]
    campaign = a_campaign(root=root, name_rule="film{ratio}-{edition}-{variant}", ratios=(AspectRatio("16:9"),) * 1)
    campaign = replace(campaign, ratios=tuple(map(AspectRatio, ("16:9", "9:16", "1:1", "4:3"))))
    brief = a_brief(*variants, campaign=campaign)
    master = an_edit(shots=1)
    master = replace(master, shots=(replace(master.shots[0], id=say("shot")),))
    plan = a_plan(brief, master, prompts=prompts(brief, master, say))
    plan = replace(plan, campaign=say("campaign"), brand=say("brand"), resolution=say("tier"), out=root / "out" / "c")
    finding = {name: say(name) for name in ("check", "message", "measured", "expected")}
    report = QCReport((Finding(severity="warning", frame=3, **finding), Finding(severity="info", **finding)))
    films = plan.films
    finished = {**finish(films[0], store, report=report), **finish(films[1], store, report=with_error(report))}
    finished = {key: replace(done, facts=replace(done.facts, audio=say("audio"))) for key, done in finished.items()}
    jobs = {key: a_job_standing(provider=say("vendor"), remote_id=say("remote")) for key in plan.jobs}
    jobs[films[2].jobs[-1]] = refused(Reason.MODERATED, say("note"))
    place(plan, finished, store)
    return a_gallery(plan, a_standing(plan, finished, jobs), store)


def with_error(report: QCReport) -> QCReport:
    return QCReport((replace(report.findings[0], severity="error"), *report.findings[1:]))


def prompts(brief: Any, master: MasterEdit, say: Callable[[str], str]) -> list[Prompt]:
    uses = {name: frozenset({"setting"}) for name in brief.templates}
    script = expand(brief, master, brief.campaign.provider, {**uses, "reframe": frozenset()})
    texts = [f"{say('prompt')} {number}" for number, _ in enumerate(script.requests)]
    return [Prompt(say("template"), text, hashlib.sha256(repr(text).encode()).hexdigest()) for text in texts]


def skeleton(root: Element) -> Skeleton:
    return [(str(each.tag), tuple(sorted(each.attrib))) for each in root.iter("*")]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_no_element_and_no_attribute(tmp_path: Path, store: Store, text: str) -> None:
    plain = troubled(tmp_path / "plain", store, lambda name: name)
    hostile = troubled(tmp_path / "hostile", store, lambda name: f"{text}{name}")
    assert skeleton(hostile.root()) == skeleton(plain.root())
    assert list(addresses(hostile.root())) == [
        address for address in addresses(hostile.root()) if is_ours(address, hostile)
    ]
    for name in ("script", "style"):
        assert [each.text for each in all_of(hostile.root(), name)] == [
            each.text for each in all_of(plain.root(), name)
        ]
    assert policy(hostile.root()) == policy(plain.root())


def addresses(root: Element) -> Iterator[str]:
    for each in root.iter("*"):
        for name in ("src", "href", "poster", "action", "formaction", "data", "srcset", "xlink:href"):
            if name in each.attrib:
                yield each.attrib[name]


def is_ours(address: str, shown: Shown) -> bool:
    """A file in the campaign's own folder that is really there, or a place in a page."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.query:
        return False
    path = (shown.folder / unquote(parts.path)).resolve()
    return path.exists() and path.is_relative_to(shown.plan.out.resolve())


def policy(root: Element) -> str:
    return next(each.attrib["content"] for each in all_of(root, "meta") if "http-equiv" in each.attrib)


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x85", "\u202e", "\u2066"])
def test_signs_that_hide_or_turn_text_are_shown_as_replaced(tmp_path: Path, store: Store, sign: str) -> None:
    shown = troubled(tmp_path, store, lambda name: f"{name}{sign}x")
    assert sign not in shown.text()
    assert "headline�x" in shown.text()


def test_the_policy_lets_our_script_run_and_nothing_else(tmp_path: Path, store: Store) -> None:
    shown = troubled(tmp_path, store, lambda name: name)
    root = shown.root()
    scripts = all_of(root, "script")
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256((scripts[0].text or "").encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy(root).split(";"))
    assert rules == {
        "default-src": "'none'",
        "img-src": "'self' file:",
        "media-src": "'self' file:",
        "style-src": "'unsafe-inline'",
        "script-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not re.search(r"\son\w+\s*=|https?://", shown.text().replace(scripts[0].text or "", ""))


# What it shows


def test_every_film_can_be_opened_and_compared(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    finished = finish_all(plan, store)
    place(plan, finished, store)
    shown = a_gallery(plan, a_standing(plan, finished), store)
    frames = having(shown.root(), "frame")
    assert [each.tag for each in frames] == ["a"] * 3
    assert [shown.folder / unquote(each.attrib["href"]) for each in frames] == [
        shown.folder / ".." / output.file for film in plan.films for output in film.outputs
    ]
    assert all((shown.folder / each.attrib["href"]).exists() for each in frames)
    assert shown.root().find(".//dialog//video[@id='viewer-master']") is not None


def test_nothing_unseen_is_loaded(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    finished = finish_all(plan, store)
    place(plan, finished, store)
    root = a_gallery(plan, a_standing(plan, finished), store).root()
    images = all_of(root, "img")
    assert len(images) == 3
    assert all(image.attrib["loading"] == "lazy" for image in images)
    videos = [video for video in root.iter("video") if "src" in video.attrib]
    assert [video.attrib["preload"] for video in videos] == ["metadata"]
    assert videos[0].attrib["src"].startswith("master.mp4#")
    assert not all_of(root, "link")
    assert not all_of(root, "iframe")


def test_a_missing_film_says_why_and_what_to_do(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    films = plan.films
    jobs = {films[0].jobs[0]: refused(Reason.MODERATED, "the shot shows alcohol")}
    root = a_gallery(plan, a_standing(plan, jobs=jobs), store).root()
    holes = having(root, "hole")
    assert [words(hole) for hole in holes] == ["refused by moderation"] * 3
    gap = words(having(root, "gaps")[0])
    assert "16:9, 9:16, 1:1 refused by moderation" in gap
    assert "the shot shows alcohol" in gap
    assert "change the words or the shot" in gap


def test_every_reason_has_words_and_a_next_step(tmp_path: Path, store: Store) -> None:
    for reason in Reason:
        plan = a_plan_in(tmp_path / reason, a_variant(skip=reason), a_variant(key="made", line=3))
        root = a_gallery(plan, a_standing(plan), store).root()
        assert words(having(root, "gaps")[0]).count(" ") > 3
        figures = [figure.attrib["data-missing"] for figure in root.iter("figure") if "data-missing" in figure.attrib]
        assert figures == [reason] * 3 + ["not_selected"] * 3


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_a_film_held_by_quality_control_can_be_looked_at_but_is_not_delivered(
    tmp_path: Path, store: Store, kind: str
) -> None:
    plan = a_plan_in(tmp_path, a_variant(), ratios=("16:9", "9:16"))
    plan = replace(plan, films=tuple(replace(film, outputs=_as(kind, film.outputs)) for film in plan.films))
    good = finish(plan.films[0], store, report=WARNED)
    bad = finish(plan.films[1], store, report=FAILED)
    place(plan, good | bad, store)
    shown = a_gallery(plan, a_standing(plan, good | bad), store)
    held = having(shown.root(), "held")
    assert len(held) == 1
    path = shown.folder / held[0].attrib["href"]
    assert (path.parent.name, path.suffix) == ("held", f".{kind}")
    assert path.read_bytes() == store.local(next(iter(bad.values())).sha256).read_bytes()
    marks = [words(mark) for mark in having(shown.root(), "mark")]
    assert marks == ["warnings", "failed QC"]
    place(plan, good, store)
    a_gallery(plan, a_standing(plan, good), store)
    assert not path.exists()


def _as(kind: str, outputs: Iterable[Output]) -> tuple[Output, ...]:
    return tuple(replace(output, file=f"{output.file.rpartition('.')[0]}.{kind}") for output in outputs)


def test_findings_carry_their_frame(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant(), ratios=("16:9",))
    finished = finish_all(plan, store, report=WARNED)
    place(plan, finished, store)
    root = a_gallery(plan, a_standing(plan, finished), store).root()
    findings = [each for each in root.iter("li") if "data-frame" in each.attrib]
    assert [(each.attrib["class"], each.attrib["data-frame"]) for each in findings] == [("warning", "96")]
    assert "measured 1.0 s, expected none, frame 96" in words(findings[0])


def test_results_that_are_kept_whole_are_named_and_linked(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path)
    finished = finish_all(plan, store)
    place(plan, finished, store)
    whole = {"sha256": "a" * 64, "bytes": 81_200_000, "width": 1920, "height": 1080, "frames": 192, "checked": True}
    extras = [
        {"kind": "hdr", "file": "hdr/16x9/my film/00000-hero #1.hdr.mp4", **whole},
        {"kind": "exr", "file": None, **whole, "checked": False},
    ]
    shown = a_gallery(plan, a_standing(plan, finished), store, extras={plan.films[0].id: extras})
    root = shown.root()
    (link,) = [each for each in root.iter("a") if "hdr" in (each.get("href") or "")]
    assert link.get("href") == "../hdr/16x9/my%20film/00000-hero%20%231.hdr.mp4"
    assert "".join(link.itertext()) == "00000-hero #1.hdr.mp4"
    kept = ["".join(each.itertext()) for each in root.iter("span") if each.get("class") == "kept"]
    assert kept == ["SDR trim beside HDR, EXR"]
    text = shown.text()
    assert "81.2 MB, 1920×1080, 192 frames, as it should be</dd>" in text
    assert "not laid out, 81.2 MB, 1920×1080, 192 frames, see quality control</dd>" in text


def test_what_was_not_checked_is_told_in_plain_words(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path)
    left = Finding(
        check="not_checked", severity="info", message="length (nobody asks)", measured="nothing", expected="nothing"
    )
    finished = finish_all(plan, store, report=QCReport((left,)))
    text = a_gallery(plan, a_standing(plan, finished), store).text()
    assert "<b>not checked</b> length (nobody asks)" in text
    assert "measured nothing" not in text


def test_it_filters_by_what_the_campaign_has(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, *rows(2, lambda n: ("DE", "FR")[n]))
    finished = finish(plan.films[0], store, report=WARNED)
    place(plan, finished, store)
    root = a_gallery(plan, a_standing(plan, finished), store).root()
    filters = {
        select.attrib["data-filter"]: [option.attrib["value"] for option in select.iter("option")]
        for select in root.iter("select")
    }
    assert filters == {
        "market": ["", "=DE", "=FR"],
        "season": ["", "=winter"],
        "demographic": ["", "=families"],
        "ratio": ["", "=16:9", "=9:16", "=1:1"],
        "status": ["", "=delivered", "=skipped"],
        "missing": ["", "=not_selected"],
        "qc": ["", "=warning", "=none"],
    }
    figures = [figure for figure in root.iter("figure") if "data-ratio" in figure.attrib]
    for name in ("ratio", "status", "qc"):
        assert {f"={figure.attrib[f'data-{name}']}" for figure in figures} <= set(filters[name])


def test_headlines_run_in_their_own_direction(tmp_path: Path, store: Store) -> None:
    values = (("setting", "a camp"), ("light", "dusk"), ("headline", "انتعاش الشتاء"))
    plan = a_plan_in(tmp_path, a_variant(locale="ar-AE", values=values))
    copy = having(a_gallery(plan, a_standing(plan), store).root(), "copy")
    assert [(each.attrib["dir"], each.attrib["lang"], words(each)) for each in copy] == [
        ("auto", "ar-AE", "انتعاش الشتاء")
    ]


def test_prompts_and_cost_are_shown_beside_the_films(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant(), ratios=("16:9", "9:16"))
    jobs = {key: a_job_standing() for key in plan.jobs}
    shown = a_gallery(plan, a_standing(plan, jobs=jobs), store)
    root = shown.root()
    about = words(having(root, "about")[0])
    assert "a snowy market square" in about
    assert "$6.48 = 2,160 credits" in about
    figures = [figure.attrib["data-prompts"] for figure in root.iter("figure") if "data-prompts" in figure.attrib]
    assert figures == ["0", "0 1"]
    assert "$6.48 spent" in words(having(root, "spent")[0])


def test_a_rehearsal_and_a_draft_say_so(tmp_path: Path, store: Store) -> None:
    brief = a_brief(a_variant(), campaign=a_campaign(root=tmp_path, provider="local"))
    plan = a_plan(brief, draft=True)
    made = words(having(a_gallery(plan, a_standing(plan), store).root(), "made")[0])
    assert "draft" in made
    assert "not by a generative model" in made


def test_a_campaign_of_which_nothing_is_there_yet_says_what_to_do(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    root = a_gallery(plan, a_standing(plan), store).root()
    assert "fanout run" in words(having(root, "empty")[0])


def test_a_lost_poster_leaves_an_empty_frame_and_not_a_broken_page(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant(), ratios=("16:9",))
    finished = finish_all(plan, store)
    place(plan, finished, store)
    for done in finished.values():
        store.local(done.poster_sha256).unlink()
    shown = a_gallery(plan, a_standing(plan, finished), store)
    assert len(having(shown.root(), "frame")) == 1
    assert list((shown.folder / "posters").iterdir()) == []


def test_posters_of_films_that_are_gone_are_deleted_and_others_left(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant(), ratios=("16:9", "9:16"))
    old, new = finish_all(plan, store, content="old"), finish(plan.films[0], store, content="new")
    place(plan, old, store)
    shown = a_gallery(plan, a_standing(plan, old), store)
    before = {path.name: path.stat().st_ino for path in (shown.folder / "posters").iterdir()}
    a_gallery(plan, a_standing(plan, old | new), store)
    after = {path.name: path.stat().st_ino for path in (shown.folder / "posters").iterdir()}
    assert len(before) == len(after) == 2
    assert len(set(before.items()) & set(after.items())) == 1


# Many films


def pages_of(plan: Plan, limit: int) -> list[tuple[str, str, int]]:
    standing = a_standing(plan)
    shown = rows_of(plan, standing, build_manifest(plan, standing, frozenset())["items"])
    return [(page.file, page.title, page.films) for page in paginate(shown, limit)]


def test_a_small_campaign_is_one_page(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, *rows(4, lambda n: ("DE", "FR")[n % 2]))
    assert pages_of(plan, 12) == [("index.html", "", 12)]


def test_a_large_campaign_has_a_page_for_each_market_and_a_large_market_several(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, *rows(7, lambda n: ("DE", "FR", "DE", "DE")[n % 4]))
    assert pages_of(plan, 9) == [
        ("market-de.html", "DE 1/2", 9),
        ("market-de-part-2.html", "DE 2/2", 6),
        ("market-fr.html", "FR", 6),
    ]


def test_a_row_is_never_split(tmp_path: Path) -> None:
    plan = a_plan_in(tmp_path, *rows(2))
    assert [films for _, _, films in pages_of(plan, 2)] == [3, 3]


def test_markets_named_like_paths_or_like_each_other_get_pages_of_their_own(tmp_path: Path) -> None:
    names = ("../../x", "..", "X", "x", "東京", "")
    plan = a_plan_in(tmp_path, *rows(6, lambda n: names[n]))
    files = [file for file, _, _ in pages_of(plan, 3)]
    assert len(set(files)) == 6
    assert all(re.fullmatch(r"market-[a-z0-9.-]+\.html", file) for file in files)


def test_the_index_of_a_large_campaign_leads_everywhere_and_shows_no_film(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_plan_in(tmp_path, *rows(140, lambda n: ("DE", "FR")[n % 2]))
    finished = finish(plan.films[0], store)
    place(plan, finished, store)
    shown = a_gallery(plan, a_standing(plan, finished), store)
    root = shown.root()
    assert not all_of(root, "img")
    assert not all_of(root, "section")
    assert {path.name for path in shown.folder.glob("*.html")} == {"index.html", "market-de.html", "market-fr.html"}
    assert all(is_ours(address, shown) for address in addresses(root))
    assert "209 not asked for" in words(having(root, "overview")[0])
    assert len(all_of(shown.root("market-de.html"), "section")) == 70
    assert "market-fr.html" in list(addresses(shown.root("market-de.html")))


def test_pages_of_a_larger_gallery_are_deleted(tmp_path: Path, store: Store) -> None:
    large = a_plan_in(tmp_path, *rows(140, lambda n: ("DE", "FR")[n % 2]))
    a_gallery(large, a_standing(large), store)
    small = a_plan_in(tmp_path, *rows(2))
    shown = a_gallery(small, a_standing(small), store)
    assert {path.name for path in shown.folder.glob("*.html")} == {"index.html"}


def test_the_page_says_the_same_twice(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, a_variant())
    finished = finish_all(plan, store, report=PASSED)
    place(plan, finished, store)
    once = a_gallery(plan, a_standing(plan, finished), store).text()
    assert a_gallery(plan, a_standing(plan, finished), store).text() == once


def test_shots_that_pass_through_need_no_prompt(tmp_path: Path, store: Store) -> None:
    edit = an_edit(shots=1)
    edit = replace(
        edit, shots=(Shot(id="card", start_frame=0, end_frame=edit.frames, treatment=Treatment(modify=False)),)
    )
    plan = a_plan(a_brief(a_variant(), campaign=a_campaign(root=tmp_path)), edit)
    root = a_gallery(plan, a_standing(plan), store).root()
    assert not having(root, "prompts")[:-1]


def test_every_page_of_a_rehearsal_says_so_and_no_other_does(tmp_path: Path, store: Store) -> None:
    plan = a_plan_in(tmp_path, *rows(2))
    told = "luma was asked at http://127.0.0.1:8778/v1"
    (banner,) = having(a_gallery(plan, a_standing(plan), store, rehearsal=told).root(), "rehearsal")
    assert words(banner) == f"Rehearsal: {told}; nothing here was made by the model."
    assert not having(a_gallery(plan, a_standing(plan), store).root(), "rehearsal")
