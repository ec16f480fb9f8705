"""Fonts on this machine, as far as text over film needs them."""

from pathlib import Path

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
SUFFIXES = {".ttf", ".otf", ".ttc"}


def installed_fonts() -> int:
    """How many font files the machine's usual folders hold."""
    found = (path for folder in FOLDERS for path in Path(folder).rglob("*"))
    return sum(path.suffix.lower() in SUFFIXES for path in found)
