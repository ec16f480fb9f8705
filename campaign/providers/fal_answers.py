"""What fal's answers mean, for money above all.

Source: fal.ai/docs queue, errors and FAQ pages; fal-client 1.0.3; read 2026-11-20. A model's errors are
`{"detail": [{loc, msg, type}]}`, those of the platform `{"detail": text, "error_type": text}`.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus

from campaign.errors import ProviderBarred, ProviderError, ProviderRejected
from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, Members, id_of, kept, members, members_so_far, sentence, text_of
from campaign.providers.base import Extra, Generation, GenerationState
from campaign.providers.uploads import MediaRefused

NAME = "fal"

REFUSED_RESULT_IS_BILLED = True
"""fal's FAQ: a 4xx "may still be charged if a runner spent GPU time", a 5xx never is. Whether it was, nobody tells."""

_REFUSED = frozenset({400, 411, 413, 414, 415, 422, 431})
_KEYLESS = frozenset({401, 402, 403})
_RUNNING = frozenset({"IN_QUEUE", "IN_PROGRESS"})
_MODERATED = re.compile(r"(?i)content_policy|moderat|nsfw|safety")
_CANCELLED = re.compile(r"(?i)cancel")
_NO_CREDIT = re.compile(r"(?i)balance|credit|billing|payment")
_MEDIA = frozenset({"video_url", "start_image_url", "keyframes"})


def queued(answer: Answer) -> Generation:
    """A request that was taken. Of an answer that broke off, or is broken JSON, the id is enough. Raises Malformed."""
    try:
        told = members(answer)
    except Malformed as broken:
        try:
            told = members_so_far(answer)
        except Malformed:
            raise broken from None
    return _generation(GenerationState.RUNNING, id_of(told, "request_id"), answer)


def refusal(answer: Answer) -> ProviderError:
    """The error that a refused submission means. Raises Malformed for one that does not prove that nothing was accepted."""
    said = words(answer)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            cure = "Put a valid key into FAL_KEY (id:secret), then run again."
            return ProviderBarred(NAME, f"does not take the key: {said} {cure} [auth]")
        case HTTPStatus.PAYMENT_REQUIRED | HTTPStatus.FORBIDDEN if _NO_CREDIT.search(said) or answer.status == 402:
            cure = "Top up the account at fal, then run again: nothing is lost."
            return ProviderBarred(NAME, f"says that the account is out of credit: {said} {cure} [provider.credit]")
        case HTTPStatus.FORBIDDEN:
            cure = "Look at the account and at what FAL_KEY may do; jobs that were taken are still fetched."
            return ProviderBarred(NAME, f"does not let this account do it: {said} {cure} [auth]")
        case HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED:
            return ProviderBarred(NAME, f"has nothing at this address: {said} Check FAL_QUEUE_URL and FAL_REST_URL.")
        case status if status in _REFUSED:
            kind = MediaRefused if _MEDIA & set(_places(answer)) else ProviderRejected
            return kind(NAME, f"refused it (HTTP {status}): {said}")
    raise Malformed(f"HTTP {answer.status}: {said}")


def moderated(answer: Answer) -> Generation | None:
    """A submission that moderation refused at once; None for any other."""
    if answer.status not in _REFUSED or not _is_moderation(answer):
        return None
    return _generation(GenerationState.MODERATED, "", answer, detail=f"refused by moderation: {words(answer)}")


def success(answer: Answer) -> Members:
    """The members of a success. Raises what a refusal means, or Malformed."""
    if answer.accepted:
        return members(answer)
    raise refusal(answer)


def status_of(answer: Answer, remote_id: str) -> Generation | Members:
    """Where a request stands: a generation, or the members of a status that says COMPLETED, which is no success yet."""
    if answer.status == HTTPStatus.NOT_FOUND:
        members(answer)  # only fal's own envelope can say that it does not know a request
        return _generation(GenerationState.GONE, remote_id, answer, detail=f"does not know it: {words(answer)}")
    told = _read(answer)
    state = text_of(told, "status") or ""
    if state == "COMPLETED":
        return told
    odd = "" if state in _RUNNING else sentence(state or "no status")
    return _generation(GenerationState.RUNNING, remote_id, answer, odd=odd)


def result_of(answer: Answer, remote_id: str, status: Members) -> Generation:
    """What a completed request came to. Raises ProviderBarred (the key is refused), Malformed."""
    if answer.accepted:
        return _film(members(answer), remote_id, answer)
    if answer.status in _KEYLESS:
        raise refusal(answer)
    said = words(answer)
    if is_cancelled(status) or _CANCELLED.search(_type(answer)):
        return called_off(remote_id, status, answer)
    if answer.status == HTTPStatus.NOT_FOUND:
        return _generation(GenerationState.GONE, remote_id, answer, detail=f"has no result of it any more: {said}")
    if not HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Malformed(f"HTTP {answer.status}: {said}")
    members(answer)
    state, detail = GenerationState.FAILED, f"failed (HTTP {answer.status}): {said}"
    if _is_moderation(answer):
        state, detail = GenerationState.MODERATED, f"refused by moderation: {said}"
    return _generation(state, remote_id, answer, detail=detail, billed=REFUSED_RESULT_IS_BILLED, hopeless=True)


def failed_by_itself(remote_id: str, status: Members, told: str) -> Generation:
    """A request that the platform gave up, as its status says and a server error in place of its result confirms: not billed.

    `told` is that error as it is kept.
    """
    if is_cancelled(status):
        return called_off(remote_id, status)
    why = sentence(f"{text_of(status, 'error') or 'it gives no reason'} ({text_of(status, 'error_type') or 'no type'})")
    return Generation(state=GenerationState.FAILED, remote_id=remote_id, detail=f"failed: {why}", answer=told)


def called_off(remote_id: str, status: Members, answer: Answer | None = None) -> Generation:
    """A request that was called off. It may be billed when a runner had begun."""
    metrics = status.get("metrics")
    begun = isinstance(metrics, Mapping) and bool(metrics.get("inference_time"))
    return Generation(
        state=GenerationState.CANCELLED,
        remote_id=remote_id,
        detail="was called off.",
        billed=begun,
        answer="" if answer is None else kept(answer),
    )


def has_error(status: Members) -> bool:
    """Whether a completed status says that it went wrong."""
    return text_of(status, "error") is not None or text_of(status, "error_type") is not None


def is_cancelled(status: Members) -> bool:
    """Whether a completed status says that it was called off."""
    return bool(_CANCELLED.search(text_of(status, "error_type") or ""))


def words(answer: Answer) -> str:
    """What fal wrote, as one line for a person."""
    said = [text for each in _details(answer) if (text := text_of(each, "msg"))]
    kinds = [text for each in _details(answer) if (text := text_of(each, "type"))]
    try:
        told = members(answer)
    except Malformed:
        return sentence(answer.text) or "nothing said."
    plain = text_of(told, "detail") or text_of(told, "error") or text_of(told, "status") or ""
    kind = ", ".join(kinds) or _type(answer)
    return sentence("; ".join(said) or plain or "it gives no reason") + (f" ({sentence(kind)})" if kind else "")


def _read(answer: Answer) -> Members:
    """The members of an answer to a question. Raises ProviderBarred (the key is refused), Malformed."""
    if not answer.accepted and answer.status not in _KEYLESS:
        raise Malformed(f"HTTP {answer.status}: {words(answer)}")
    return success(answer)


def _film(told: Members, remote_id: str, answer: Answer) -> Generation:
    url = _address(told.get("video"))
    if url is None:  # done, they say, and nothing to fetch: it may come yet
        return _generation(GenerationState.RUNNING, remote_id, answer, odd="COMPLETED without a video")
    extras = tuple(
        Extra(name.removesuffix("_file"), found)
        for name, value in told.items()
        if name != "video" and (found := _address(value))
    )
    return _generation(GenerationState.DONE, remote_id, answer, url=url, extras=extras)


def _address(value: object) -> str | None:
    """The address of a file object."""
    return text_of(value, "url") if isinstance(value, Mapping) else None


def _generation(
    state: GenerationState,
    remote_id: str,
    answer: Answer,
    *,
    detail: str = "",
    odd: str = "",
    billed: bool = False,
    hopeless: bool = False,
    url: str | None = None,
    extras: tuple[Extra, ...] = (),
) -> Generation:
    return Generation(
        state=state,
        remote_id=remote_id,
        request_id=answer.headers.get("x-fal-request-id"),
        detail=detail,
        odd=odd,
        billed=billed,
        hopeless=hopeless,
        url=url,
        extras=extras,
        answer=kept(answer),
    )


def _is_moderation(answer: Answer) -> bool:
    kinds = [text_of(each, "type") or "" for each in _details(answer)]
    return any(_MODERATED.search(kind) for kind in (*kinds, _type(answer)))


def _type(answer: Answer) -> str:
    """The platform's type of an error, from the body or the header."""
    try:
        found = text_of(members(answer), "error_type")
    except Malformed:
        found = None
    return found or answer.headers.get("x-fal-error-type", "")


def _places(answer: Answer) -> list[str]:
    """The fields that a model's errors are about."""
    found = [each.get("loc") for each in _details(answer)]
    return [part for loc in found if isinstance(loc, list) for part in loc if isinstance(part, str)]


def _details(answer: Answer) -> list[Members]:
    """A model's own errors; empty for those of the platform."""
    try:
        found = members(answer).get("detail")
    except Malformed:
        return []
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
