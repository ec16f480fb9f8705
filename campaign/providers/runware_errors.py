"""Runware's errors: whether they prove that nothing was accepted, and who must act.

Source: runware.ai/docs platform/errors and the types of runware-sdk 1.8.0, read 2026-11-20. Codes are many and may change: they
are known by their words. `{"errors": [{code, message, parameter, taskUUID}]}`, under any status.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus

from campaign.errors import ProviderBarred, ProviderError, ProviderRejected
from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, Members, members, sentence, text_of
from campaign.providers.uploads import MediaRefused

NAME = "runware"

TAKEN = "conflictTaskUUID"
"""Refuses a second task of one taskUUID: proof that the first arrived."""

_REFUSED = frozenset({400, 404, 405, 413, 414, 415, 422})
_NO_KEY = re.compile(
    r"(?i)^(?!provider).*(api_?key|auth|forbidden|permission|suspended|(account|organi[sz]ation|workspace)disabled)"
)
_NO_CREDIT = re.compile(r"(?i)^(?!provider).*(credit|quota|balance|paymentRequired)")
_SLOW_DOWN = re.compile(r"(?i)rate_?limit")
_MODERATED = re.compile(r"(?i)contentPolicy|sensitiveContent|unsafeContent|nsfw|moderation|promptBlocked|imageBlocked")
_UNKNOWN = re.compile(r"(?i)notFound$|expired$")
_BAD_REQUEST = re.compile(
    r"(?i)^(invalid|missing|unsupported|incompatible|unknownParam|duplicate|conflict|value|array|max|validation)"
)
_OF_THE_REQUEST = re.compile(r"(?i)rate_?limit|^(?!provider).*(server|unavailable|connection)|^timeout$")
_UNBILLED = re.compile(
    r"(?i)timeout|^provider|rate_?limit|unavailable|noAvailable|credit|quota|balance|paymentRequired"
)
_TRANSIENT = re.compile(r"(?i)^provider|timeout|connection|unavailable|server|failed$|error$|rate_?limit")


def errors_of(told: Members) -> list[Members]:
    """`errors`, or the one `error` that some answers have."""
    many, alone = told.get("errors"), told.get("error")
    listed = [each for each in many if isinstance(each, Mapping)] if isinstance(many, list) else []
    return listed + ([alone] if isinstance(alone, dict) else [])


def code_of(error: Members) -> str:
    """Its code, "" when it has none."""
    return text_of(error, "code") or ""


def words(error: Members) -> str:
    """An error in one line for a person."""
    parameter = _parameter(error)
    about = f", about {parameter}" if parameter else ""
    return sentence(f"{text_of(error, 'message') or 'it gives no reason'} ({code_of(error) or 'no code'}{about})")


def is_moderation(error: Members) -> bool:
    """Whether a moderation refused it."""
    return bool(_MODERATED.search(code_of(error)))


def is_unknown_task(error: Members) -> bool:
    """Whether it says that there is no such task (any more)."""
    return bool(_UNKNOWN.search(code_of(error)))


def is_transient(error: Members) -> bool:
    """Whether the same request may fare better another time."""
    return not _BAD_REQUEST.search(code_of(error)) and bool(_TRANSIENT.search(code_of(error)))


def is_unbilled(error: Members) -> bool:
    """Whether a failed task cost nothing, although no price is told with it. No document says what a failure costs.

    So it is where the task was never begun (a bad request, no server, no credit), or where Luma gave nothing to Runware. All
    else counts as billed, so that it is not bought again unasked: to think otherwise of a code, add it to `_UNBILLED`.
    """
    return bool(_BAD_REQUEST.search(code_of(error)) or _UNBILLED.search(code_of(error)))


def is_of_the_request(error: Members) -> bool:
    """Whether it may be the question that failed, not the task that was asked about: what failed itself has a status."""
    return error.get("status") != "error" and bool(_OF_THE_REQUEST.search(code_of(error)))


def asks_to_slow_down(answer: Answer) -> bool:
    """Whether a refusal asks to slow down: with HTTP 429, or with an error that says so under another status."""
    if answer.accepted or not answer.whole:
        return False
    try:
        errors = errors_of(members(answer))
    except Malformed:
        errors = []
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS or any(_SLOW_DOWN.search(code_of(error)) for error in errors)


def refusal(error: Members, answer: Answer) -> ProviderError:
    """The error that a refused request means. Raises Malformed for one that does not prove that nothing was accepted."""
    if keyless := no_key(error, answer):
        return keyless
    code = code_of(error)
    if answer.status == HTTPStatus.PAYMENT_REQUIRED or _NO_CREDIT.search(code):
        cure = "Top up the account at Runware, then run again: nothing is lost."
        return ProviderBarred(NAME, f"says that the account is out of credit: {words(error)} {cure} [provider.credit]")
    if _BAD_REQUEST.search(code) or _UNKNOWN.search(code) or (answer.status in _REFUSED and _is_final(code)):
        kind = MediaRefused if _parameter(error).startswith("inputs") else ProviderRejected
        return kind(NAME, f"refused it (HTTP {answer.status}): {words(error)}")
    raise Malformed(f"HTTP {answer.status}: {words(error)}")


def no_key(error: Members, answer: Answer) -> ProviderBarred | None:
    """The error that a refused key means, whatever was asked; None when it is not the key."""
    if answer.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and not _NO_KEY.search(code_of(error)):
        return None
    cure = "Put a valid key into RUNWARE_API_KEY, then run again."
    return ProviderBarred(NAME, f"does not take the key: {words(error)} {cure} [auth]")


def require_key(told: Members, answer: Answer) -> None:
    """Raises ProviderBarred where the key is refused."""
    for error in errors_of(told) or [{}]:
        if keyless := no_key(error, answer):
            raise keyless


def _is_final(code: str) -> bool:
    return bool(code) and not _TRANSIENT.search(code)


def _parameter(error: Members) -> str:
    """The parameter an error is about; the first, where it names several."""
    found = error.get("parameter")
    first = found[0] if isinstance(found, list) and found else found
    return first if isinstance(first, str) else ""
