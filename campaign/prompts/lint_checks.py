"""What the lint rules look for: functions that take a prompt apart and yield the words they object to."""

import re
from collections.abc import Callable, Iterator

from campaign.prompts import vocabulary
from campaign.prompts.speech import SENTENCE_END, Speech

Words = str | None
"""The words a rule objects to; None when it objects to something that is missing."""


def says(pattern: str, triggers: str, *, part: str = "plain") -> Callable[[Speech], Iterator[Words]]:
    """Finds the first match of `pattern` in a part of the speech.

    `triggers` are words one of which every match holds: a set lookup spares most prompts the slow search.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    needed = frozenset(triggers.split())

    def find(speech: Speech) -> Iterator[Words]:
        if needed.isdisjoint(speech.words):
            return
        if match := compiled.search(getattr(speech, part)):
            yield match.group().strip()

    return find


def any_of(words: str) -> str:
    """A pattern for any of the words, whole."""
    return rf"\b(?:{'|'.join(map(re.escape, words.split()))})\b"


CHANGED = {kind: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for kind, words in vocabulary.CHANGED_BY_KIND.items()}

FOREIGN, ENGLISH = frozenset(vocabulary.FOREIGN.split()), frozenset(vocabulary.ENGLISH.split())
OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f]{2,}")
LONGEST_SIGN = 20
PLACEHOLDER = re.compile(r"(?<!\{)\{ *[A-Za-z_][\w .-]*\}(?!\})|\[ *[A-Za-z_][\w .-]*\]|\{\{ *[A-Za-z_][\w.]* *\}\}")
CODE = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{#[^{}]*#\}")
UNQUOTED_SIGN = re.compile(
    r"\b(?:signs?|signage|banner|lettering|headline|caption|neon|text)\s+"
    r"(?:reads|reading|says|saying|that (?:says|reads))\s+(?=[^\s\"“„«「])\w+",
    re.IGNORECASE,
)
SIGN_WORDS = frozenset(("signs", "sign", "signage", "banner", "lettering", "headline", "caption", "neon", "text"))
SHORTEST = {"modify": 15, "reframe": 6}
LONGEST = 200


def too_long_or_empty(speech: Speech) -> Iterator[Words]:
    if not 1 <= len(speech.text) <= 6000:
        yield None


def placeholders(speech: Speech) -> Iterator[Words]:
    if "{" in speech.text or "[" in speech.text:
        yield from (match.group() for match in PLACEHOLDER.finditer(speech.text))


def code(speech: Speech) -> Iterator[Words]:
    if "{" in speech.text:
        yield from (found for found in CODE.findall(speech.text) if not PLACEHOLDER.fullmatch(found))


def too_few_words(speech: Speech) -> Iterator[Words]:
    if speech.count < SHORTEST.get(speech.operation, 0):
        yield None


def too_many_words(speech: Speech) -> Iterator[Words]:
    if speech.count > LONGEST:
        yield None


def no_cue(speech: Speech) -> Iterator[Words]:
    if not speech.cue:
        yield None


def cue_keeps_what_changes(speech: Speech) -> Iterator[Words]:
    pattern = CHANGED.get(speech.kind)
    if pattern and speech.cue and (match := pattern.search(speech.cue)):
        yield match.group()


def long_sign(speech: Speech) -> Iterator[Words]:
    yield from (sign for sign in speech.signs if len(sign) > LONGEST_SIGN)


def unquoted_sign(speech: Speech) -> Iterator[Words]:
    if speech.words.isdisjoint(SIGN_WORDS):
        return
    if match := UNQUOTED_SIGN.search(speech.text):
        yield match.group()


def unguided_label(speech: Speech) -> Iterator[Words]:
    if not speech.keyframed:
        yield from sorted(speech.words.intersection(vocabulary.LABELS.split()))[:1]


def not_english(speech: Speech) -> Iterator[Words]:
    if not speech.plain.isascii() and (match := OTHER_SCRIPT.search(speech.plain)):
        yield match.group()
    elif len(speech.words & FOREIGN) >= 3 and any(map(_foreign, SENTENCE_END.split(speech.plain))):
        yield None


def _foreign(sentence: str) -> bool:
    words = set(sentence.lower().split())
    return len(words & FOREIGN) >= 3 and len(words & FOREIGN) > len(words & ENGLISH)
