"""The manifest: a closed sum, counted from files, with the fields that scripts depend on."""

import csv
import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from builders import a_variant
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standings import (
    FAILED,
    PASSED,
    WARNED,
    a_campaign_in,
    a_job_standing,
    a_standing,
    contents,
    finish,
    finish_all,
    refused,
)

from campaign.delivery.manifest import (
    as_json,
    asked_for,
    build_manifest,
    delivered_files,
    read_manifest,
    write_manifest,
)
from campaign.delivery.placing import place
from campaign.delivery.sheet import as_sheet, harmless
from campaign.model.faults import Fault, Level
from campaign.model.finished import Finished
from campaign.model.jobs import How
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Plan
from campaign.model.ratios import AspectRatio
from campaign.model.standing import Standing
from campaign.store.files import Store

FIELDS = [
    *(
        "variant",
        "market",
        "season",
        "demographic",
        "ratio",
        "placement",
        "status",
        "reason",
        "file",
        "sha256",
        "bytes",
    ),
    *("width", "height", "fps", "frames", "duration_s", "audio", "engine", "generative", "upscaled_from", "edition"),
    *("jobs", "qc"),
]
JOB_FIELDS = ["key", "operation", "segment", "provider", "remote_id", "price_usd", "prompt_sha256", "reused"]
FINDING_FIELDS = [
    "check",
    "severity",
    "message",
    "measured",
    "expected",
    "frame",
    "waived_by",
    "waived_at",
    "waived_for",
]
NOBODY: frozenset[str] = frozenset()
FRANCE = a_variant(
    key="fr-fr-summer-families",
    market="FR",
    locale="fr-FR",
    season="summer",
    line=3,
    values=(("market", "FR"), ("setting", "a quay"), ("light", "haze"), ("headline", '=HYPERLINK("x")')),
)
LATER = a_variant(key="jp", market="JP", locale="ja-JP", line=4, skip=Reason.NOT_DUE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "store")


def placed(plan: Plan, finished: dict[str, Finished], store: Store, **standing: Any) -> Standing:
    """Where the films stand once what is finished was placed."""
    assert place(plan, finished, store).troubles == ()
    return a_standing(plan, finished, **standing)


def mixed(root: Path, store: Store) -> tuple[Plan, Standing]:
    """A campaign in which everything happened: delivered, warned, failed QC, moderated, missing, left out."""
    plan = a_campaign_in(root, a_variant(), FRANCE, LATER, ratios=("16:9", "9:16", "1:1"))
    films = plan.films
    finished = {
        **finish(films[0], store),
        **finish(films[1], store, report=WARNED),
        **finish(films[2], store, report=FAILED),
        **finish(films[3], store),
    }
    jobs = {key: a_job_standing() for film in films[:4] for key in film.jobs}
    jobs[films[4].jobs[-1]] = refused(Reason.MODERATED, "refused by moderation")
    return plan, placed(plan, finished, store, jobs=jobs)


def test_the_manifest_of_a_campaign_in_which_everything_happened(
    tmp_path: Path, store: Store, golden: Callable[[str, str], None]
) -> None:
    plan, standing = mixed(tmp_path, store)
    manifest = build_manifest(plan, standing, frozenset([plan.films[5].id]))
    golden("manifest.json", without_hashes(as_json(manifest)))
    golden("manifest.csv", without_hashes(as_sheet(manifest["items"])).replace("\r\n", "\n"))


def without_hashes(text: str) -> str:
    """Text that stays the same when a recipe gets a new version, and every key with it."""
    return re.sub(r"\b[0-9a-f]{64}\b", "(sha256)", re.sub(r"job [0-9a-f]{12}", "job (key)", text))


def test_it_has_every_field_that_scripts_depend_on(tmp_path: Path, store: Store) -> None:
    plan, standing = mixed(tmp_path, store)
    manifest = json.loads(as_json(build_manifest(plan, standing, NOBODY)))
    assert manifest["rehearsal"] is False
    assert build_manifest(plan, standing, NOBODY, rehearsal=True)["rehearsal"] is True
    assert {"schema", "campaign", "master", "counts", "cost", "items"} <= set(manifest)
    assert set(manifest["master"]) == {"path", "sha256", "fps", "frames", "duration_s"}
    assert set(manifest["counts"]) == {"planned", "delivered", "failed", "skipped"}
    assert set(manifest["cost"]) == {"reserved_usd", "spent_usd", "reused_usd"}
    for item in manifest["items"]:
        assert set(FIELDS) <= set(item)
        assert all(set(JOB_FIELDS) <= set(job) for job in item["jobs"])
        assert item["qc"] is None or set(item["qc"]) == {"passed", "findings"}
        assert all(set(finding) == set(FINDING_FIELDS) for finding in (item["qc"] or {"findings": []})["findings"])
        assert item["status"] in set(Status)
        assert item["reason"] is None or item["reason"] in set(Reason)
        assert (item["reason"] is None) == (item["status"] == "delivered")
        assert bool(item["sentence"]) == (item["status"] != "delivered")


def test_the_local_engine_says_so_whatever_its_version(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, provider="local")
    item = build_manifest(plan, placed(plan, finish_all(plan, store), store), NOBODY)["items"][0]
    assert (item["engine"], item["generative"]) == ("local", False)


OUTCOMES = st.sampled_from(["delivered", "deleted", "cut short", "linked", "failed", "refused", "open", "half"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(outcomes=st.lists(OUTCOMES, min_size=4, max_size=4), asked=st.sets(st.integers(0, 3)))
def test_the_sum_is_closed_and_counted_from_files(outcomes: list[str], asked: set[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        plan = a_campaign_in(Path(folder), a_variant(), FRANCE, LATER, placements=("x.video",))
        films = [film for film in plan.films if film.skip is None]
        assert {len(film.outputs) for film in films} == {1, 2}
        finished, jobs = {}, {}
        for film, outcome in zip(films, outcomes, strict=False):
            if outcome not in ("refused", "open"):
                made = finish(film, store, report=FAILED if outcome == "failed" else PASSED)
                finished |= dict(list(made.items())[: len(made) // 2 if outcome == "half" else None])
            if outcome == "refused":
                jobs[film.jobs[0]] = refused(Reason.REJECTED, "no")
        place(plan, finished, store)
        for film, outcome in zip(films, outcomes, strict=False):
            for output in film.outputs:
                spoil(plan.out / output.file, outcome)
        manifest = build_manifest(plan, a_standing(plan, finished, jobs), frozenset(films[n].id for n in asked))
        check_sum(plan, manifest)
        check_files(plan, manifest)
        open_ones = {film.id for film, outcome in zip(films, outcomes, strict=False) if outcome == "open"}
        for item in manifest["items"]:
            id_ = f"{item['variant']} {item['ratio']}"
            if id_ in open_ones and item["reason"] != "rejected":
                wanted = id_ in {films[n].id for n in asked}
                expected = ("failed", "cancelled") if wanted else ("skipped", "not_selected")
                assert (item["status"], item["reason"]) == expected


def spoil(path: Path, outcome: str) -> None:
    """What people and disks do to a delivered file."""
    if not path.is_file():
        return
    if outcome == "deleted":
        path.unlink()
    elif outcome == "cut short":
        path.write_bytes(path.read_bytes()[:-1])
    elif outcome == "linked":
        path.rename(path.with_suffix(".aside"))
        path.symlink_to(path.with_suffix(".aside"))


def check_sum(plan: Plan, manifest: dict[str, Any]) -> None:
    counts = manifest["counts"]
    assert counts["planned"] == counts["delivered"] + counts["failed"] + counts["skipped"] == len(manifest["items"])
    assert Counter(item["status"] for item in manifest["items"]) == Counter(
        {status: count for status, count in counts.items() if status != "planned" and count}
    )
    assert counts["planned"] == sum(len(film.outputs) or 1 for film in plan.films)


def check_files(plan: Plan, manifest: dict[str, Any]) -> None:
    for item in manifest["items"]:
        if item["status"] == "delivered":
            path = plan.out / item["file"]
            assert path.is_file()
            assert not path.is_symlink()
            assert path.stat().st_size == item["bytes"]
        else:
            assert item["file"] is None


def test_deliverables_and_manifest_name_the_same_files(tmp_path: Path, store: Store) -> None:
    plan, standing = mixed(tmp_path, store)
    stranger = plan.out / "deliverables" / "9x16" / "notes.txt"
    stranger.write_text("by hand")
    manifest = build_manifest(plan, standing, NOBODY)
    listed = {item["file"] for item in manifest["items"] if item["file"]}
    assert listed | set(manifest["beside"]) == set(contents(plan.out, "deliverables"))
    assert manifest["beside"] == ["deliverables/9x16/notes.txt"]


def test_money_adds_up_over_distinct_jobs(tmp_path: Path, store: Store) -> None:
    twin = replace(FRANCE, key="fr-twin", values=a_variant().values, market="BE", line=5)
    plan = a_campaign_in(tmp_path, a_variant(), twin, ratios=("16:9", "9:16"))
    shared = [key for key, job in plan.jobs.items() if len(job.variants) == 2]
    assert shared
    keys = list(plan.jobs)
    jobs = {key: a_job_standing(price_final_usd=Decimal("0.5")) for key in keys[:-2]}
    jobs[keys[-2]] = a_job_standing(
        JobState.IN_DOUBT, price_reserved_usd=Decimal("1.08"), price_final_usd=None, reason=Reason.IN_DOUBT
    )
    manifest = build_manifest(plan, a_standing(plan, {}, jobs), NOBODY)
    told = {job["key"]: job for item in manifest["items"] for job in item["jobs"]}
    assert set(told) == set(keys)
    assert Decimal(manifest["cost"]["spent_usd"]) == Decimal("0.5") * (len(keys) - 2)
    assert Decimal(manifest["cost"]["reserved_usd"]) == Decimal("1.08")
    assert Decimal(manifest["cost"]["reused_usd"]) == sum(Decimal(told[key]["price_usd"]) for key in shared)
    for item in manifest["items"]:
        for job in item["jobs"]:
            assert job["reused"] is (item["variant"] != plan.jobs[job["key"]].variants[0])
    assert told[keys[-1]]["price_usd"] == f"{plan.jobs[keys[-1]].price_usd:.2f}"
    assert told[keys[-1]]["state"] is None


def test_it_reads_back_as_it_was_written(tmp_path: Path, store: Store) -> None:
    plan, standing = mixed(tmp_path, store)
    manifest = build_manifest(plan, standing, NOBODY)
    path = write_manifest(manifest, plan.out)
    assert path == plan.out / "manifest.json"
    assert read_manifest(plan.out) == manifest
    assert len(delivered_files(manifest)) == 3
    assert asked_for(manifest) == {film.id for film in plan.films[:5]}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"items": 3}', '{"items": [1]}', '{"items": [{}]}', "\xff"])
def test_a_manifest_that_somebody_spoiled_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    former = read_manifest(tmp_path)
    assert delivered_files(former) == ()
    assert isinstance(asked_for(former), frozenset)


def test_half_a_surrogate_pair_stops_no_manifest(tmp_path: Path) -> None:
    plan = a_campaign_in(tmp_path, a_variant(season="win\udc80ter"))
    manifest = build_manifest(plan, a_standing(plan), NOBODY)
    write_manifest(manifest, plan.out)
    assert read_manifest(plan.out) == manifest


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tx",
        "  =cmd|' /C calc'!A0",
        "\u00a0=1",
        "\u3000＝1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\ufeff=1",
        "\u200b=1",
        "\x00=1",
        "\u202e=1",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_made_plain(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["DE", "", "Frisch im Schnee", "a=b", "1-2", None, True, -5, -0.5, "'=1"])
def test_other_cells_are_left_as_they_are(value: object) -> None:
    assert harmless(value) is value


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.text(max_size=12) | st.sampled_from(["=1", "-x", "@x", '"=1', "a\r\n=1"]), min_size=4, max_size=4)
)
def test_the_sheet_reads_back_cell_by_cell_and_none_begins_like_a_formula(cells: list[str]) -> None:
    cells = [cell.encode("utf-8", "replace").decode() for cell in cells]
    item = {
        **dict.fromkeys(FIELDS),
        **dict(zip(("variant", "market", "season", "sentence"), cells, strict=True)),
        "jobs": [],
        "extras": [],
        "width": 640,
        "duration_s": 8.0,
    }
    rows = list(csv.DictReader(io.StringIO(as_sheet([item, {**item, "width": None}]), newline="")))
    assert len(rows) == 2
    for name, cell in zip(("variant", "market", "season", "sentence"), cells, strict=True):
        assert rows[0][name].removeprefix("'") == cell.removeprefix("'")
        assert not rows[0][name].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        assert not rows[0][name].startswith(("\t", "\r", "\n"))
    assert (rows[0]["width"], rows[1]["width"], rows[0]["duration_s"]) == ("640", "", "8.0")


def test_a_bad_row_is_told_with_its_fault(tmp_path: Path) -> None:
    plan = a_campaign_in(tmp_path, a_variant(), a_variant(key="bad", line=3, skip=Reason.BAD_ROW))
    faults = [
        Fault(file="templates/x.j2", place="3:1", problem="a template's", cure="", rule="P01"),
        Fault(file="variants.csv", place="13:2", problem="another line's", cure="", rule="csv.market"),
        Fault(file="variants.csv", place="3:2", problem="only a hint", cure="", rule="csv.date", level=Level.WARNING),
        Fault(
            file="variants.csv", place="3:4", problem="no such market", cure="Mend it.", rule="csv.market", value="XX"
        ),
    ]
    plan = replace(plan, faults=tuple(faults))
    item = build_manifest(plan, a_standing(plan), NOBODY)["items"][-1]
    assert (item["status"], item["reason"]) == ("skipped", "bad_row")
    assert item["sentence"] == str(faults[-1])


def test_a_ratio_that_is_a_window_names_its_way_and_the_modifies_alone(tmp_path: Path, store: Store) -> None:
    square = AspectRatio("1:1")
    plan = a_campaign_in(tmp_path, ratios=("16:9", "1:1"), provider="local", how={square: How.CROP})
    finished = finish(plan.films[1], store, report=FAILED)
    manifest = build_manifest(plan, a_standing(plan, finished), frozenset())
    own, window = manifest["items"]
    assert (own["how"], window["how"]) == (None, "crop")
    assert (window["engine"], window["generative"]) == ("local", False)
    assert {job["operation"] for job in window["jobs"]} == {"modify"}
    assert window["jobs"] == own["jobs"]
    again = f"`fanout regenerate --only variant={plan.films[1].variant.key}`"
    assert again in window["next"], "alone there would be nothing to make anew"
