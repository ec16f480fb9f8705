"""Addresses that a sheet may be fetched from: the web and object storage. Nothing is asked of them here."""

import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

SCHEMES = frozenset({"https", "http", "s3", "gs", "gcs", "az", "abfs", "abfss"})
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_GOOGLE = re.compile(r"^/spreadsheets/d/(?!e/)([\w-]{10,})(?:/(?:edit|view|htmlview|preview)?)?$")


class AddressRefused(Exception):
    """An address that is not fetched. Says what is wrong, the cure, and the address that was likely meant."""

    def __init__(self, problem: str, cure: str, near: str | None = None) -> None:
        super().__init__(problem, cure, near)
        self.problem = problem
        self.cure = cure
        self.near = near


def sheet_address(text: str) -> str | None:
    """The address in `text`, None when it is a path. Raises AddressRefused.

    Whether an address may be reached (https, public) is for whoever connects to find out.
    """
    match = _SCHEME.match(text)
    if match is None:
        return None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise AddressRefused("holds blanks or characters that no address has", "Copy the address again.")
    scheme, parts = match[1].lower(), _split(text)
    if scheme == "file":
        raise AddressRefused("is a local file, written as an address", "Write its path.", unquote(parts.path) or None)
    if scheme not in SCHEMES:
        raise AddressRefused(
            f"begins with {scheme}://, which is not fetched", "Use https:// or object storage (s3://)."
        )
    if "@" in parts.netloc:
        cure = "Take it out: this file is read by many. Storage takes its credentials from the environment."
        raise AddressRefused("holds a user or a password", cure)
    if not parts.hostname:
        raise AddressRefused("names no server", "Copy the whole address.")
    if parts.hostname == "docs.google.com" and (sheet := _GOOGLE.match(parts.path)):
        cure = "Publish it (File > Share > Publish to web, CSV) and write that address; or share it with the link and export it."
        raise AddressRefused(
            "is the page of a sheet, not its CSV", cure, _export(sheet[1], parts.fragment or parts.query)
        )
    return text


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise AddressRefused("is not an address", "Copy it again.") from None


def _export(sheet: str, said: str) -> str:
    """The address under which Google gives the CSV of a sheet that anyone with the link may see."""
    tab = parse_qs(said).get("gid", ["0"])[0]
    return f"https://docs.google.com/spreadsheets/d/{sheet}/export?format=csv&gid={tab}"
