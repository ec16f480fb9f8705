"""Vendors' answers: read without guessing, kept without secrets."""

import json
import re
from collections.abc import Mapping

from campaign.net.exchange import Answer
from campaign.secrets import redact

Members = Mapping[str, object]
"""A JSON object as it came."""

_LONGEST_SENTENCE = 400
_LONGEST_KEPT = 64 << 10
_LONGEST_SECRET = 2 << 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_ID = re.compile(r"[!-~]{1,200}")


class Malformed(ValueError):
    """An answer that is not what the vendor's document promises. The text says what is wrong with it."""


def sentence(text: str) -> str:
    """What a vendor wrote, as one line for a person: no secrets, no control characters, not too long."""
    line = _CONTROL.sub(" ", _redacted(text, 10 * _LONGEST_SENTENCE)).strip()
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[:_LONGEST_SENTENCE]}…"


def kept(answer: Answer) -> str:
    """The answer as JSON text for the ledger: status and body, without secrets; an absurdly long one is cut, and says so."""
    told: dict[str, object] = {"status": answer.status}
    if not answer.whole:
        told["whole"] = False
    if len(answer.body) > _LONGEST_KEPT:
        return json.dumps(told | {"cut": _redacted(answer.text, _LONGEST_KEPT)})
    try:
        told["body"] = json.loads(answer.body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        told["body"] = answer.text
    return redact(json.dumps(told, ensure_ascii=False))


def told_again(text: str) -> Answer:
    """The answer that `kept` was made from, as far as that holds it; one without a body for any other text."""
    told = json.loads(text or "{}")
    body = json.dumps(told.get("body"), ensure_ascii=False).encode()
    return Answer(told.get("status", 0), {}, body, told.get("whole", True) and "body" in told)


def _redacted(text: str, longest: int) -> str:
    """The beginning of `text` without secrets: of one that stands on the cut nothing is left either."""
    return redact(text) if len(text) <= longest else redact(text[:longest])[:-_LONGEST_SECRET]


def members(answer: Answer) -> Members:
    """The answer's JSON object. Raises Malformed, for one that broke off too."""
    if not answer.whole:
        raise Malformed("it breaks off")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Malformed("it is no JSON") from None
    if not isinstance(found, dict):
        raise Malformed("it is no JSON object")
    return found


def members_so_far(answer: Answer) -> Members:
    """Of a broken answer, the members that had arrived whole: an id among them must not be lost. Raises Malformed.

    Only for the answer to a paid request, and only for the id: what else is in half an answer may mean something else.
    """
    return complete_members(answer.text)


def complete_members(text: str) -> Members:
    """The members of a JSON object cut short that are whole, each closed by a comma. Raises Malformed when there is none."""
    decoder, found, place = json.JSONDecoder(), {}, text.find("{") + 1
    if not place or text[: place - 1].strip():
        raise Malformed("it breaks off before it began")
    try:
        while True:
            name, place = decoder.raw_decode(text, _skip(text, place, ""))
            if not isinstance(name, str):
                break
            value, place = decoder.raw_decode(text, _skip(text, place, ":"))
            place = _skip(text, place, ",")
            found[name] = value
    except (ValueError, RecursionError):
        pass
    if not found:
        raise Malformed("it breaks off before anything could be read")
    return found


def text_of(source: Members, name: str) -> str | None:
    """A member that is a text with something in it, else None."""
    value = source.get(name)
    return value if isinstance(value, str) and value.strip() else None


def id_of(source: Members, name: str) -> str:
    """A member that can be an id: 1 to 200 printable ASCII characters without blanks. Raises Malformed."""
    value = source.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Malformed(f"it has no usable {name}")
    return value


def _skip(text: str, place: int, mark: str) -> int:
    """Past blanks, `mark` and blanks again."""
    place += len(text[place:]) - len(text[place:].lstrip())
    if not text.startswith(mark, place):
        raise ValueError
    place += len(mark)
    return place + len(text[place:]) - len(text[place:].lstrip())


def _no_constant(word: str) -> object:
    """NaN and its like are no JSON, though Python takes them for it."""
    raise ValueError(word)
