"""What a prompt is made of: one paragraph, without controls, direction overrides or invisible tags."""

import re
import unicodedata

FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")
"""C0 without line feed, C1, bidi overrides and isolates, lone surrogates, tags. Direction marks (U+200E/F) may stay."""
WHITE = re.compile("[ \t\r\n\u2028\u2029]+")


def naming(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`: a character that cannot be shown, in words."""
    name = unicodedata.name(character, "(a control character)")
    return f"U+{ord(character):04X} {name}"


def one_paragraph(text: str) -> str:
    """The text with every run of white space, Unicode's line ends among it, as one blank, none at the ends."""
    return WHITE.sub(" ", text).strip(" ")
