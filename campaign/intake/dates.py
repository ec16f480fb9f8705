"""Dates as people and spreadsheets write them. A date that could be two days is refused, never guessed."""

import re
from datetime import date, timedelta

from campaign.intake.remarks import Reading, refused

RULE = "csv.date"
_MONTHS = {
    month: number
    for number, months in enumerate(
        (
            ("january", "januar", "jänner", "janvier", "enero", "gennaio", "janeiro", "januari", "jan"),
            ("february", "februar", "février", "febrero", "febbraio", "fevereiro", "februari", "feb"),
            ("march", "märz", "mars", "marzo", "março", "maart", "mar", "mrz", "mär"),
            ("april", "avril", "abril", "aprile", "apr"),
            ("may", "mai", "mayo", "maggio", "maio", "mei", "maj"),
            ("june", "juni", "juin", "junio", "giugno", "junho", "jun"),
            ("july", "juli", "juillet", "julio", "luglio", "julho", "jul"),
            ("august", "août", "agosto", "augustus", "augusti", "aug"),
            ("september", "septembre", "septiembre", "settembre", "setembro", "sep", "sept"),
            ("october", "oktober", "octobre", "octubre", "ottobre", "outubro", "oct", "okt"),
            ("november", "novembre", "noviembre", "novembro", "nov"),
            ("december", "dezember", "décembre", "diciembre", "dicembre", "dezembro", "dec", "dez"),
        ),
        1,
    )
    for month in months
}
_MIDNIGHT = re.compile(r"[T ]0?0:00(?::00(?:\.0+)?)?Z?$")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.年] ?(\d{1,2})[-/.月] ?(\d{1,2})[日.]?|(\d{2})(\d{2}))")
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{2}|\d{4})")
_LOCAL = re.compile(r"(\d{1,2})[-/ ](\d{1,2})[-/ ](\d{4})")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|\.)?[- ]?(?:de |of )?([^\W\d]{3,})\.?,?[- ]?(?:de )?(\d{4})")
_MONTH_NAMED = re.compile(r"([^\W\d]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_SERIAL = re.compile(r"(\d{5})(?:[.,]0+)?")
_SERIAL_ZERO = date(1899, 12, 30)
_YEARS = range(2000, 2101)


def read_date(text: str) -> Reading[date]:
    """ISO 8601, or a local form that can only be one day: `1.3.2026`, `13/02/2026`, `1 March 2026`, `2026年3月1日`."""
    typed = _MIDNIGHT.sub("", text)
    if match := _YEAR_FIRST.fullmatch(typed):
        return _day(match[1], match[2] or match[4], match[3] or match[5])
    if match := _DOTTED.fullmatch(typed):
        return _day(match[3] if len(match[3]) == 4 else f"20{match[3]}", match[2], match[1])
    if match := _DAY_NAMED.fullmatch(typed):
        return _named(match[3], match[2], match[1])
    if match := _MONTH_NAMED.fullmatch(typed):
        return _named(match[3], match[1], match[2])
    if match := _LOCAL.fullmatch(typed):
        return _either(match[3], int(match[1]), int(match[2]))
    if match := _SERIAL.fullmatch(typed):
        meant = _SERIAL_ZERO + timedelta(days=int(match[1]))
        return _refused("is a spreadsheet's day number, not a date", meant.isoformat())
    return _refused("is not a date")


def _either(year: str, first: int, second: int) -> Reading[date]:
    """Day and month in either order, when only one order gives a date (or both the same)."""
    days = _make(int(year), second, first), _make(int(year), first, second)
    found = sorted({day for day in days if day is not None})
    if len(found) == 2:
        return _refused(f"can be {found[0].isoformat()} or {found[1].isoformat()}")
    return Reading(found[0]) if found else _refused("is not a day of the calendar")


def _named(year: str, month: str, day: str) -> Reading[date]:
    number = _MONTHS.get(month.casefold())
    return _day(year, str(number), day) if number else _refused("names no month that is known here")


def _day(year: str, month: str, day: str) -> Reading[date]:
    made = _make(int(year), int(month), int(day))
    return Reading(made) if made else _refused("is not a day of the calendar from 2000 to 2100")


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _refused(problem: str, near: str | None = None) -> Reading[date]:
    return refused(RULE, problem, "Write year-month-day, as in 2026-03-01.", near)
