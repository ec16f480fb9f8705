"""How Runware words refusals and failures (providers.md 2.6), in the codes that the types of runware-sdk 1.8.0 sort."""

from typing import Any

from emulator.calls import Answer, Refused, Trouble
from emulator.job import Fate, Job
from emulator.runware_tasks import Refusal

DOCS = "https://runware.ai/docs/platform/errors"
Item = dict[str, Any]
"""A task, or what is said of one."""
REFUSALS = {
    Trouble.KEY_MISSING: (401, "missingApiKey", "No API key was sent. Get one at https://runware.ai/signup"),
    Trouble.KEY_INVALID: (401, "invalidApiKey", "Invalid API key. Get one at https://runware.ai/signup"),
    Trouble.KEY_REVOKED: (401, "invalidApiKey", "This API key is not valid any more."),
    Trouble.KEY_EXPIRED: (401, "invalidApiKey", "This API key has expired."),
    Trouble.SUSPENDED: (403, "accountSuspended", "This account is suspended."),
    Trouble.OUT_OF_CREDIT: (402, "insufficientCredits", "Insufficient credits. Top up your balance."),
    Trouble.RATE: (429, "rateLimitExceeded", "Too many requests. Please slow down."),
    Trouble.SLOTS: (429, "rateLimitExceeded", "Too many concurrent requests."),
    Trouble.NOT_ACCEPTED: (503, "serviceUnavailable", "Temporarily unavailable; the request was not accepted."),
    Trouble.UPSTREAM: (502, "internalServerError", "Upstream error."),
    Trouble.DOWN: (503, "serviceUnavailable", "The service is temporarily unavailable."),
    Trouble.NOT_FOUND: (404, "notFound", "Not found."),
    Trouble.BAD_JSON: (400, "invalidJson", "The request body is not valid JSON."),
    Trouble.MODERATED: (400, "contentPolicyViolation", "The prompt was refused by content moderation."),
    Trouble.REFUSED: (400, "invalidPositivePrompt", "Invalid value for 'positivePrompt'."),
    Trouble.UNUSABLE: (422, "invalidInputsVideo", "Unusable media."),
    Trouble.OURS: (500, "internalServerError", "Internal error."),
}
FAILURES = {
    Fate.FAILED: ("timeoutProvider", "The provider did not answer in time."),
    Fate.BILLED: ("processingFailed", "The provider failed while it worked."),
    Fate.MODERATED: ("providerContentPolicyViolation", "The provider refused the content."),
}


def is_in_data(job: Job) -> bool:
    """Documents show a failure in `errors` and as an item of `data` with status "error": jobs take turns."""
    return int(job.work.asked[-1], 16) % 2 == 0


def names_of(task: Item) -> Item:
    """What a task is called, for the error that it caused."""
    return {name: task[name] for name in ("taskType", "taskUUID") if isinstance(task.get(name), str)}


def error_of(task: Item, refusal: Refusal) -> Item:
    """One member of `errors`."""
    parameter = refusal.parameter
    about = {} if parameter is None else {"parameter": parameter if isinstance(parameter, str) else list(parameter)}
    return {"code": refusal.code, "message": refusal.message, **about, **names_of(task), "documentation": DOCS}


def refused_whole(code: str, text: str) -> Refused:
    """A refusal of the request itself."""
    return Refused(Answer(400, {"errors": [{"code": code, "message": text, "documentation": DOCS}]}))
