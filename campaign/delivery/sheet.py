"""manifest.csv: the manifest's items as rows, harmless in a spreadsheet. The door of pandas for what goes out."""

import re
from collections.abc import Iterable, Mapping
from csv import QUOTE_ALL
from typing import Any

import pandas as pd

NESTED = ("jobs", "qc", "extras")
_SPACE = r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
_FORMULA = re.compile(rf"[\t\r\n＝＋－＠]|{_SPACE}*[=+\-@＝＋－＠]")
"""Beginnings that make a spreadsheet run a cell's text, after whatever it does not show."""


def as_sheet(items: Iterable[Mapping[str, Any]]) -> str:
    """Items as CSV, every cell quoted; `jobs` is their number, `qc_passed` and `findings` stand for `qc`."""
    return pd.DataFrame([_row(item) for item in items], dtype=object).to_csv(
        index=False, quoting=QUOTE_ALL, lineterminator="\r\n"
    )


def harmless(value: object) -> object:
    """Text that a spreadsheet will not run: a leading `'` before anything that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _row(item: Mapping[str, Any]) -> dict[str, object]:
    row = {name: harmless(value) for name, value in item.items() if name not in NESTED}
    qc = item["qc"] or {"passed": None, "findings": ()}
    row["jobs"] = len(item["jobs"])
    row["qc_passed"] = qc["passed"]
    row["findings"] = len(qc["findings"])
    row["extras"] = len(item["extras"])
    return row
