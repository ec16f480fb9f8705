"""What Runware's answers say of a task.

Source: runware.ai/docs platform/{task-polling,task-details} and models/luma-ray3-2, read 2026-11-20. An answer holds `data` and
`errors` at once; what it says of one task is what both say of its taskUUID.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, Members, kept, members, sentence, text_of
from campaign.providers.base import Extra, Generation, GenerationState
from campaign.providers.runware_errors import (
    TAKEN,
    code_of,
    errors_of,
    is_moderation,
    is_of_the_request,
    is_transient,
    is_unbilled,
    is_unknown_task,
    refusal,
    require_key,
    words,
)

_RUNNING = frozenset({"processing", "pending", "queued"})  # older pages say pending
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says of one task: its items of `data`, its errors of both lists."""

    items: tuple[Members, ...] = ()
    errors: tuple[Members, ...] = ()

    @property
    def done(self) -> Members | None:
        """The item with a result."""
        finished = (item for item in self.items if item.get("status") == "success" or text_of(item, "videoURL"))
        return next(finished, None)


def said_of(told: Members, task_uuid: str) -> Said:
    """Both lists, as far as they are about this task. An error that names no task is about the only one that was asked for."""
    items = [each for each in _data(told) if _names(each, task_uuid)]
    failed = [each for each in items if each.get("status") == "error"]
    errors = [each for each in errors_of(told) if _names(each, task_uuid) or text_of(each, "taskUUID") is None]
    nested = [
        {**(error if isinstance(error := each.get("error"), dict) else each), "status": "error"} for each in failed
    ]
    return Said(tuple(each for each in items if each not in failed), (*errors, *nested))


def taken(answer: Answer, task_uuid: str) -> Generation:
    """What the answer to a paid request means. Raises ProviderBarred, ProviderRejected, Malformed (nothing is settled)."""
    said = said_of(members(answer), task_uuid)
    if said.items:
        return _going(said, task_uuid, answer)
    if any(code_of(error) == TAKEN for error in said.errors):
        return _running(task_uuid, answer, detail="it was taken before.")
    if answer.accepted and not said.errors:
        raise Malformed("it does not mention the task")
    error: Members = said.errors[0] if said.errors else {}
    if is_moderation(error):
        return _failed(error, task_uuid, answer)
    raise refusal(error, answer)


def polled(answer: Answer, task_uuid: str) -> Generation | None:
    """What the answer to getResponse means; None when it settles nothing of the task. Raises ProviderBarred, Malformed."""
    told = members(answer)
    require_key(told, answer)
    said = said_of(told, task_uuid)
    clear = tuple(error for error in said.errors if not is_of_the_request(error))
    return _told(Said(said.items, clear), task_uuid, answer)


def detailed(answer: Answer, task_uuid: str) -> Generation | None:
    """What the answer to getTaskDetails means: it repeats the request of a task, and what was answered. None = no such task."""
    told = members(answer)
    require_key(told, answer)
    for each in _data(told):
        response = each.get("response")
        if _names(each, task_uuid) and (each.get("request") or response):
            said = said_of(response, task_uuid) if isinstance(response, dict) else Said()
            found = _told(said, task_uuid, answer)
            return found or _running(task_uuid, answer)
    return None


def video_uuid(answer: Answer, task_uuid: str) -> str | None:
    """Runware's id of a finished film, which another task may start from; None where the answer has none."""
    done = said_of(members(answer), task_uuid).done
    return None if done is None else text_of(done, "videoUUID")


def item_of(answer: Answer, task_uuid: str) -> Members:
    """The item of a task that is answered at once (an upload, an account). Raises ProviderError, Malformed."""
    said = said_of(members(answer), task_uuid)
    if said.errors:
        raise refusal(said.errors[0], answer)
    require_key({}, answer)
    if not said.items:
        raise Malformed("it does not mention the task")
    return said.items[0]


def _told(said: Said, task_uuid: str, answer: Answer) -> Generation | None:
    """An error settles a task, unless there is a result beside it, or it is only our own second request that was refused."""
    errors = [error for error in said.errors if code_of(error) != TAKEN]
    if errors and said.done is None:
        return _failed(errors[0], task_uuid, answer)
    return _going(said, task_uuid, answer) if said.items or said.errors else None


def _going(said: Said, task_uuid: str, answer: Answer) -> Generation:
    """Running or done."""
    done = said.done
    if done is None:
        odd = [state for item in said.items if (state := text_of(item, "status")) and state not in _RUNNING]
        return _running(task_uuid, answer, odd=sentence(" ".join(odd)))
    url = text_of(done, "videoURL")
    if url is None:  # done, they say, and nothing to fetch: it may come yet
        return _running(task_uuid, answer, odd="success without videoURL")
    return Generation(
        state=GenerationState.DONE,
        remote_id=task_uuid,
        price_usd=_price(done),
        url=url,
        extras=_extras(done),
        answer=kept(answer),
    )


def _running(task_uuid: str, answer: Answer, *, detail: str = "", odd: str = "") -> Generation:
    return Generation(state=GenerationState.RUNNING, remote_id=task_uuid, detail=detail, odd=odd, answer=kept(answer))


def _failed(error: Members, task_uuid: str, answer: Answer) -> Generation:
    """A task that ended without a film: billed where a price is told with it, or where nothing says that it is not."""
    price = _price(error)
    state, detail = GenerationState.FAILED, f"failed: {words(error)}"
    billed = price is not None or not is_unbilled(error)
    if is_moderation(error):
        state, detail = GenerationState.MODERATED, f"refused by moderation: {words(error)}"
        billed = price is not None
    elif is_unknown_task(error):
        state, detail = GenerationState.GONE, f"does not know it: {words(error)}"
    return Generation(
        state=state,
        remote_id=task_uuid,
        detail=detail,
        price_usd=price,
        billed=billed,
        hopeless=not is_transient(error),
        answer=kept(answer),
    )


def _extras(item: Members) -> tuple[Extra, ...]:
    """Every other address among the results. What an EXR is called here is in no document."""
    names = [name for name in item if name.endswith("URL") and name != "videoURL"]
    found = [(name, text_of(item, name)) for name in names]
    return tuple(Extra(name.removesuffix("URL").lower() or "more", url) for name, url in found if url)


def _price(item: Members) -> Decimal | None:
    """USD. A cost of 0 has been seen beside real charges: it says nothing."""
    try:
        cost = Decimal(str(item.get("cost"))).quantize(_MICRO)
    except InvalidOperation:
        return None
    return cost if cost > 0 else None


def _data(told: Members) -> list[Members]:
    found = told.get("data")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _names(each: Members, task_uuid: str) -> bool:
    return (text_of(each, "taskUUID") or "").lower() == task_uuid
