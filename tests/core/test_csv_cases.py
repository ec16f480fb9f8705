"""The 26 things that spreadsheets and people do to a CSV: one file each, and what must come of it."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sheets import read_sheet_text

from campaign.model.outcomes import Reason

FOLDER = Path(__file__).parent.parent / "fixtures" / "csv"
ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Case:
    """`keys` of the good rows and `bad` lines of the others; `faults` as (place, rule, level); some `cells` and `ratios`."""

    keys: tuple[str, ...]
    faults: tuple[tuple[str, str, str], ...] = ()
    bad: tuple[int, ...] = ()
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    ratios: dict[str, str] = field(default_factory=dict)
    nearest: tuple[str, ...] = ()


CASES = {
    "case-01-bom": Case(("de-de-winter-families",), cells={("de-de-winter-families", "market"): "DE"}),
    "case-02-semicolon": Case(
        ("de-de-winter-families", "fr-fr-winter-families"),
        cells={("de-de-winter-families", "headline"): "Frisch, kalt, gut"},
    ),
    "case-03-sniffer": Case(
        ("de-de-autumn-families", "de-de-winter-families", "ch-de-de-summer-students"),
        cells={("de-de-autumn-families", "cta"): "Jetzt kosten, Test it"},
    ),
    "case-04-sep-line": Case(("de-de-winter-families",), cells={("de-de-winter-families", "headline"): "Frisch, kalt"}),
    "case-05-utf16": Case(
        ("jp-ja-winter-families", "de-de-winter-families"),
        cells={
            ("jp-ja-winter-families", "headline"): "雪の街で、ひと息。",
            ("de-de-winter-families", "headline"): "Für dich",
        },
    ),
    "case-06-cp1252": Case((), (("3:27", "csv.encoding", ERROR),)),
    "case-07-merged-cells": Case(
        ("de-de-winter-families",),
        (("3:1", "csv.market", ERROR), ("3:2", "csv.season", ERROR), ("4:1", "csv.market", ERROR)),
        bad=(3, 4),
    ),
    "case-08-duplicate-rows": Case(
        ("a1", "a2"), (("3:1", "csv.duplicate", INFO), ("6:1", "csv.key", ERROR)), bad=(5, 6)
    ),
    "case-09-duplicate-header": Case(("de-de-winter-families",), (("1:15", "csv.column_duplicate", ERROR),)),
    "case-10-no-break-space": Case(
        ("de-de-winter-families",),
        (("2:1", "csv.blanks", INFO),),
        cells={
            ("de-de-winter-families", "market"): "DE",
            ("de-de-winter-families", "season"): "winter",
            ("de-de-winter-families", "headline"): "Frisch im\u00a0Schnee",
        },
    ),
    "case-11-zero-width": Case(
        ("de-de-winter-families", "ir-fa-winter-families"),
        (("2:1", "csv.signs", INFO),),
        cells={
            ("de-de-winter-families", "season"): "winter",
            ("de-de-winter-families", "headline"): "Für die Familie 👨\u200d👩\u200d👧",
            ("ir-fa-winter-families", "headline"): "می\u200cخواهم\u200f!",
        },
    ),
    "case-12-namibia": Case(
        ("na-en-winter-families", "na-en-summer-families"),
        cells={
            ("na-en-winter-families", "market"): "NA",
            ("na-en-winter-families", "headline"): "null",
            ("na-en-winter-families", "cta"): "None",
            ("na-en-summer-families", "headline"): "NaN",
        },
    ),
    "case-13-norway": Case(
        ("no-nb-winter-families",),
        (("3:26", "csv.inactive", INFO),),
        cells={("no-nb-winter-families", "market"): "NO"},
    ),
    "case-14-ratios": Case(
        ("de-de-winter-families", "de-de-spring-families", "de-de-summer-families"),
        ratios={
            "de-de-winter-families": "9:16",
            "de-de-spring-families": "16:9 1:1",
            "de-de-summer-families": "21:9 4:5",
        },
    ),
    "case-15-clock-times": Case(
        (
            *("de-de-winter-families", "de-de-spring-families", "de-de-summer-families", "de-de-autumn-families"),
            *("fr-fr-winter-families", "fr-fr-spring-families"),
        ),
        (
            *((f"{line}:26", "csv.ratio_spelling", INFO) for line in range(2, 8)),
            ("5:26", "csv.ratio_spelling", WARNING),
            ("8:26", "csv.ratio", ERROR),
        ),
        bad=(8,),
        ratios={
            "de-de-winter-families": "16:9",
            "de-de-spring-families": "9:16",
            "de-de-summer-families": "16:9",
            "de-de-autumn-families": "16:9",
            "fr-fr-winter-families": "9:16",
            "fr-fr-spring-families": "9:16",
        },
        nearest=("16:9",),
    ),
    "case-16-dates": Case(
        ("de-de-winter-families",),
        (
            ("2:26", "csv.ratio_spelling", WARNING),
            ("3:26", "csv.ratio", ERROR),
            ("4:26", "csv.ratio", ERROR),
            ("5:26", "csv.ratio", ERROR),
            ("5:37", "csv.date", ERROR),
        ),
        bad=(3, 4, 5),
        ratios={"de-de-winter-families": "3:4"},
    ),
    "case-17-numbers": Case(
        ("007", "1E5"),
        cells={("007", "product_ref"): "00042", ("007", "headline"): "1.50", ("1E5", "headline"): "+49"},
    ),
    "case-18-long-ids": Case((), (("2:1", "csv.scientific", ERROR), ("3:29", "csv.scientific", ERROR)), bad=(2, 3)),
    "case-19-line-breaks": Case(
        ("de-de-winter-families",),
        (("7:1", "csv.market", ERROR),),
        bad=(7,),
        cells={
            ("de-de-winter-families", "headline"): 'Frisch\nim "Schnee"\n\n#winter',
            ("de-de-winter-families", "cta"): "Jetzt\nprobieren",
        },
        nearest=("GB",),
    ),
    "case-20-typography": Case(
        ("gb-en-winter-families",),
        (("3:11", "csv.signs", INFO), ("3:31", "csv.template", ERROR)),
        bad=(3,),
        cells={
            ("gb-en-winter-families", "locale"): "en-GB",
            ("gb-en-winter-families", "headline"): "“It’s cold” – 6‑pack",
        },
        nearest=("relighting",),
    ),
    "case-21-normal-forms": Case(
        ("br-pt-verao-familias",),
        (("3:1", "csv.duplicate", INFO), ("3:4", "csv.signs", INFO)),
        cells={("br-pt-verao-familias", "headline"): "S\u00e3o Paulo"},
    ),
    "case-22-case-folding": Case(
        ("İZMİR",),
        (("4:1", "csv.key", ERROR),),
        bad=(3, 4),
        cells={("İZMİR", "headline"): "İYİ YAZLAR ışıl ışıl", ("İZMİR", "season"): "İLKBAHAR"},
    ),
    "case-23-blank-rows": Case(("de-de-winter-families", "fr-fr-winter-families"), (("", "csv.blank_rows", INFO),)),
    "case-24-comments": Case(
        ("de-de-winter-families", "jp-ja-winter-families"),
        (("6:1", "csv.market", ERROR), ("6:7", "csv.season", ERROR), ("6:8", "csv.demographic", ERROR)),
        bad=(6,),
    ),
    "case-25-error-values": Case(
        (),
        (
            ("2:26", "csv.spreadsheet_error", ERROR),
            ("3:1", "csv.spreadsheet_error", ERROR),
            ("4:26", "csv.formula", ERROR),
            ("5:33", "csv.spreadsheet_error", ERROR),
        ),
        bad=(2, 3, 4, 5),
    ),
    "case-26-leading-signs": Case(
        ("de-de-winter-families", "us-en-winter-families", "fr-fr-winter-families"),
        cells={
            ("de-de-winter-families", "headline"): "= mehr Freude",
            ("de-de-winter-families", "cta"): "+20 % Inhalt",
            ("us-en-winter-families", "headline"): "-50% today",
            ("us-en-winter-families", "cta"): "@acme",
            ("fr-fr-winter-families", "headline"): "=) sourire",
            ("fr-fr-winter-families", "cta"): "'cause",
        },
    ),
}


def test_every_case_has_its_file_and_every_file_its_case() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.csv")) == sorted(CASES)
    assert len(CASES) == 26


@pytest.mark.parametrize("name", CASES)
def test_a_sheet_comes_out_as_meant_or_says_where_it_does_not(name: str) -> None:
    case = CASES[name]
    reading = read_sheet_text((FOLDER / f"{name}.csv").read_bytes(), skip_bad=True)
    good = {variant.key: variant for variant in reading.variants if variant.skip is None}
    assert tuple(good) == case.keys
    assert sorted((fault.place, fault.rule, str(fault.level)) for fault in reading.faults) == sorted(case.faults)
    assert tuple(v.line for v in reading.variants if v.skip is Reason.BAD_ROW) == case.bad
    for (key, column), text in case.cells.items():
        assert dict(good[key].values)[column] == text
    for key, ratios in case.ratios.items():
        assert " ".join(map(str, good[key].ratios or ())) == ratios
    assert tuple(fault.nearest for fault in reading.faults if fault.nearest) == case.nearest


def test_the_file_that_misleads_the_sniffer_really_does() -> None:
    text = (FOLDER / "case-03-sniffer.csv").read_bytes().decode()
    assert csv.Sniffer().sniff(text).delimiter != ";"


def test_an_old_encoding_is_named_with_three_cells_to_judge_by() -> None:
    (fault,) = read_sheet_text((FOLDER / "case-06-cp1252.csv").read_bytes()).faults
    assert "cp1252" in fault.cure
    assert all(cell in fault.cure for cell in ("Für große Tage", "Fraîcheur d’été", "Mañana"))


def test_a_clash_of_keys_names_both_lines_and_what_differs() -> None:
    reading = read_sheet_text((FOLDER / "case-08-duplicate-rows.csv").read_bytes())
    (fault,) = (fault for fault in reading.faults if fault.rule == "csv.key")
    assert fault.place == "6:1"
    assert "line 5" in fault.problem
    assert "headline" in fault.problem
