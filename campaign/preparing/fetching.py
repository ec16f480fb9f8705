"""Fetches a sheet from the web or from object storage, and says in a producer's words why it did not come."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from campaign.errors import CampaignError, StoreError
from campaign.net.addresses import Addresses, Unreachable
from campaign.net.exchange import Answer, Broken
from campaign.net.getting import get
from campaign.settings import Settings
from campaign.store.objects import read_object

MOST_BYTES = 16 * 1024 * 1024
"""A sheet of 2,000 rows is a third of a megabyte."""
DEADLINE_S = 60.0
_PUBLISH = "Publish it: in Google Sheets by File > Share > Publish to web, CSV; elsewhere so that its address answers with CSV."
_PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml")
_MARK = "mark"
_LONGEST_MARK = 500
_CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class SheetUnreached(CampaignError):
    """There is no sheet to read. `problem` and `cure` are for whoever wrote the address down."""

    def __init__(self, rule: str, problem: str, cure: str) -> None:
        super().__init__(rule, problem, cure)
        self.rule = rule
        self.problem = problem
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.problem}. {self.cure} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the bytes, None where the server says that nothing changed; headers to ask with the next time."""

    data: bytes | None = field(repr=False)
    marks: Mapping[str, str] = field(default_factory=dict)


def fetch(url: str, marks: Mapping[str, str], settings: Settings) -> Fetched:
    """The sheet at `url`; `marks` are those of the copy that is here. Raises SheetUnreached. Blocks for up to two minutes."""
    if not url.lower().startswith(("https:", "http:")):
        return _from_storage(url, marks, settings)
    addresses = Addresses(settings.allow_hosts)
    try:
        answer = asyncio.run(get(url, addresses=addresses, headers=marks, most_bytes=MOST_BYTES, deadline_s=DEADLINE_S))
    except Unreachable as error:
        raise SheetUnreached(f"sheet.{error.kind}", f"the sheet was not fetched: {error.detail}", "") from None
    except Broken as error:
        cure = "Try again; nothing was planned and nothing is spent."
        raise SheetUnreached("sheet.unreached", f"the sheet could not be fetched: {error.detail}", cure) from None
    return _read(answer, asked=bool(marks))


def _from_storage(url: str, marks: Mapping[str, str], settings: Settings) -> Fetched:
    try:
        found = read_object(url, settings, mark=marks.get(_MARK, ""), most_bytes=MOST_BYTES)
    except FileNotFoundError:
        cure = "Look at the bucket and the name."
        raise SheetUnreached("sheet.gone", "there is no sheet at this address", cure) from None
    except PermissionError:
        cure = "Look at FANOUT_STORE_OPTIONS or the credentials in the environment."
        raise SheetUnreached("sheet.forbidden", "storage does not let us read the sheet", cure) from None
    except StoreError as error:
        cure = "Try again; nothing was planned and nothing is spent."
        raise SheetUnreached("sheet.unreached", f"the sheet could not be fetched: {error}", cure) from None
    if found.data is not None:
        _require_rows(found.data)
    return Fetched(found.data, {_MARK: found.mark} if found.mark else {})


def _require_rows(data: bytes) -> None:
    if not data.strip():
        raise SheetUnreached("sheet.empty", "an empty file came", "Is it the right tab, and is it published?")


def _read(answer: Answer, *, asked: bool) -> Fetched:
    if answer.status == HTTPStatus.NOT_MODIFIED and asked:
        return Fetched(None)
    if answer.status in _CLOSED or _is_page(answer):
        why = f"HTTP {answer.status}" if answer.status in _CLOSED else "a web page came, not CSV"
        raise SheetUnreached("sheet.not_published", f"the sheet is not published: {why}", _PUBLISH)
    if answer.status in _GONE:
        cure = "Is it still published? Copy its address again."
        raise SheetUnreached("sheet.gone", f"there is no sheet at this address (HTTP {answer.status})", cure)
    if answer.status != HTTPStatus.OK:
        cure = "Try again later; nothing was planned and nothing is spent."
        raise SheetUnreached("sheet.unreached", f"the sheet did not come: HTTP {answer.status}", cure)
    _require_rows(answer.body)
    marks = {"If-None-Match": answer.headers.get("etag"), "If-Modified-Since": answer.headers.get("last-modified")}
    return Fetched(answer.body, {name: value for name, value in marks.items() if value and _may_be_sent(value)})


def _may_be_sent(mark: str) -> bool:
    """Whether it can stand in a header of ours: it is a stranger's text."""
    return mark.isascii() and mark.isprintable() and len(mark) <= _LONGEST_MARK


def _is_page(answer: Answer) -> bool:
    """A page to log in on, or the sheet's own page: Google answers so, with status 200, what is not published."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    beginning = answer.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return kind == "text/html" or beginning.startswith(_PAGES)
