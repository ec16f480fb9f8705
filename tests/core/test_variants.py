"""Rows of the sheet as variants: keys, columns, dates, controls, matrix, and every fault at once."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HEADER, TODAY, a_row, cell, read_sheet_text, rules

from campaign.intake.matrix import Matrix
from campaign.intake.variants import Known, SheetReading
from campaign.model.controls import Controls
from campaign.model.faults import Level
from campaign.model.outcomes import Reason

ROW = "DE,winter,families,de-DE"


def keys(reading: SheetReading) -> list[str]:
    return [variant.key for variant in reading.variants]


def test_a_row_becomes_a_variant_with_every_cell_in_the_sheets_order() -> None:
    (variant,) = read_sheet_text("Season;Market;DEMOGRAPHIC;Product detail\nWinter;de;Young Urban;a red can\n").variants
    assert (variant.market, variant.season, variant.demographic, variant.locale) == (
        "DE",
        "winter",
        "young-urban",
        "de-DE",
    )
    assert variant.key == "de-de-winter-young-urban"
    assert variant.values == (
        ("season", "Winter"),
        ("market", "DE"),
        ("demographic", "Young Urban"),
        ("product_detail", "a red can"),
        ("locale", "de-DE"),
    )


def test_the_key_says_the_market_once_and_the_concept_last() -> None:
    rows = "DE,winter,families,de-DE,\nDE,winter,families,tr-DE,hero\nAE,winter,families,en-GB,\nTW,winter,families,,\n"
    assert keys(read_sheet_text(f"{HEADER},concept\n{rows}")) == [
        "de-de-winter-families",
        "de-tr-winter-families-hero",
        "ae-en-gb-winter-families",
        "tw-zh-hant-winter-families",
    ]


@pytest.mark.parametrize(
    "header", ["variant_id", "Variant ID", "variantId", "VARIANT-ID", " variant  id ", "Variant_Id"]
)
def test_names_of_columns_are_read_whatever_their_case_and_blanks(header: str) -> None:
    assert keys(a_row(header, "hero-1")) == ["hero-1"]


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("demografic", "demographic"),
        ("seting", "setting"),
        ("headlien", "headline"),
        ("lihgt", "light"),
        ("strenght", "strength"),
    ],
)
def test_a_slip_in_a_known_column_is_an_error_that_names_it(header: str, meant: str) -> None:
    reading = a_row(header, "x")
    fault = next(fault for fault in reading.faults if fault.rule == "csv.column")
    assert (fault.place, fault.nearest) == ("1:34", meant)
    assert reading.stopping


@pytest.mark.parametrize("header", ["city", "tone", "sku", "Größe", "prompt_vars.headlines", "hashtag"])
def test_other_columns_are_kept_for_templates(header: str) -> None:
    reading = a_row(header, "x")
    assert not reading.faults
    assert "x" in dict(reading.variants[0].values).values()


def test_a_column_that_templates_cannot_name_is_a_warning_and_one_without_a_name_an_error() -> None:
    assert rules(a_row("2nd line", "x")) == {"csv.column_name": "warning"}
    assert rules(a_row("", "x")) == {"csv.column_name": "error"}


def test_a_missing_column_is_one_fault_and_names_what_stands_in_its_place() -> None:
    reading = read_sheet_text("country,season,audience\nDE,winter,families\nFR,winter,families\n", skip_bad=True)
    assert [(fault.rule, fault.place) for fault in reading.faults] == [("csv.column_missing", "1:1")] * 2
    assert "Rename 'country' to market." in {fault.cure for fault in reading.faults}
    assert len(reading.stopping) == 2


def test_all_faults_of_all_rows_come_at_once_with_place_value_nearest_and_cure() -> None:
    sheet = (
        f"{HEADER},template,strength,hold_motion,priority,placements\n"
        f"{ROW},relightning,,12,200,meta.reel\n"
        "UK,,families,en-UK,,flex_9,,,\n"
    )
    found = {(fault.place, fault.rule, fault.value, fault.nearest) for fault in read_sheet_text(sheet).faults}
    assert found == {
        ("2:26", "csv.template", "relightning", "relighting"),
        ("2:39", "csv.hold", "12", None),
        ("2:42", "csv.priority", "200", None),
        ("2:46", "csv.placement", "meta.reel", "meta.reels"),
        ("3:1", "csv.market", "UK", "GB"),
        ("3:4", "csv.season", None, None),
        ("3:14", "csv.locale", "en-UK", "en-GB"),
        ("3:21", "csv.strength", "flex_9", "flex_1"),
    }


def test_with_skip_bad_bad_rows_are_kept_marked_and_stop_nothing() -> None:
    sheet = f"{HEADER}\n{ROW}\nUK,winter,families,en-GB\nFR,,families,fr-FR\n"
    reading = read_sheet_text(sheet, skip_bad=True)
    assert [variant.skip for variant in reading.variants] == [None, Reason.BAD_ROW, Reason.BAD_ROW]
    assert len(reading.faults) == 2
    assert not reading.stopping
    assert len(read_sheet_text(sheet).stopping) == 2


def test_keys_are_one_of_their_kind_even_among_bad_rows() -> None:
    rows = "a,DE,winter,families,de-DE,1\nA,DE,winter,families,de-DE,2\n,,,,,\na,DE,winter,families,de-DE,3\n,,,,,x\n,,,,,y\n"
    found = keys(read_sheet_text(f"variant_id,{HEADER},headline\n{rows}", skip_bad=True))
    assert found == ["a", "row-3", "row-5", "row-6", "row-7"]


@pytest.mark.parametrize("text", ["no", "FALSE", "0", "nein", "Falsch"])
def test_an_inactive_row_leaves_the_campaign_with_its_faults(text: str) -> None:
    sheet = f"{HEADER},active,template\n{ROW},yes,\nUK,winter,,xx,{text},nonsense\nAT,winter,families,de-AT,{text},\n"
    reading = read_sheet_text(sheet)
    assert keys(reading) == ["de-de-winter-families"]
    (note,) = reading.faults
    assert (note.rule, note.place) == ("csv.inactive", "3:15")
    assert "2 rows" in note.problem


@pytest.mark.parametrize(
    ("start", "end", "due"),
    [
        ("", "", True),
        ("2026-11-20", "", True),
        ("2026-11-21", "", False),
        ("", "2026-11-20", True),
        ("", "19.11.2026", False),
        ("2026-11-01", "30.11.2026", True),
    ],
)
def test_dates_decide_whether_a_row_is_due_both_ends_included(start: str, end: str, due: bool) -> None:
    reading = a_row("start_date,end_date", f"{start},{end}")
    assert reading.variants[0].skip is (None if due else Reason.NOT_DUE)
    assert not reading.stopping


def test_an_end_before_the_start_is_an_error() -> None:
    assert rules(a_row("start_date,end_date", "2026-12-01,2026-11-01"))["csv.dates"] == "error"


def test_controls_are_read_as_people_write_them() -> None:
    assert a_row("strength", "Flex 2").variants[0].controls == Controls(strength="flex_2")
    reading = a_row("hold_motion,hold_structure,faces,bodies,pose", "9,off,yes,FALSE,Precise")
    assert reading.variants[0].controls == Controls(
        hold_motion=9, hold_structure=0, faces=True, bodies=False, pose="precise"
    )
    assert a_row("auto", "x").variants[0].controls == Controls(auto=True)


@pytest.mark.parametrize("cells", ["flex_1,5,", "flex_1,,yes", ",5,yes"])
def test_controls_are_set_in_one_way_only(cells: str) -> None:
    assert rules(a_row("strength,hold_motion,auto", cells)) == {"csv.controls": "error"}


def test_a_template_may_be_named_with_its_ending_and_a_macro_file_is_none() -> None:
    assert a_row("template", "Global-Campaign.j2").variants[0].template == "global_campaign"
    assert rules(a_row("template", "_macros")) == {"csv.template": "error"}


def test_names_are_not_checked_against_nothing() -> None:
    nothing = Known(frozenset(), frozenset(), frozenset())
    assert a_row("template", "anything", known=nothing).variants[0].template == "anything"


def test_columns_that_nothing_acts_on_yet_are_said_to_be_so() -> None:
    for column, text in (("provider", "luma"), ("keyframes", "0=still.png|96=beat.png"), ("vo_file", "de.wav")):
        assert rules(a_row(column, text)) == {"csv.unused": "warning"}
    assert rules(a_row("keyframes", "0=still.png|0=b.png"))["csv.keyframes"] == "error"
    assert rules(a_row("provider", "lumo"))["csv.provider"] == "error"


def test_registered_ids_are_checked_for_form_and_for_being_used_once() -> None:
    assert not a_row("ad_id,clock_number", "ABCD1234000H,QQQ/AAAA123/030").faults
    assert rules(a_row("ad_id,clock_number", "0BCD1234000H,QQQ/AAAA123")) == {
        "csv.ad_id": "error",
        "csv.clock_number": "error",
    }
    reading = read_sheet_text(f"{HEADER},ad_id\n{ROW},ABCD1234000H\nAT,winter,families,de-AT,ABCD1234000H\n")
    (fault,) = reading.faults
    assert (fault.rule, fault.place) == ("csv.ad_id", "3:26")
    assert "lines 2 and 3" in fault.problem
    assert {variant.skip for variant in reading.variants} == {Reason.BAD_ROW}


@pytest.mark.parametrize("text", ["a b", "../up", "a/b", "a,b", "x=y", ".hidden", "a" * 81])
def test_an_id_that_cannot_name_files_is_refused(text: str) -> None:
    assert rules(a_row("variant_id", f'"{text}"')) == {"csv.variant_id": "error"}


def test_an_empty_locale_is_the_markets_first_language_with_one_note_for_each_market() -> None:
    reading = read_sheet_text("market,season,demographic\nCH,winter,a\nCH,winter,b\nJP,winter,a\n")
    assert [variant.locale for variant in reading.variants] == ["de-CH", "de-CH", "ja-JP"]
    assert [(fault.rule, str(fault.level)) for fault in reading.faults] == [("csv.locale_derived", "info")] * 2
    assert "fr, it" in reading.faults[0].cure


def test_a_language_that_a_market_does_not_speak_is_a_warning() -> None:
    assert rules(read_sheet_text(f"{HEADER}\nDE,winter,families,ja-JP\n")) == {"csv.locale_market": "warning"}


def test_a_group_of_markets_makes_a_variant_for_each() -> None:
    reading = read_sheet_text(f"variant_id,{HEADER}\n,DACH,winter,families,\nhero,Nordics,winter,families,en-GB\n")
    assert keys(reading) == [
        *("de-de-winter-families", "at-de-winter-families", "ch-de-winter-families"),
        *("hero-dk", "hero-fi", "hero-is", "hero-no", "hero-se"),
    ]
    assert all(cell(variant, "market") == variant.market for variant in reading.variants)
    assert "DACH" not in {variant.market for variant in reading.variants}


def test_merged_cells_are_filled_down_where_a_note_asks_for_it() -> None:
    sheet = f"# fill-down: market; season\n{HEADER}\n{ROW}\n,,parents,\n,,,\n,summer,parents,\n"
    reading = read_sheet_text(sheet)
    assert keys(reading) == ["de-de-winter-families", "de-de-winter-parents", "de-de-summer-parents"]
    assert [fault.problem for fault in reading.faults if fault.rule == "csv.fill_down"] == [
        "2 blank cells of market took the text above",
        "1 blank cell of season took the text above",
    ]
    assert rules(read_sheet_text(f"# fill-down: markt\n{HEADER}\n{ROW}\n"))["csv.fill_down"] == "error"


def test_a_sheet_with_a_column_for_each_locale_is_read_as_its_long_form() -> None:
    wide = (
        "field;de-DE;fr_FR;es-419\nmarket;;;MX\nseason;winter;winter;winter\n"
        "demographic;families;;families\nheadline;Kalt;Froid;Frío\n"
    )
    reading = read_sheet_text(wide, skip_bad=True)
    assert keys(reading) == ["de-de-winter-families", "row-1", "mx-es-419-winter-families"]
    assert [cell(variant, "headline") for variant in reading.variants] == ["Kalt", "Froid", "Frío"]
    (fault,) = reading.faults
    assert (fault.rule, fault.place) == ("csv.demographic", "4:22")
    assert [variant.skip for variant in reading.variants] == [None, Reason.BAD_ROW, None]


def test_the_matrix_multiplies_rows_and_leaves_out_what_is_excluded() -> None:
    matrix = Matrix({"season": ("winter", "summer"), "market": ("DACH", "JP")}, ({"market": "JP", "season": "Winter"},))
    reading = read_sheet_text("variant_id,demographic\nhero,families\n", matrix=matrix)
    assert keys(reading) == [
        *("hero-winter-de", "hero-winter-at", "hero-winter-ch"),
        *("hero-summer-de", "hero-summer-at", "hero-summer-ch", "hero-summer-jp"),
    ]
    assert not reading.stopping
    assert rules(reading)["matrix.exclude"] == "info"


def test_a_cell_that_says_something_is_not_multiplied() -> None:
    matrix = Matrix({"season": ("winter", "summer")}, ())
    reading = read_sheet_text(f"{HEADER}\nDE,autumn,families,de-DE\nFR,,families,fr-FR\n", matrix=matrix)
    assert [(variant.market, variant.season) for variant in reading.variants] == [
        ("DE", "autumn"),
        ("FR", "winter"),
        ("FR", "summer"),
    ]


def test_faults_of_the_matrix_are_placed_in_its_own_file_and_said_once() -> None:
    matrix = Matrix(
        {"market": ("DE", "UK"), "templte": ("x",)}, ({"markt": "DE"}, {"market": "XX"}, {"season": "spring"})
    )
    reading = read_sheet_text("season,demographic\nwinter,a\nwinter,b\n", matrix=matrix, skip_bad=True)
    found = {(f.place, f.rule, str(f.level), f.nearest) for f in reading.faults if f.file == "campaign.toml"}
    assert found == {
        ("matrix.market[1]", "matrix.market", "error", "GB"),
        ("matrix.templte", "matrix.column", "error", "template"),
        ("matrix.exclude[0].markt", "matrix.exclude", "error", "market"),
        ("matrix.exclude[1].market", "matrix.exclude", "error", None),
        ("matrix.exclude[2]", "matrix.exclude", "warning", None),
    }
    assert len(reading.stopping) == 4


VALUES = st.lists(st.sampled_from(("winter", "spring", "summer", "autumn")), min_size=1, max_size=4, unique=True)


@settings(deadline=None)
@given(VALUES, VALUES, st.integers(1, 3), st.lists(st.tuples(VALUES, VALUES), max_size=2))
def test_a_matrix_makes_rows_times_columns_less_excludes(
    seasons: list[str], concepts: list[str], rows: int, excluded: list[tuple[list[str], list[str]]]
) -> None:
    exclude = tuple({"season": a, "concept": b} for left, right in excluded for a in left for b in right)
    sheet = "market,demographic\n" + "".join(f"DE,group-{row}\n" for row in range(rows))
    reading = read_sheet_text(sheet, matrix=Matrix({"season": tuple(seasons), "concept": tuple(concepts)}, exclude))
    out = {(pairs["season"], pairs["concept"]) for pairs in exclude}
    wanted = {(s, c, f"group-{row}") for s in seasons for c in concepts for row in range(rows) if (s, c) not in out}
    assert {(v.season, cell(v, "concept"), v.demographic) for v in reading.variants} == wanted
    assert len(reading.variants) == len(wanted)


@settings(deadline=None)
@given(st.permutations([("DE", "a"), ("FR", "b"), ("UK", "c"), ("DACH", "d"), ("JP", "")]))
def test_a_row_reads_the_same_wherever_it_stands(rows: list[tuple[str, str]]) -> None:
    reading = read_sheet_text(
        "market,season,demographic\n" + "".join(f"{m},winter,{d}\n" for m, d in rows), skip_bad=True
    )
    found = {v.key: v.values for v in reading.variants if v.skip is None}
    assert set(found) == {"de-de-winter-a", "fr-fr-winter-b", "de-de-winter-d", "at-de-winter-d", "ch-de-winter-d"}


def test_today_is_given_and_never_asked_of_the_clock() -> None:
    assert a_row("end_date", "2020-01-01", today=date(2019, 12, 31)).variants[0].skip is None
    assert a_row("end_date", "2020-01-01", today=TODAY).variants[0].skip is Reason.NOT_DUE


def test_a_header_pasted_into_the_rows_is_one_fault() -> None:
    head = "market,locale,season,demographic"
    row = "DE,de-DE,winter,families"
    reading = read_sheet_text(f"{head}\n{row}\n\ufeff{head}\n{row.replace('winter', 'summer')}\n")
    assert [(fault.rule, fault.place) for fault in reading.faults if fault.level is Level.ERROR] == [
        ("csv.header_again", "3:1")
    ]
    assert [variant.skip for variant in reading.variants] == [None, Reason.BAD_ROW, None]


def test_a_misspelt_required_column_is_told_once() -> None:
    reading = read_sheet_text("markt,seasson,audience\nDE,winter,families\n")
    assert [(fault.rule, fault.nearest) for fault in reading.faults if fault.level is Level.ERROR] == [
        ("csv.column", "market"),
        ("csv.column_missing", None),
        ("csv.column", "season"),
    ]


def test_an_unfit_variant_id_is_not_called_a_twin_of_other_rows() -> None:
    head = "variant_id,market,season,demographic"
    reading = read_sheet_text(f"{head}\n,DE,winter,families\n../x,DE,winter,families\n")
    assert [fault.rule for fault in reading.faults if fault.level is Level.ERROR] == ["csv.variant_id"]
    assert [variant.skip for variant in reading.variants] == [None, Reason.BAD_ROW]


def test_a_quotation_mark_left_open_is_not_also_called_an_empty_sheet() -> None:
    reading = read_sheet_text('market,season,demographic\nDE,"winter,families\n')
    assert [fault.rule for fault in reading.faults] == ["csv.quotes"]


def test_a_reading_knows_where_its_cells_stand() -> None:
    reading = read_sheet_text('market,season,demographic,light\nDE,"win\nter",families,sun\nFR,spring,kids,rain\n')
    assert reading.place(2, "season") == "2:4"
    assert reading.place(2, "light") == "3:15"
    assert reading.place(4, "light") == "4:16"
    assert reading.place(4, "no such column") == "4:1"
    assert reading.place(4, None) == "4:1"
