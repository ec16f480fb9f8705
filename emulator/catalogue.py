"""Every fault that the emulator knows by name. Numbers of the form F04 are those of reference/faults.md.

Four families befall requests; the part before the last word says when: a submit (`p_half`), a poll (`p_poll_half`), an
upload (`p_up_half`), a download (`p_dl_half`). The rest befall jobs, keys, money and links. Each may be set for one
vendor only: `luma.p_half=1` counts instead of `p_half` there.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a fault is set to."""

    CHANCE = "chance"
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault's name, what it is set to (a chance from 0 to 1, a number from 0 up, a word, perhaps from a closed list)."""

    name: str
    kind: Kind
    told: str
    words: tuple[str, ...] = ()
    usual: float | str = 0.0


def _chance(name: str, told: str) -> Fault:
    return Fault(name, Kind.CHANCE, told)


def _number(name: str, told: str, usual: float = 0.0) -> Fault:
    return Fault(name, Kind.NUMBER, told, usual=usual)


def _word(name: str, told: str, usual: str = "", words: tuple[str, ...] = ()) -> Fault:
    return Fault(name, Kind.WORD, told, words, usual)


SCOPES = {"": "a submit", "poll_": "a poll", "up_": "an upload", "dl_": "a download"}

_ON_ANY_REQUEST = {
    "pre_drop": "reset when it arrives, before anything is done (F04)",
    "post_drop": "reset instead of the answer, after all was done (and billed) (F05)",
    "stall": "done, then no answer for stall_s (F06)",
    "half": "right headers, half the body, reset (F07)",
    "badjson": "done, answered with a body of the kind that `badjson` names (F08)",
    "429": "refused with 429 and the Retry-After that `retry_after` names (F10)",
    "500": "refused with 503, nothing done (F12)",
    "502_billed": "done (and billed), answered with `billed_status` (F11)",
    "redirect": "answered with a redirect of status `redirect_status` to `redirect_to` (F17)",
    "bomb": "done, answered with a gzip bomb of bomb_mb (F21)",
    "drip": "answered drip_bps bytes a second (F18)",
    "slow": "answered slow_s later than usual",
    "404": "refused with 404",
    "401": "refused as if the key were unknown",
    "close": "done, then the connection is closed in good order, without an answer",
    "end": "answered well, then the connection is closed unannounced",
    "hints": "answered behind a 103 that nobody asked for",
    "headers": "done, answered with headers that no client should choke on: doubled, long, odd",
    "chunked": "answered in chunks, without Content-Length",
    "wrong_type": "answered as text/plain",
}

REQUEST_FAULTS = tuple(
    _chance(f"p_{scope}{name}", f"{when}: {told}")
    for scope, when in SCOPES.items()
    for name, told in _ON_ANY_REQUEST.items()
)

ANSWERS = (
    _number("stall_s", "how long p_stall says nothing", 65),
    _number("slow_s", "how much later p_slow answers", 2),
    _number("drip", "1: every poll and download drips (F18)"),
    _number("drip_bps", "how many bytes a second a drip lets through", 1),
    _number("redirect", "a status 301 to 308: every submit is redirected (F17)"),
    _number("redirect_status", "the status of a redirect", 307),
    _word("redirect_to", "where redirects lead (default: this emulator under its other name, where hits are recorded)"),
    _number("billed_status", "500 to 504, what p_502_billed answers", 502),
    _word(
        "badjson",
        "what p_badjson answers",
        "mixed",
        ("mixed", "broken", "empty", "html", "list", "null", "text", "types", "nan", "deep", "latin1"),
    ),
    _word(
        "retry_after",
        "Retry-After of a 429: seconds, date, absent, huge, negative, words, past, mixed, or the header's text",
        "1",
    ),
    _word("throttle", "which 429 p_429 is: too many requests, or too many jobs", "rate", ("rate", "slots")),
    _number("bomb_mb", "how many MB a gzip bomb unpacks to", 64),
    _number("rpm", "submits a minute before 429 (0: no limit)"),
    _number(
        "ok_status", "200 to 299: what every submit that bought something is answered with, instead of the vendor's own"
    ),
    _word("error_page", "how errors of 500 and above are answered", "json", ("json", "html", "text", "empty")),
    _number("extra_fields", "1: answers carry fields that no document knows"),
    _number("echo_auth", "1: error texts repeat the key that was sent (F98)"),
    _number("down", "1: every request of the API is refused with 503 (F44); more: for so many seconds from now"),
    _number("lag_s", "every answer comes so much later"),
)

ACCOUNT = (
    _number("auth_fail_after", "the key is refused for submits once so many jobs were accepted (F15)"),
    _word("auth_fail_with", "what auth_fail_after answers", "401", ("401", "403", "expired")),
    _word("auth_fail_scope", "whether polls are refused as well", "submit", ("submit", "all")),
    _number("rotate", "once so many jobs were accepted only the key with -rotated behind it is taken (F102)"),
    _number("credit", "USD in all before 402 (F16); -1: no end", -1),
    _number("price", "what is billed, as a multiple of the list (F42)", 1),
    _word("reject", "prompts with this word are refused with 400 (F14)"),
    _word("reject_422", "prompts with this word are refused with 422 (F14)"),
    _word(
        "duplicate",
        "what Runware does with a taskUUID that it knows (F24 to F26)",
        "conflict",
        ("conflict", "replay", "bill"),
    ),
    _chance("p_result_504", "fal: the result of a finished request is answered with 504 once more"),
    _word(
        "fal_checks",
        "when fal refuses a bad request: at the submit, or when its result is read",
        "submit",
        ("submit", "result"),
    ),
    _number("hdr_access", "0: the account has no access to HDR", 1),
)

JOBS = (
    _number("job_min", "shortest duration in seconds, instead of the options' (-1: theirs)", -1),
    _number("job_max", "longest duration in seconds, instead of the options' (-1: theirs)", -1),
    _chance("p_fail", "ends as failed, refunded (F34)"),
    _chance("p_fail_billed", "ends as failed, billed (F34)"),
    _word("fail_code", "the failure code of p_fail, in the vendor's words"),
    _word("fail", "prompts with this word fail, refunded (F34)"),
    _chance("p_mod", "moderated, at the moment that mod_when names (F35)"),
    _word("mod", "prompts with this word are moderated (F35)"),
    _word("mod_when", "when moderation speaks", "async", ("async", "sync", "ingest")),
    _chance("p_stuck", "never ends"),
    _chance("p_odd_state", "shows a state that no document knows (the word of odd_state) while it runs"),
    _word("odd_state", "the unknown state", "awaiting_capacity"),
    _chance("p_back", "goes from processing back to queued once"),
    _number("visible_s", "a new job is unknown to polls for so long"),
    _chance("p_no_output", "says completed without any output, for no_output_s"),
    _number("no_output_s", "how long p_no_output lasts", 1),
    _number("gone_s", "a finished job is forgotten after so many seconds (0: never)"),
    _word("odd_id", "job ids of an unusual kind", "", ("", "long", "short", "upper", "odd")),
)

FILMS = (
    _chance("p_frames", "the film has frames_off frames more (or, negative, fewer)"),
    _number("frames_off", "see p_frames; may be negative", -1),
    _number("audio", "1: films come back with a sound track"),
    _number("grid24", "1: every film comes back at 24 frames a second"),
    _chance("p_size", "the film is a few pixels off the size that was asked for"),
    _chance("p_wrong_ratio", "the film has the source's ratio instead of the one that was asked for"),
    _chance("p_black", "the film is black"),
    _chance("p_frozen", "the film shows its first frame only"),
    _chance("p_late_start", "the film's first frame is shown half a second late"),
    _chance("p_sar", "the film's pixels are not square"),
    _chance("p_444", "the film has full colour resolution, which many players refuse"),
    _number("more_outputs", "1: an output of a kind that no document knows stands before the film (Luma)"),
    _number("same_bytes", "1: jobs that ask the same are answered with the same bytes"),
    _word("exr", "what the extra output of EXR is", "zip", ("zip", "exr", "none")),
)

LINKS = (
    _number("url_ttl", "seconds that a result's link lives (0: as the vendor has it) (F37)"),
    _chance("p_dl_trunc", "cut short in the way of dl_trunc (F39)"),
    _word("dl_trunc", "how", "mixed", ("mixed", "lying", "honest", "chunked")),
    _chance("p_dl_page", "200 with a page instead of the film, of the kind dl_page (F40)"),
    _word("dl_page", "which page", "mixed", ("mixed", "xml", "html", "json", "empty")),
    _chance("p_dl_403", "refused with 403 although the link lives"),
    _chance("p_dl_noise", "the right number of bytes, but noise"),
    _chance("p_dl_other", "a whole film, but another one"),
    _chance("p_dl_flip", "one byte is wrong"),
    _chance("p_dl_endless", "never stops sending"),
    _word(
        "evil_url",
        "result links lead where no client should go",
        "",
        ("", "metadata", "file", "private", "http", "userinfo", "relative", "redirect_private", "redirect_loop"),
    ),
)

UPLOADS = (
    _number("pending_s", "a file is pending for so long before it is ready", 0.1),
    _chance("p_up_failed", "a file fails at ingest"),
    _number("forget_files_s", "uploads are forgotten after so many seconds (0: never)"),
)

HOOKS = (
    _word(
        "hook",
        "how webhooks come: not at all, before the submit's answer, ten times, with another token, from another key ... "
        "(F91 to F95)",
        "",
        ("", "never", "early", "replayed", "forged", "unsigned", "wrong_key", "stale", "future", "changed", "foreign"),
    ),
)

DEATHS = (
    _chance("kill_pre_accept", "the victim is killed when its POST has arrived, before billing (F47)"),
    _chance("kill_post_accept", "killed after billing, before the reply (F48)"),
    _chance("kill_after_reply", "killed 0 to 4 ms after the reply (F49)"),
    _chance("kill_on_download", "killed in the middle of a download (F50)"),
    _chance("kill_on_poll", "killed while it polls"),
    _chance("kill_on_upload", "killed in the middle of an upload"),
)

CATALOGUE = {
    fault.name: fault
    for group in (REQUEST_FAULTS, ANSWERS, ACCOUNT, JOBS, FILMS, LINKS, UPLOADS, HOOKS, DEATHS)
    for fault in group
}
