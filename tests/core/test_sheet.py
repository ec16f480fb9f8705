"""A table reads back the same however it is dressed as CSV, and every cell knows its place."""

import csv
import io
import string
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from sheets import HEADER, read_sheet_text, rules

from campaign.intake.cells import clean_copy, damage
from campaign.intake.columns import is_known
from campaign.intake.sheet import Sheet, read_sheet

COLUMNS = ("market", "season", "demographic", "locale", "headline", "cta")
WRITTEN = "abcXYZ019 äßéłŻ日本語العربية👩‍🚀,;|\t\"'#=+-@:/\n"


def is_plain(text: str) -> bool:
    """Whether reading changes nothing in a text and finds no damage in it."""
    return clean_copy(text) == text and not damage(text)


COPY = st.text(WRITTEN, max_size=20).filter(is_plain)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(("DE", "FR", "JP", "NA", "NO")),
        st.sampled_from(("winter", "summer")),
        st.text(string.ascii_lowercase, min_size=1, max_size=8),
        st.sampled_from(("de-DE", "en-GB", "ja-JP")),
        COPY,
        COPY,
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[:4],
)


@dataclass(frozen=True)
class Dress:
    """How a program writes CSV."""

    separator: str
    encoding: str
    line_end: str
    quoting: int
    said: bool
    blank_after: int
    note: bool

    def put_on(self, rows: list[tuple[str, ...]]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.separator, lineterminator="\n", quoting=self.quoting)
        if self.said:
            text.write(f"sep={self.separator}\n")
        writer.writerow(COLUMNS)
        for row in rows:
            if self.note:
                text.write('# a note, with a "stray quote\n')
            writer.writerow(row)
            for _ in range(self.blank_after):
                text.write(self.separator * (len(COLUMNS) - 1) + "\n")
        return text.getvalue().replace("\n", self.line_end).encode(self.encoding)


DRESSES = st.builds(
    Dress,
    separator=st.sampled_from((",", ";", "\t", "|")),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
    line_end=st.sampled_from(("\n", "\r\n", "\r")),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
    said=st.booleans(),
    blank_after=st.integers(0, 2),
    note=st.booleans(),
)


@settings(deadline=None)
@given(ROWS, DRESSES)
def test_a_table_reads_back_the_same_in_any_dress(rows: list[tuple[str, ...]], dress: Dress) -> None:
    reading = read_sheet_text(dress.put_on(rows))
    assert "error" not in rules(reading).values()
    assert [tuple(dict(variant.values)[name] for name in COLUMNS) for variant in reading.variants] == rows


@settings(deadline=None)
@given(ROWS, DRESSES)
def test_every_cell_stands_where_it_is_said_to_stand(rows: list[tuple[str, ...]], dress: Dress) -> None:
    data = dress.put_on(rows)
    sheet = a_sheet(data)
    lines = data.decode(dress.encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, cells in zip(sheet.frame.index, rows, strict=True):
        for position, text in enumerate(cells):
            line, column = map(int, sheet.place(int(number), position).split(":"))
            here = "\n".join(lines[line - 1 :])[column - 1 :]
            written = text.replace('"', '""')
            assert here.startswith((f'"{written}"', text))


def a_sheet(text: str | bytes) -> Sheet:
    sheet, _ = read_sheet(text if isinstance(text, bytes) else text.encode(), "variants.csv", is_known)
    assert sheet
    return sheet


def test_a_cell_that_a_short_row_does_not_have_stands_at_the_end_of_the_row() -> None:
    sheet = a_sheet(f"{HEADER},headline\nDE,winter,families\n")
    assert sheet.place(1, 2) == "2:11"
    assert sheet.place(1, 4) == "2:19"


def test_cells_are_also_called_as_a_spreadsheet_calls_them() -> None:
    sheet = a_sheet(f"{HEADER}\nDE,winter,families,de-DE\n")
    assert [sheet.name(1, position) for position in (0, 25, 26, 701, 702)] == ["A2", "Z2", "AA2", "ZZ2", "AAA2"]


def test_blanks_before_a_quotation_mark_are_forgiven() -> None:
    reading = read_sheet_text(f'{HEADER}, headline\nDE, winter, families, de-DE, "one, two"\n')
    assert dict(reading.variants[0].values)["headline"] == "one, two"


def test_a_row_with_too_many_cells_is_bad_and_the_others_are_not() -> None:
    reading = read_sheet_text(
        f"{HEADER},cta\nDE,winter,families,de-DE,Buy, now\nFR,winter,families,fr-FR,Go\n", skip_bad=True
    )
    (fault,) = reading.faults
    assert (fault.rule, fault.place, fault.value) == ("csv.cells", "2:31", "now")
    assert [variant.key for variant in reading.variants if variant.skip is None] == ["fr-fr-winter-families"]
    assert not reading.stopping


def test_a_quotation_mark_that_is_never_closed_is_placed_at_the_row_it_opens_in() -> None:
    reading = read_sheet_text(
        f'{HEADER},cta\nFR,winter,families,fr-FR,Go\nDE,winter,families,de-DE,"Buy\nUS,winter,x,en-US,Go\n'
    )
    assert [(fault.rule, fault.place) for fault in reading.faults] == [("csv.quotes", "3:1")]
    assert reading.stopping == reading.faults


def test_text_after_a_closing_quotation_mark_is_refused_and_reading_goes_on() -> None:
    reading = read_sheet_text(f'{HEADER},cta\nDE,winter,families,de-DE,"Buy" now\nUK,winter,x,en-GB,Go\n')
    assert [(fault.rule, fault.place) for fault in reading.faults] == [("csv.quotes", "2:1"), ("csv.market", "3:1")]


def test_a_title_above_the_header_is_left_out_with_a_warning() -> None:
    reading = read_sheet_text(f"Campaign 2026,,,\n,,,\n{HEADER}\nDE,winter,families,de-DE\n")
    assert [variant.line for variant in reading.variants] == [4]
    assert rules(reading)["csv.header"] == "warning"


def test_a_sheet_of_one_column_is_read_as_one_column() -> None:
    assert a_sheet("market\nDE\nFR\n").header == ("market",)


def test_files_that_are_not_csv_are_called_by_name() -> None:
    for data, name in ((b"PK\x03\x04rest", "workbook"), (b"%PDF-1.7", "PDF"), (b"<html><body>", "web page")):
        (fault,) = read_sheet_text(data).faults
        assert fault.rule == "csv.not_csv"
        assert name in fault.problem


def test_utf_16_without_its_mark_is_still_read() -> None:
    text = f"{HEADER}\nDE,winter,families,de-DE\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert [variant.key for variant in read_sheet_text(text.encode(encoding)).variants] == ["de-de-winter-families"]


def test_an_empty_sheet_and_one_without_rows_are_errors() -> None:
    for data in (b"", b"\n\n", b"# only a note\n", f"{HEADER}\n".encode(), f"{HEADER}\n,,,\n".encode()):
        assert rules(read_sheet_text(data))["csv.empty"] == "error"


def test_a_header_that_names_no_column_is_refused() -> None:
    assert rules(read_sheet_text("!!!,?\nx,y\n"))["csv.column_missing"] == "error"


def test_lines_that_are_quoted_as_a_whole_are_recognised() -> None:
    reading = read_sheet_text('"market,season,demographic"\n"DE,winter,families"\n')
    assert rules(reading) == {"csv.header": "error"}


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(WRITTEN, max_size=200).map(lambda text: f"{HEADER}\n{text}".encode()))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    reading = read_sheet_text(data)
    assert reading.variants or reading.faults
