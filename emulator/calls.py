"""One request to a vendor and its answer, as vendor modules see them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.requests import Request

from emulator.job import Job
from emulator.options import LOOPBACK


class Scope(StrEnum):
    """What a request is for: it says which faults may strike it. OTHER: none of them (lists, balances)."""

    SUBMIT = "submit"
    POLL = "poll"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    OTHER = "other"


PREFIXES = {Scope.SUBMIT: "p_", Scope.POLL: "p_poll_", Scope.UPLOAD: "p_up_", Scope.DOWNLOAD: "p_dl_"}


class Trouble(StrEnum):
    """Why the core refuses a request; each vendor says it in its own envelope (`Vendor.refusal`)."""

    KEY_MISSING = "key missing"
    KEY_INVALID = "key invalid"
    KEY_REVOKED = "key revoked"
    KEY_EXPIRED = "key expired"
    SUSPENDED = "account suspended"
    OUT_OF_CREDIT = "out of credit"
    RATE = "too many requests"
    SLOTS = "too many jobs at once"
    NOT_ACCEPTED = "not accepted, try again"
    UPSTREAM = "upstream trouble, outcome unknown"
    DOWN = "down"
    NOT_FOUND = "not found"
    BAD_JSON = "not JSON"
    MODERATED = "moderated"
    REFUSED = "bad parameter"
    UNUSABLE = "unusable media or parameters"
    OURS = "a fault of the emulator"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `body` is JSON when it is no bytes; None for an empty one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


class Troubled(Exception):
    """The core, or a vendor module, refuses: the vendor's `refusal` makes the answer. `status` where the trouble has several."""

    def __init__(
        self, trouble: Trouble, text: str = "", *, status: int | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__(trouble, text)
        self.trouble = trouble
        self.text = text
        self.status = status
        self.retry_after = retry_after


class Refused(Exception):
    """A vendor module refuses with an answer of its own."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(slots=True, kw_only=True)
class Call:
    """One request. `headers` are in lower case, `parts` the named parts of its path, `base` is our address as it was called.

    `body` is empty where the route streams (read `request.stream()` then). `about` says what is asked, for repeatable faults.
    `accepted` are the jobs that it bought.
    """

    request: Request
    vendor: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    parts: Mapping[str, str]
    base: str
    body: bytes = b""
    body_sha256: str = ""
    scope: Scope = Scope.OTHER
    about: str = ""
    request_id: str = ""
    accepted: list[Job] = field(default_factory=list)
    _read: Any = None

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which this emulator may be called: addresses with them are its own."""
        server = self.request.scope.get("server") or ("", 0)
        return frozenset({self.headers.get("host", ""), *(f"{name}:{server[1]}" for name in LOOPBACK)})

    def json(self) -> Any:
        """The body, read once. Raises Troubled (BAD_JSON)."""
        if self._read is None:
            try:
                self._read = json.loads(self.body)
            except ValueError:
                raise Troubled(Trouble.BAD_JSON, "The request body is not valid JSON.") from None
        return self._read
