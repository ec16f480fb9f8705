"""Secrets: kept out of every text but the one request that needs them."""

import base64
import hashlib
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn
from urllib.parse import quote

HIDDEN = "[hidden]"
SHORTEST = 6
"""Characters that a secret has at least: a shorter text is nobody's key, and hiding it would blot out common words."""
SHORTEST_HALF = 12
"""Characters that the second half of a pair has at least to be hidden by itself."""

_HEADERS = re.compile(r"(?i)\b(authorization|x-api-key)(['\"]?\s*[:=]\s*['\"]?)(?:(?:bearer|key|basic)\s+)?[^\s'\",}]+")
_QUERY = re.compile(r"(https?://[^\s?#'\"<>]+)\?[^\s'\"<>)\]]*")


class Secret:
    """A text that shows itself to nobody: neither in repr nor in str, logs or errors. `reveal` is for the one request.

    It is not written anywhere either: pickling raises TypeError. From the moment it exists, `redact` hides it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) >= SHORTEST:
            _KNOWN[self] = _spellings(text)

    def reveal(self) -> str:
        """The text itself. Called where a request is signed, and nowhere else."""
        return self._text

    @property
    def fingerprint(self) -> str:
        """Four hex digits by which a person tells one key from another; the key cannot be got from them."""
        return hashlib.sha256(b"fanout:" + self._text.encode()).hexdigest()[:4]

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


_KNOWN: dict[Secret, tuple[str, ...]] = {}
"""Every secret of this process, and how it may be spelt: so that no way out has to be told what to hide."""


def hide(text: str) -> str:
    """`text` without any secret that this process has ever held: as it is, URL-encoded and in base64."""
    for spellings in tuple(_KNOWN.values()):
        for spelling in spellings:
            text = text.replace(spelling, HIDDEN)
    return text


def redact(text: str) -> str:
    """What a stranger said, without secrets: `hide`, and no credentials in headers, no queries of addresses (they are signed)."""
    return _QUERY.sub(rf"\1?{HIDDEN}", _HEADERS.sub(rf"\1\2{HIDDEN}", hide(text)))


@contextmanager
def guarded() -> Iterator[None]:
    """What the block raises is raised without our secrets: Prefect writes down what an exception says, past every log."""
    try:
        yield
    except Exception as error:
        if (told := str(error)) == hide(told):
            raise
        raise RuntimeError(f"{type(error).__name__}: {redact(told)}") from None


def guard_logs() -> None:
    """From now on every log record of this process is redacted as it is made, its traceback included, whoever handles it.

    Not by a filter: those of a logger are passed by for the records of its children.
    """
    former = logging.getLogRecordFactory()
    if not isinstance(former, _Redacting):
        logging.setLogRecordFactory(_Redacting(former))


class _Redacting:
    """Makes log records as `former` does, without secrets."""

    def __init__(self, former: Callable[..., logging.LogRecord]) -> None:
        self._former = former

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record = self._former(*arguments, **named)
        with suppress(Exception):  # wrong arguments of a record are for logging itself to complain about
            told = record.getMessage()
            if (safe := redact(told)) != told:
                record.msg, record.args = safe, None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redact("".join(traceback.format_exception(record.exc_info[1])).rstrip("\n"))
        return record


def _spellings(text: str) -> tuple[str, ...]:
    """How a secret may stand in a text, longest first: of a pair `id:secret` its second half alone, too."""
    parts = {text, *(part for part in text.split(":")[1:] if len(part) >= SHORTEST_HALF)}
    spelt = {form for part in parts for form in (part, quote(part), quote(part, safe=""), *_base64(part.encode()))}
    return tuple(sorted(spelt, key=lambda form: (-len(form), form)))


def _base64(secret: bytes) -> Iterator[str]:
    """What of it stands in the base64 of any text that holds it, wherever in that text it begins."""
    for shift in range(3):
        first, last = (0, 2, 3)[shift], (shift + len(secret)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(shift) + secret).decode()[first:last]
