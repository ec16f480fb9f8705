"""The bytes of a sheet as text: UTF-8 or UTF-16, or a fault that says which encoding it was probably saved in."""

import codecs
import re
from itertools import pairwise

from campaign.model.faults import Fault

_NOT_CSV = {
    b"PK\x03\x04": "an Excel or Numbers workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"{\\rtf": "a rich text document",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LEGACY = ("cp1252", "mac_roman", "cp1250", "cp1254", "cp1251", "cp1253", "cp932", "cp949", "gb18030", "big5")
"""What spreadsheets save by themselves in western, central and eastern Europe, Turkey, Greece and East Asia."""
_CELL = re.compile(r"[^,;\t\r\n\"]*[^\x00-\x7f,;\t\r\n\"][^,;\t\r\n\"]*")
_MOST_BYTES = 64 * 1024 * 1024


def decode(data: bytes, file: str) -> tuple[str, None] | tuple[None, Fault]:
    """The text of a sheet, without a byte order mark and with `\\n` for line breaks, or the fault that forbids reading it."""
    kind = next((kind for magic, kind in _NOT_CSV.items() if data.startswith(magic)), None)
    if kind:
        return None, _fault(file, "", "csv.not_csv", f"this is {kind}, not CSV", "Save or export it as CSV UTF-8.")
    if len(data) > _MOST_BYTES:
        return None, _fault(file, "", "csv.size", "this is larger than 64 MB", "Is it the right file? Split it.")
    encoding = next((name for mark, name in _UTF16.items() if data.startswith(mark)), None) or _bare_utf16(data)
    try:
        text = data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return None, _utf16_fault(file, encoding) if encoding else _legacy_fault(data, error.start, file)
    return text.replace("\r\n", "\n").replace("\r", "\n"), None


def _bare_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark, told by the null bytes that plain letters have in it."""
    head = data[:200]
    if len(head) < 4 or b"\0" not in head:
        return None
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) * 4 < len(head):
        return None
    return "utf-16-be" if first > second else "utf-16-le"


def _utf16_fault(file: str, encoding: str) -> Fault:
    return _fault(file, "", "csv.encoding", f"this is broken {encoding}", "Save it again as CSV UTF-8.")


def _legacy_fault(data: bytes, start: int, file: str) -> Fault:
    """Refuses an encoding that says nothing about itself; shows three cells as the likeliest one has them."""
    before = data[:start].replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8-sig", "replace")
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    lines = data.replace(b"\r", b"\n").split(b"\n")
    foreign = [line for line in lines if not _is_utf8(line)]
    encoding = _likeliest(b"\n".join(foreign))
    said = re.findall(_CELL, b"\n".join(foreign).decode(encoding, "replace"))
    shown = ", ".join(repr(cell.strip()[:40]) for cell in dict.fromkeys(said[:3]))
    if any(not line.isascii() for line in lines if line not in foreign):
        problem = f"this row is not UTF-8, but others are: two encodings are mixed (rows such as this: {len(foreign)})"
        cure = f"Type these cells again, as UTF-8. They look like {encoding}, which reads {shown}."
        return _fault(file, place, "csv.encoding", problem, cure)
    cure = (
        f"Save it as CSV UTF-8. It looks like {encoding}, where it says {shown}; if that reads well: "
        f"iconv -f {'macintosh' if encoding == 'mac_roman' else encoding} -t utf-8 {file} > utf8.csv"
    )
    return _fault(file, place, "csv.encoding", "this is not UTF-8, and other encodings are not guessed", cure)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(data: bytes) -> str:
    """The old encoding under which the special characters best make words (the first of equals)."""
    return max(_LEGACY, key=lambda encoding: _likeness(data.decode(encoding, "replace")))


def _likeness(text: str) -> int:
    """How many special characters stand where one would: accents among plain letters, other scripts by themselves."""
    words = (word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii())
    signs = sum(not sign.isascii() and not sign.isalpha() for sign in text)
    humps = sum(one.islower() and other.isupper() for one, other in pairwise(text))
    rare = 2 * humps + len(re.findall("[ðþýÐÞÝ]", text)) + 3 * text.count("\ufffd")
    return sum(map(_plausible, words)) - signs - rare


def _plausible(word: str) -> int:
    special = [letter for letter in word if not letter.isascii()]
    latin = sum(letter < "\u0250" for letter in special)
    plain = len(word) - len(special)
    if latin == len(special):
        return len(special) if plain or len(word) < 5 else -len(special)
    return -2 * len(special) if plain or latin else sum(map(_weight, special))


def _weight(letter: str) -> int:
    """East Asian letters take two bytes each; kana and hangul hardly come about by chance."""
    if "\u3040" <= letter <= "\u30ff" or "\uac00" <= letter <= "\ud7a3":
        return 3
    if letter < "\u2e80":
        return 1
    return 2 if letter <= "\u9fff" else -2


def _fault(file: str, place: str, rule: str, problem: str, cure: str) -> Fault:
    return Fault(file=file, place=place, problem=problem, cure=cure, rule=rule)
