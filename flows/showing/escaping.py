"""Makes text from outside safe inside Prefect artifacts, which the UI renders as Markdown."""

import re

LENGTH = 400
_MARKDOWN = re.compile(r"([\\`*\[\]()|!~#])")
_ACTIVE = re.compile(r"[\\*~|#<>&]|\]\s*[\[(:]")
_VERBATIM = re.compile(r"[A-Za-z0-9 _./,:+=@-]+")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|javascript|data|file):|\bwww\.")


def plain(text: object) -> str:
    """Text that shows as it is: no markup, link, picture or raw HTML, on one line, of at most about `LENGTH` characters."""
    escaped = _MARKDOWN.sub(r"\\\1", _unlinked(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_cell(text: object) -> str:
    """Text for a table's cell, which one of Prefect's two UIs renders as Markdown and the other shows letter by letter: as
    it is wherever both come to the same, else as `plain`. Backticks become quotes."""
    quoted = str(text).replace("`", "'")
    return plain(quoted) if _ACTIVE.search(unlinked := _unlinked(quoted)) else unlinked


def _unlinked(text: object) -> str:
    """Text on one line, cut to length, in which nothing becomes a link by itself."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    short = line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"
    return _LINK.sub(lambda match: f"{match[0][:-1]}{match[0][-1]}\u2060", short)


def code(text: object) -> str:
    """A path or name to be copied, shown letter by letter where that is safe, else as plain text."""
    return f"`{text}`" if _VERBATIM.fullmatch(str(text)) else plain(text)


def key_of(*words: str) -> str:
    """An artifact's key: lower-case letters, digits and dashes only."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")
