"""How fal words its answers: addresses, states, refusals and failures (providers.md 3.2, 3.5)."""

from typing import Any

from emulator.calls import Answer, Call, Trouble
from emulator.clock import iso
from emulator.fal_requests import Problem
from emulator.job import Fate, Job

REQUESTS = "/luma/agent/requests/"
LOCKED = "User is locked. Reason: {}"
REFUSALS = {
    Trouble.KEY_MISSING: (401, "Authentication is required to access this application.", None),
    Trouble.KEY_INVALID: (401, "No user found for Key ID and Secret", None),
    Trouble.KEY_REVOKED: (401, "No user found for Key ID and Secret", None),
    Trouble.KEY_EXPIRED: (401, "No user found for Key ID and Secret", None),
    Trouble.SUSPENDED: (403, LOCKED.format("Admin lock. Please contact support@fal.ai"), None),
    # Not 402: seen at fal as 403 (fal-ai/fal issues 1112, 1147, 1162).
    Trouble.OUT_OF_CREDIT: (
        403,
        LOCKED.format("Exhausted balance. Top up your balance at fal.ai/dashboard/billing."),
        None,
    ),
    Trouble.RATE: (429, "Too many requests", "rate_limit_exceeded"),
    Trouble.SLOTS: (429, "Concurrent requests limit reached", "concurrent_requests_limit"),
    Trouble.NOT_ACCEPTED: (503, "Temporarily unavailable; the request was not accepted.", "runner_scheduling_failure"),
    Trouble.UPSTREAM: (502, "Upstream trouble", "runner_connection_error"),
    Trouble.DOWN: (503, "Service unavailable", "downstream_service_unavailable"),
    Trouble.NOT_FOUND: (404, "Request not found", None),
    Trouble.BAD_JSON: (422, "The request body is not valid JSON.", None),
    Trouble.OURS: (500, "Internal error", "internal_error"),
}
FAILURES = {
    Fate.FAILED: (500, "runner_server_error", "The runner failed while it worked."),
    Fate.BILLED: (422, "no_media_generated", "No video was generated."),
    Fate.MODERATED: (
        422,
        "content_policy_violation",
        "The content could not be processed: it was flagged by a content checker.",
    ),
}


def fault_of(job: Job, fail_code: str) -> tuple[int, str, str]:
    """Status, type and words of a failure; `fail_code` is the word of that fault."""
    if job.broken:
        return 422, "unsupported_video_format", job.broken
    status, kind, text = FAILURES[job.fate]
    if job.fate is Fate.FAILED:
        kind = fail_code or kind
    return status, kind, text


def queued(call: Call, named: str, place: int) -> dict[str, Any]:
    """The answer to a submit."""
    return {"status": "IN_QUEUE", "request_id": named, **_addresses(call, named), "queue_position": place}


def told_of(call: Call, named: str, status: str, now: float) -> dict[str, Any]:
    """The part that every status has, as it stands `now`. fal-client 1.0.3 wants `logs` there, if only as null."""
    asked = call.request.query_params.get("logs", "").casefold() in ("1", "true")
    line = {
        "timestamp": iso(now),
        "level": "INFO",
        "source": "USER",
        "message": f"{status.lower()} ...",
    }
    return {"status": status, "request_id": named, **_addresses(call, named), "logs": [line] if asked else None}


def _addresses(call: Call, named: str) -> dict[str, str]:
    """Without the endpoint's own path: they hang on the application."""
    address = f"{call.base}{REQUESTS}{named}"
    return {"response_url": address, "status_url": f"{address}/status", "cancel_url": f"{address}/cancel"}


def metrics(job: Job) -> dict[str, float]:
    """How long it ran."""
    return {"inference_time": round(job.ends_at - job.starts_at, 3)}


def invalid(problems: list[Problem]) -> Answer:
    """A refusal by the model."""
    return Answer(422, {"detail": problems}, {"x-fal-retryable": "false", "x-fal-error-type": problems[0]["type"]})


def failed(status: int, text: str, kind: str | None, headers: dict[str, str] | None = None) -> Answer:
    """A refusal by the platform, or a failure of the runner."""
    told = {"x-fal-error-type": kind} if kind else {}
    return Answer(status, {"detail": text} | ({"error_type": kind} if kind else {}), {**told, **(headers or {})})
