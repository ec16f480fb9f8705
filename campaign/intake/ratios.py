"""Aspect ratios in every spelling people and spreadsheets give them."""

import re
import unicodedata
from fractions import Fraction
from math import floor

from campaign.model.ratios import RATIOS, AspectRatio, same_shape

_KNOWN = {ratio.value: ratio for ratio in RATIOS}
_NUMBER = r"\d{1,5}(?:[.,]\d{1,6})?"
_PAIR = re.compile(rf"({_NUMBER})(?:[:x×*∶/\\_÷]|[-‐-―−]|to|by)({_NUMBER})")
_CLOCK = re.compile(r"(?:(?:1899-12-3[01]|1900-01-0[01])t?)?(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?(am|pm)?")
_DECIMAL = re.compile(r"\d{1,2}[.,]\d{1,17}")
_PIXELS = 100
"""Numbers from here up are a frame's size, which may be off the ratio by a pixel."""


def parse_ratio(text: str) -> AspectRatio | None:
    """The known ratio that `text` spells, or None.

    Reads `9:16`, `9x16`, `9/16`, `9-16`, `9 : 16`, `0.5625`, `1.78`, `1,78:1`, frame sizes such as `1080x1920`, and what a
    spreadsheet makes of a ratio: `16:09`, `09:16:00`, `4:09 PM`, or the fraction of a day (0.386111).
    """
    typed = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    clock = _CLOCK.fullmatch(typed)
    if clock:
        return _from_clock(int(clock[1]), int(clock[2]), clock[3])
    pair = _PAIR.fullmatch(typed)
    if pair:
        return _from_pair(pair[1].replace(",", "."), pair[2].replace(",", "."))
    if _DECIMAL.fullmatch(typed):
        return _from_decimal(typed.replace(",", "."))
    return None


def _from_clock(hours: int, minutes: int, half: str | None) -> AspectRatio | None:
    if half == "pm" and hours < 12:
        hours += 12
    if half == "am" and hours == 12:
        hours = 0
    return _KNOWN.get(Fraction(hours, minutes)) if minutes else None


def _from_pair(width: str, height: str) -> AspectRatio | None:
    if not Fraction(height):
        return None
    value = Fraction(width) / Fraction(height)
    if value in _KNOWN:
        return _KNOWN[value]
    if Fraction(width) >= _PIXELS and Fraction(height) >= _PIXELS:
        return next((ratio for known, ratio in _KNOWN.items() if same_shape(known, value)), None)
    if Fraction(height) == 1:
        return _rounded(width, _KNOWN)
    if Fraction(width) == 1:
        return _rounded(height, {1 / known: ratio for known, ratio in _KNOWN.items()})
    return None


def _from_decimal(typed: str) -> AspectRatio | None:
    return _rounded(typed, _KNOWN) or _from_day(typed)


def _rounded(typed: str, known: dict[Fraction, AspectRatio]) -> AspectRatio | None:
    """The ratio whose value is `typed`, or becomes it when rounded or cut to its digits (at least two)."""
    digits = len(typed.partition(".")[2])
    number = Fraction(typed)
    for value, ratio in known.items():
        scaled = value * 10**digits
        nearly = (floor(scaled), floor(scaled + Fraction(1, 2))) if digits >= 2 else ()
        if value == number or number * 10**digits in nearly:
            return ratio
    return None


def _from_day(typed: str) -> AspectRatio | None:
    """9:16 that a spreadsheet took for a time and shows as a part of the day: 0.386111."""
    digits = len(typed.partition(".")[2])
    minutes = Fraction(typed) * 1440
    if digits < 5 or abs(minutes - round(minutes)) > Fraction(1440, 10**digits):
        return None
    return _from_clock(*divmod(round(minutes), 60), None)
