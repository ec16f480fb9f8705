"""The rules that prompts are judged by, P01 to P17, as data: what each looks for, how bad it is, what to write instead."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from campaign.model.faults import Level
from campaign.prompts import vocabulary
from campaign.prompts.speech import Speech

BOTH = ("modify", "reframe")
MODIFY = ("modify",)
REFRAME = ("reframe",)

Words = str | None
"""The words a rule objects to; None when it objects to something that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `find` yields the words it objects to, once for each objection."""

    id: str
    level: Level
    problem: str
    cure: str
    find: Callable[[Speech], Iterator[Words]]
    operations: tuple[str, ...] = BOTH


def _says(pattern: str, triggers: str, *, part: str = "plain") -> Callable[[Speech], Iterator[Words]]:
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


def _any_of(words: str) -> str:
    return rf"\b(?:{'|'.join(map(re.escape, words.split()))})\b"


CHANGED = {kind: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for kind, words in vocabulary.CHANGED_BY_KIND.items()}

FOREIGN, ENGLISH = frozenset(vocabulary.FOREIGN.split()), frozenset(vocabulary.ENGLISH.split())
LONGEST_SIGN = 20
PLACEHOLDER = re.compile(
    r"(?<!\{)\{ *[A-Za-z_][\w .-]* *\}(?!\})|\[ *[A-Za-z_][\w .-]* *\]|\{\{ *[A-Za-z_][\w.]* *\}\}"
)
CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
UNQUOTED_SIGN = re.compile(
    r"\b(?:signs?|signage|banner|lettering|headline|caption|neon|text)\s+"
    r"(?:reads|reading|says|saying|that (?:says|reads))\s+(?=[^\s\"“„«「])\w+",
    re.IGNORECASE,
)
SHORTEST = {"modify": 15, "reframe": 6}
LONGEST = 200


def _too_long_or_empty(speech: Speech) -> Iterator[Words]:
    if not 1 <= len(speech.text) <= 6000:
        yield None


def _placeholders(speech: Speech) -> Iterator[Words]:
    if "{" in speech.text or "[" in speech.text:
        yield from (match.group() for match in PLACEHOLDER.finditer(speech.text))


def _code(speech: Speech) -> Iterator[Words]:
    if "{" in speech.text:
        yield from (found for found in CODE.findall(speech.text) if not PLACEHOLDER.fullmatch(found))


def _too_few_words(speech: Speech) -> Iterator[Words]:
    if speech.count < SHORTEST.get(speech.operation, 0):
        yield None


def _too_many_words(speech: Speech) -> Iterator[Words]:
    if speech.count > LONGEST:
        yield None


def _no_cue(speech: Speech) -> Iterator[Words]:
    if not speech.cue:
        yield None


def _cue_keeps_what_changes(speech: Speech) -> Iterator[Words]:
    pattern = CHANGED.get(speech.kind)
    if pattern and speech.cue and (match := pattern.search(speech.cue)):
        yield match.group()


def _long_sign(speech: Speech) -> Iterator[Words]:
    yield from (sign for sign in speech.signs if len(sign) > LONGEST_SIGN)


def _unquoted_sign(speech: Speech) -> Iterator[Words]:
    if match := UNQUOTED_SIGN.search(speech.text):
        yield match.group()


def _unguided_label(speech: Speech) -> Iterator[Words]:
    if not speech.keyframed:
        yield from sorted(speech.words.intersection(vocabulary.LABELS.split()))[:1]


def _not_english(speech: Speech) -> Iterator[Words]:
    if match := re.search(r"[^\W\d_\u0000-\u024f]{2,}", speech.plain):
        yield match.group()
    elif len(foreign := speech.words & FOREIGN) >= 3 and len(foreign) > len(speech.words & ENGLISH):
        yield None


RULES = (
    Rule(
        id="P01",
        level=Level.ERROR,
        problem="a prompt has 1 to 6000 characters",
        cure="Write about 100 words.",
        find=_too_long_or_empty,
    ),
    Rule(
        id="P02",
        level=Level.ERROR,
        problem="a placeholder was left unfilled",
        cure="Fill it in; in a template a column is written {{ column }}.",
        find=_placeholders,
    ),
    Rule(
        id="P02",
        level=Level.WARNING,
        problem="this looks like template code; cells are never read as code, it is sent as it stands",
        cure="Write the words you mean.",
        find=_code,
    ),
    Rule(
        id="P03",
        level=Level.WARNING,
        problem="a command; the model wants to be told what is seen in the end",
        cure='Describe the result: "a red coat", not "change the coat to red".',
        find=_says(
            rf"(?:^|[.;:!?]\s+|\b(?:please|and|then|to)\s+)(?:{'|'.join(vocabulary.COMMANDS.split())})\b"
            rf"|\b(?:{'|'.join(vocabulary.COMMANDS.split())})\s+(?:{vocabulary.COMMANDED})\b",
            vocabulary.COMMANDS,
        ),
        operations=MODIFY,
    ),
    Rule(
        id="P04",
        level=Level.WARNING,
        problem="a negation can summon what it rules out",
        cure='Say what is there instead: "an empty street", "bare walls".',
        find=_says(
            rf"\b(?:{vocabulary.NEGATIONS})\b(?:\s+\w+)?",
            "no not without devoid missing never don't do doesn't avoid free isn't aren't nothing",
        ),
    ),
    Rule(
        id="P05",
        level=Level.WARNING,
        problem="a prompt holds for every frame; words of time or story mislead the model",
        cure="Describe one moment; the movement comes from the footage.",
        find=_says(
            r"\b(?:throughout|over time|gradually|slowly becomes|begins? to|suddenly|when|then|eventually"
            r"|as (?:it|he|she|they|the \w+) (?:moves?|walks?|turns?|passes|plays?|progresses|unfolds))\b",
            "throughout over gradually slowly begin begins suddenly when then eventually "
            "move moves walk walks turn turns passes play plays progresses unfolds",
        ),
    ),
    Rule(
        id="P06",
        level=Level.WARNING,
        problem="a filler: it names nothing that can be seen",
        cure="Name the colour, material, light or object you mean.",
        find=_says(
            r"\b(?:whimsical|dreamy|vibrant|hyper-?realistic|beautiful|amazing|stunning|breathtaking|gorgeous)\b",
            "whimsical dreamy vibrant hyper-realistic hyperrealistic beautiful amazing stunning breathtaking gorgeous",
        ),
    ),
    Rule(
        id="P07",
        level=Level.INFO,
        problem="so few words leave the picture to chance",
        cure="Name place, light, materials and two concrete details; about 100 words are a good size.",
        find=_too_few_words,
    ),
    Rule(
        id="P07",
        level=Level.INFO,
        problem=f"over {LONGEST} words overload the model",
        cure="Keep what is seen; about 100 words are a good size.",
        find=_too_many_words,
    ),
    Rule(
        id="P08",
        level=Level.WARNING,
        problem="the prompt does not end by saying what stays",
        cure='End with a cue such as "Same identity, pose and framing as the source."',
        find=_no_cue,
        operations=MODIFY,
    ),
    Rule(
        id="P09",
        level=Level.ERROR,
        problem="the cue at the end keeps the very thing that this transformation changes",
        cure="Take this word out of the cue.",
        find=_cue_keeps_what_changes,
        operations=MODIFY,
    ),
    Rule(
        id="P10",
        level=Level.WARNING,
        problem="something is to go; the model needs the place as it is afterwards",
        cure='Describe the empty result: "an empty street at dawn".',
        find=_says(
            rf"{_any_of(vocabulary.VANISHING)}|\b(?:get rid of|take away|cut out)\b",
            f"{vocabulary.VANISHING} rid away cut",
        ),
        operations=MODIFY,
    ),
    Rule(
        id="P11",
        level=Level.WARNING,
        problem="a change or comparison; the model does not see a before",
        cure="Name the finished style, material, garment or place itself.",
        find=_says(
            r"\b(?:becom(?:es?|ing)|turn(?:s|ed) into|change(?:s|d) (?:in)?to|transform(?:s|ed) into|morphs into"
            r"|replaced (?:by|with)|swapped (?:for|with)|instead of|styli[sz]ed version of|warmer|brighter|darker|softer"
            r"|more (?:cinematic|modern|colou?rful|festive|elegant|dramatic|realistic|premium|natural|lively|luxurious)"
            r"|different (?:style|look|material|place|background|outfit|colou?r))\b",
            vocabulary.BECOMING,
        ),
        operations=MODIFY,
    ),
    Rule(
        id="P12",
        level=Level.WARNING,
        problem=f"text in the picture comes out right up to about {LONGEST_SIGN} characters",
        cure="Shorten it, or lay the text over the finished film.",
        find=_long_sign,
    ),
    Rule(
        id="P12",
        level=Level.WARNING,
        problem="text to be seen in the picture is not in quotation marks",
        cure='Put it in quotes: a sign reads "OPEN"; in a template: {{ headline | quote }}.',
        find=_unquoted_sign,
    ),
    Rule(
        id="P12",
        level=Level.WARNING,
        problem="logos and labels come out right only from a picture",
        cure='Give the template a keyframe: keyframes: "0=hero.png".',
        find=_unguided_label,
    ),
    Rule(
        id="P13",
        level=Level.WARNING,
        problem="the model follows English best",
        cure="Describe the picture in English; the market's language belongs in quoted signs.",
        find=_not_english,
    ),
    Rule(
        id="P14",
        level=Level.WARNING,
        problem="a reframe prompt describes a new look; the picture in the middle keeps the old one",
        cure="Say only what continues beyond the old edges.",
        find=_says(rf"{_any_of(vocabulary.LOOKS)}|\blit by\b", f"{vocabulary.LOOKS} lit", part="before_cue"),
        operations=REFRAME,
    ),
    Rule(
        id="P15",
        level=Level.WARNING,
        problem="a reframe prompt names an action or the camera; both are in the footage already",
        cure="Say only what continues beyond the old edges.",
        find=_says(
            _any_of(f"{vocabulary.CAMERA_MOVES} {vocabulary.ACTIONS}"),
            f"{vocabulary.CAMERA_MOVES} {vocabulary.ACTIONS}",
            part="before_cue",
        ),
        operations=REFRAME,
    ),
    Rule(
        id="P16",
        level=Level.INFO,
        problem="people, minors, brands, alcohol or weapons may be moderated",
        cure="Have it reviewed before it is bought.",
        find=_says(_any_of(vocabulary.GUARDED), vocabulary.GUARDED),
    ),
    Rule(
        id="P17",
        level=Level.WARNING,
        problem="it describes who people are; age or origin of a real performer needs sign-off and rights",
        cure="State wardrobe, setting and props; leave the audience's name out.",
        find=_says(
            rf"\b(?:{'|'.join((vocabulary.ORIGINS + ' ' + vocabulary.AGES).split())}|\d\d-year-old)[- ](?:\w+[- ]){{0,2}}(?:{vocabulary.PERSON})\b"
            rf"|\b(?:skin (?:tone|colou?r)|ethnicity|ethnic)\b|{_any_of(vocabulary.AUDIENCES)}",
            f"{vocabulary.ORIGINS} {vocabulary.AGES} skin ethnicity ethnic {vocabulary.AUDIENCES} year-old",
        ),
    ),
)
