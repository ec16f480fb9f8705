"""What Luma's answers mean, for money above all.

Source: docs.agents.lumalabs.ai/guides/{error-handling,rate-limits}, copy of 2026-06-11; types of the SDK luma-agents 0.5.0.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from campaign.errors import ProviderBarred, ProviderError, ProviderRejected
from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, Members, id_of, kept, members, members_so_far, sentence, text_of
from campaign.providers.base import Extra, Generation, GenerationState

NAME = "luma"
LINK_LIFE = timedelta(hours=1)

_REFUSED = frozenset({400, 404, 405, 411, 413, 414, 415, 422, 431})
"""Statuses that prove that nothing was accepted: those that Luma documents, and those of HTTP for what was not even read."""
_RUNNING = frozenset({"queued", "processing"})
_RETRIED = frozenset({"generation_failed", "output_not_found", "rate_limited"})
_BAD_INPUT = frozenset({"image_too_large", "unsupported_format", "corrupt_input", "invalid_request"})
_MODERATED = "content_moderated"
_SPENT = "budget_exhausted"
MODERATION = re.compile(r"(?i)\bmoderat|content[ _-]policy")
_NOT_ACCEPTED = re.compile(r"(?i)\burl\b.{0,40}\bingest|\bingest.{0,40}\burl\b|\bnot (?:been )?accepted\b")
_EXR = (".exr", ".zip")


def refusal(answer: Answer) -> ProviderError:
    """The error that a refusal means; ProviderBarred where it holds for every request. Raises Malformed for what is none."""
    said = sentence(detail(answer))
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            cure = "Put a valid key of the Agents API into LUMA_AGENTS_API_KEY, then run again."
            return ProviderBarred(NAME, f"does not take the key: {said} {cure} [auth]")
        case HTTPStatus.PAYMENT_REQUIRED:
            cure = "Top up the account at Luma, then run again: nothing is lost."
            return ProviderBarred(NAME, f"says that the account is out of credit: {said} {cure} [provider.credit]")
        case HTTPStatus.FORBIDDEN:
            cure = "Ask Luma's support; jobs that were taken are still fetched."
            return ProviderBarred(NAME, f"has suspended this account or does not let it do this: {said} {cure} [auth]")
        case status if status in _REFUSED:
            return ProviderRejected(NAME, f"refused it (HTTP {status}): {said}")
    raise Malformed(f"HTTP {answer.status}: {said or 'nothing said'}")


def success(answer: Answer) -> Answer:
    """A success as it is. Raises what a refusal means, or Malformed. A 404 here is an address that is not Luma's."""
    if answer.accepted:
        return answer
    if answer.status == HTTPStatus.NOT_FOUND:
        raise ProviderBarred(
            NAME, f"has nothing at this address: {sentence(detail(answer))} Check LUMA_BASE_URL: it ends in /v1."
        )
    raise refusal(answer)


def moderated(answer: Answer) -> Generation | None:
    """A request that moderation refused at once; None for any other."""
    said = detail(answer)
    if answer.status not in _REFUSED or not MODERATION.search(said):
        return None
    return Generation(
        state=GenerationState.MODERATED,
        remote_id="",
        request_id=request_id(answer),
        detail=f"refused by moderation: {sentence(said)}",
        answer=kept(answer),
    )


def not_accepted(answer: Answer) -> bool:
    """The one server error that proves that nothing was accepted: Luma's 503, which is documented for addresses that it does
    not fetch, where its sentence says that or says it outright. Any other sentence proves nothing.
    """
    if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
        return False
    try:
        told = members(answer)
    except Malformed:
        return False
    return bool(_NOT_ACCEPTED.search(text_of(told, "detail") or ""))


def taken(answer: Answer, now: datetime) -> Generation:
    """A generation as the answer to its POST tells it. Of a broken answer only the id counts, and it proves acceptance.

    Raises Malformed for an answer without an id, whatever else it says.
    """
    try:
        return generation(answer, now)
    except Malformed:
        running = GenerationState.RUNNING
        remote_id = id_of(members_so_far(answer), "id")
        return Generation(state=running, remote_id=remote_id, request_id=request_id(answer), answer=kept(answer))


def generation(answer: Answer, now: datetime) -> Generation:
    """A generation as Luma tells it. Raises Malformed for an answer without an id, or a broken one."""
    told = members(answer)
    running = Generation(
        state=GenerationState.RUNNING,
        remote_id=id_of(told, "id"),
        request_id=request_id(answer),
        answer=kept(answer),
    )
    match told.get("state"):
        case "completed":
            return _completed(told, running, now)
        case "failed":
            return _failed(told, running)
        case str() as state if state in _RUNNING:
            return running
        case odd:
            return replace(running, odd="no state" if odd is None else sentence(str(odd)))


def detail(answer: Answer) -> str:
    """The sentence of an error: Luma's envelope is `{"detail": text}`."""
    try:
        told = members(answer)
    except Malformed:
        return answer.text
    return text_of(told, "detail") or answer.text


def request_id(answer: Answer) -> str | None:
    """Luma's name for the request, for its support."""
    return answer.headers.get("x-request-id")


def _completed(told: Members, running: Generation, now: datetime) -> Generation:
    outputs = told.get("output")
    entries = [each for each in outputs if isinstance(each, dict)] if isinstance(outputs, list) else []
    entries = [each for each in entries if text_of(each, "url")]
    film = next((each for each in entries if each.get("type") == "video" and not _is_exr(each)), None)
    if film is None:
        # Done, they say, and nothing to fetch: it may come yet, and until the deadline nothing is lost by asking again.
        return replace(running, odd="completed without a film")
    return replace(
        running,
        state=GenerationState.DONE,
        url=text_of(film, "url"),
        url_expires_at=now + LINK_LIFE,
        extras=_extras([each for each in entries if each is not film]),
    )


def _extras(entries: Sequence[Members]) -> tuple[Extra, ...]:
    """Further files, each by a kind of its own. What an EXR's entry is called is in no document: its address tells, too."""
    seen: Counter[str] = Counter()
    found = []
    for entry in entries:
        kind = "exr" if _is_exr(entry) else sentence(text_of(entry, "type") or "more")
        seen[kind] += 1
        found.append(Extra(kind if seen[kind] == 1 else f"{kind}-{seen[kind]}", text_of(entry, "url") or ""))
    return tuple(found)


def _is_exr(entry: Members) -> bool:
    path = urlsplit(text_of(entry, "url") or "").path.lower()
    return path.endswith(_EXR) or "exr" in (text_of(entry, "type") or "").lower()


def _failed(told: Members, running: Generation) -> Generation:
    code = text_of(told, "failure_code") or ""
    reason = sentence(text_of(told, "failure_reason") or "it gives no reason")
    said = f"{reason} ({sentence(code) or 'no failure code'})"
    if code == _MODERATED:
        return replace(running, state=GenerationState.MODERATED, detail=f"refused by moderation: {said}")
    failed = replace(running, state=GenerationState.FAILED, detail=f"failed: {said}")
    if code in _RETRIED or code in _BAD_INPUT:
        return replace(failed, hopeless=code in _BAD_INPUT)
    if code == _SPENT:
        return replace(failed, billed=True)
    return replace(
        failed, billed=True, detail=f"failed: {said}. No document says what that costs: it counts as billed."
    )
