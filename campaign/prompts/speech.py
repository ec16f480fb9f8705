"""A prompt taken apart once, so that every rule can look at the part it is about."""

import re
from dataclasses import dataclass

SIGN = re.compile(r"\"([^\"]*)\"|“([^“”]*)”|„([^„“”]*)[“”]|«([^«»]*)»|「([^「」]*)」")
"""Text to be seen. No part can hold its own opening mark, so that a row of marks costs no more than its length."""
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
CUE = re.compile(r"\b(?:same|unchanged|identical|preserved?|kept|keep(?:s|ing)?|matching the source)\b", re.IGNORECASE)

TRAILING = {"unchanged", "identical", "preserve", "preserved", "kept"}
"""Cues that come after what they keep ("identity and pose unchanged"); the others come before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A prompt's parts.

    `plain` is the text with quoted signs blanked out and apostrophes made straight; `words` its words in lower case;
    `signs` the texts in quotation marks; `cue` what the last or last but one sentence says of
    keeping, else ""; `before_cue` what a reframe says before the words of keeping; `count` the number of words.
    """

    text: str
    operation: str
    kind: str
    keyframed: bool
    plain: str
    words: frozenset[str]
    signs: tuple[str, ...]
    cue: str
    before_cue: str
    count: int


def take_apart(text: str, operation: str, kind: str, keyframed: bool) -> Speech:
    """The parts of a prompt; `operation`, `kind` and `keyframed` are its template's."""
    plain = SIGN.sub(lambda match: '"' + " " * (len(match.group()) - 2) + '"', text).replace("’", "'")
    return Speech(
        text=text,
        operation=operation,
        kind=kind,
        keyframed=keyframed,
        plain=plain,
        words=frozenset(_words(plain)),
        signs=tuple(next(filter(None, groups), "") for groups in SIGN.findall(text)),
        cue=_cue(plain),
        before_cue=CUE.split(plain, maxsplit=1)[0] if operation == "reframe" else plain,
        count=len(text.split()),
    )


def _words(plain: str) -> list[str]:
    """Words in lower case, hyphenated ones whole and in parts."""
    words = WORD.findall(plain.lower())
    if "-" not in plain:
        return words
    return words + [part for word in words if "-" in word for part in (*word.split("-"), word.partition("-")[2])]


def _cue(plain: str) -> str:
    sentences = SENTENCE_END.split(plain.strip())
    for sentence in reversed(sentences[-2:]):
        if match := CUE.search(sentence):
            return sentence if match.group().lower() in TRAILING else sentence[match.start() :]
    return ""
