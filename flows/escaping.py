"""Makes text from outside safe inside Prefect artifacts, whose tables and pages the UI renders as Markdown."""

import re

LENGTH = 400
_MARKDOWN = re.compile(r"([\\`*\[\]()|!~#])")
_VERBATIM = re.compile(r"[A-Za-z0-9 _./,:+=@-]+")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|javascript|data|file):|\bwww\.")


def plain(text: object) -> str:
    """Text that shows as it is: no markup, link, picture or raw HTML, on one line, of at most about `LENGTH` characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    short = line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"
    unlinked = _LINK.sub(lambda match: f"{match[0][:-1]}{match[0][-1]}\u2060", short)
    escaped = _MARKDOWN.sub(r"\\\1", unlinked)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: object) -> str:
    """A path or name to be copied, shown letter by letter where that is safe, else as plain text."""
    return f"`{text}`" if _VERBATIM.fullmatch(str(text)) else plain(text)


def key_of(*words: str) -> str:
    """An artifact's key: lower-case letters, digits and dashes only."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")
