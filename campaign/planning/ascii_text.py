"""Text made fit for file names: ASCII, no blanks, no signs that a file system or a person could trip over."""

import re
import unicodedata
from functools import lru_cache

_LATIN = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ħ": "h", "Ħ": "H", "ı": "i", "&": "and",
}  # fmt: skip
_CYRILLIC = (
    "аa бb вv гg дd еe ёe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya "
    "іi їi єye ґg"
)
_GREEK = "αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo"
_LETTERS = {entry[0]: entry[1:] for entry in f"{_CYRILLIC} {_GREEK}".split()}
_UNFIT = re.compile(r"[^A-Za-z0-9.-]+")


@lru_cache(maxsize=8192)
def slug(text: str) -> str:
    """`text` as one field of a file name: only A-Z a-z 0-9 . and -, case kept; may be empty.

    Accents go, Cyrillic and Greek are transliterated, any other sign becomes its code (`u6771`): never lost, so that two
    Japanese names stay two names.
    """
    spelled = "".join(_spell(char) for char in unicodedata.normalize("NFC", text))
    return re.sub(r"-{2,}", "-", _UNFIT.sub("-", spelled)).strip("-.")


def _spell(char: str) -> str:
    if char.isascii():
        return "and" if char == "&" else char
    if char in _LATIN:
        return _LATIN[char]
    if char.casefold() in _LETTERS:
        return _LETTERS[char.casefold()]
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    if plain.isascii() and plain:
        return plain
    if plain.casefold() in _LETTERS:
        return _LETTERS[plain.casefold()]
    return f"u{ord(char):04x}" if unicodedata.category(char)[0] in "LNMS" else "-"
