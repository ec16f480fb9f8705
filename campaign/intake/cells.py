"""The text of a cell: what is cleaned away, what is damage, and how its plain forms are read."""

import re
import unicodedata
from functools import lru_cache

from campaign.intake.remarks import Reading, Remark, refused

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_QUOTES = dict.fromkeys(map(ord, "‘’‚‛′"), "'") | dict.fromkeys(map(ord, "“”„‟″"), '"')
_FOLDED = _DASHES | _QUOTES
_INVISIBLE = {"Cf", "Cc"}
_YES = frozenset(
    ("yes", "y", "true", "1", "x", "on", "ja", "oui", "si", "sí", "sì", "sim", "wahr", "vrai", "verdadero")
)
_NO = frozenset(("no", "n", "false", "0", "off", "nein", "non", "não", "falsch", "faux", "falso"))
_ERROR = re.compile(
    r"(?<!\w)#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|ERROR!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!"
    r"|GETTING_DATA|BEZUG!|NV|WERT!|ZAHL!|ÜBERLAUF!|VALEUR!|NOM\?|N/D|NOMBRE!|NUL!|NULO!|NOME\?|VALOR!|VALORE!|RIF!"
    r"|¡REF!|¡VALOR!|¿NOMBRE\?|¡DIV/0!|¡NUM!|¡NULO!)(?!\w)"
)
"""Errors of Excel and Sheets in English, German, French, Spanish, Italian and Portuguese."""
_FORMULA = re.compile(r"=\s*(?:[+-]?\s*[A-Za-z_][\w.]*\s*\(|\$?[A-Za-z]{1,3}\$?\d+\b|(?:'[^']+'|\w+)!)")
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?E\+\d{2,3}")
_WORDS = re.compile(r"[a-z0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_ENDS = re.compile(r"^[\s\ufeff\u200b]+|[\s\ufeff\u200b]+$")
_TWICE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")


def clean_copy(text: str) -> str:
    """Text that people will see or hear: NFC, no blanks at the ends, `\\n` for line breaks; joiners and bidi marks stay."""
    if text.isascii():
        return text.replace("\r\n", "\n").strip()
    return _ENDS.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n")))


def clean_code(text: str) -> str:
    """A code, a number, a name of ours: NFC, nothing invisible, plain quotes and hyphens, single blanks."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKC", text).translate(_FOLDED)
    seen = "".join(" " if sign in "\n\t\r" else sign for sign in plain if sign in "\n\t\r" or not _is_invisible(sign))
    return unicodedata.normalize("NFKC", " ".join(seen.split()))


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in _INVISIBLE


@lru_cache(maxsize=8192)
def slug(text: str) -> str:
    """`Größe & Wärme` -> `grosse-warme`: lower case, letters and digits of any script joined by hyphens, no accents."""
    if text.isascii():
        return "-".join(_WORDS.findall(text.lower()))
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    bare = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", bare))
    words = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in bare)
    return "-".join(words.split())


def damage(text: str) -> Remark | None:
    """What a spreadsheet or a wrong encoding has done to a cell, when it shows."""
    if "#" in text and (found := _ERROR.search(text)):
        return _damaged(
            "spreadsheet_error", f"holds the spreadsheet error {found[0]}", "Mend the formula, export again."
        )
    if text.startswith("=") and _FORMULA.match(text):
        return _damaged(
            "formula", "holds a formula, not its result", "Export values: paste as values, then save as CSV."
        )
    if "E+" in text and _SCIENTIFIC.fullmatch(text):
        problem = "is a number that a spreadsheet has shortened; its digits are lost"
        return _damaged("scientific", problem, "Format the column as text, type the id again and export.")
    if text.isascii() and text.isprintable():
        return None
    return _unprintable(text)


def _unprintable(text: str) -> Remark | None:
    if found := _CONTROL.search(text):
        problem = f"holds an invisible control character (U+{ord(found[0]):04X})"
        return _damaged("control_character", problem, "Delete it: type the text again.")
    if "\ufffd" in text:
        return _damaged("encoding", "holds � where a letter was lost", "Type the letter again; save as CSV UTF-8.")
    if _TWICE.search(text) and (meant := _read_once_too_often(text)):
        cure = "Open the original as UTF-8 and export again."
        return Remark(rule="csv.encoding", problem="was read in a wrong encoding", cure=cure, nearest=meant)
    return None


def _read_once_too_often(text: str) -> str | None:
    """The text as it was before UTF-8 was taken for Windows-1252 (`fÃ¼r`), or None."""
    try:
        meant = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return meant if meant != text else None


def _damaged(rule: str, problem: str, cure: str) -> Remark:
    return Remark(rule=f"csv.{rule}", problem=problem, cure=cure)


def read_yes_no(text: str) -> Reading[bool]:
    """`yes`, `no`, and what people and spreadsheets write for them."""
    word = text.casefold()
    if word in _YES or word in _NO:
        return Reading(word in _YES)
    return refused("csv.yes_no", "is neither yes nor no", "Write yes or no.")


def read_whole(text: str, rule: str, least: int, most: int) -> Reading[int]:
    """A whole number from `least` to `most`; `5.0`, as spreadsheets write it, is 5."""
    match = re.fullmatch(r"([-+]?\d{1,9})(?:[.,]0+)?", text)
    if match and least <= int(match[1]) <= most:
        return Reading(int(match[1]))
    problem = f"is not from {least} to {most}" if match else "is not a whole number"
    return refused(rule, problem, f"Write a whole number from {least} to {most}.")


def split_list(text: str) -> list[str]:
    """The parts of `a|b`, `a;b`, `a, b` or one a line; blank ones left out."""
    return [part.strip() for part in re.split(r"[|;,\n]", text) if part.strip()]
