"""The rules that prompts are judged by, P01 to P17, as data: what each looks for, how bad it is, what to write instead."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from campaign.model.faults import Level
from campaign.prompts import lint_checks, vocabulary
from campaign.prompts.lint_checks import Words, any_of, says
from campaign.prompts.speech import Speech

BOTH = ("modify", "reframe")
MODIFY = ("modify",)
REFRAME = ("reframe",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `find` yields the words it objects to, once for each objection."""

    id: str
    level: Level
    problem: str
    cure: str
    find: Callable[[Speech], Iterator[Words]]
    operations: tuple[str, ...] = BOTH


RULES = (
    Rule(
        id="P01",
        level=Level.ERROR,
        problem="a prompt has 1 to 6000 characters",
        cure="Write about 100 words.",
        find=lint_checks.too_long_or_empty,
    ),
    Rule(
        id="P02",
        level=Level.ERROR,
        problem="a placeholder was left unfilled",
        cure="Fill it in; in a template a column is written {{ column }}.",
        find=lint_checks.placeholders,
    ),
    Rule(
        id="P02",
        level=Level.WARNING,
        problem="this looks like template code; cells are never read as code, it is sent as it stands",
        cure="Write the words you mean.",
        find=lint_checks.code,
    ),
    Rule(
        id="P03",
        level=Level.WARNING,
        problem="a command; the model wants to be told what is seen in the end",
        cure='Describe the result: "a red coat", not "change the coat to red".',
        find=says(
            rf"(?:^|[.;:!?]\s+|\b(?:please|and|then|to)\s+){any_of(vocabulary.COMMANDS)}"
            rf"|{any_of(vocabulary.COMMANDS)}\s+(?:{vocabulary.COMMANDED})\b",
            vocabulary.COMMANDS,
        ),
        operations=MODIFY,
    ),
    Rule(
        id="P04",
        level=Level.WARNING,
        problem="a negation can summon what it rules out",
        cure='Say what is there instead: "an empty street", "bare walls".',
        find=says(
            rf"\b(?:{vocabulary.NEGATIONS})\b(?:\s+\w+)?",
            "no not without devoid missing never don't do doesn't avoid free isn't aren't nothing",
        ),
    ),
    Rule(
        id="P05",
        level=Level.WARNING,
        problem="a prompt holds for every frame; words of time or story mislead the model",
        cure="Describe one moment; the movement comes from the footage.",
        find=says(
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
        find=says(
            r"\b(?:whimsical|dreamy|vibrant|hyper-?realistic|beautiful|amazing|stunning|breathtaking|gorgeous)\b",
            "whimsical dreamy vibrant hyper-realistic hyperrealistic beautiful amazing stunning breathtaking gorgeous",
        ),
    ),
    Rule(
        id="P07",
        level=Level.INFO,
        problem="so few words leave the picture to chance",
        cure="Name place, light, materials and two concrete details; about 100 words are a good size.",
        find=lint_checks.too_few_words,
    ),
    Rule(
        id="P07",
        level=Level.INFO,
        problem=f"over {lint_checks.LONGEST} words overload the model",
        cure="Keep what is seen; about 100 words are a good size.",
        find=lint_checks.too_many_words,
    ),
    Rule(
        id="P08",
        level=Level.WARNING,
        problem="the prompt does not end by saying what stays",
        cure='End with a cue such as "Same identity, pose and framing as the source."',
        find=lint_checks.no_cue,
        operations=MODIFY,
    ),
    Rule(
        id="P09",
        level=Level.ERROR,
        problem="the cue at the end keeps the very thing that this transformation changes",
        cure="Take this word out of the cue.",
        find=lint_checks.cue_keeps_what_changes,
        operations=MODIFY,
    ),
    Rule(
        id="P10",
        level=Level.WARNING,
        problem="something is to go; the model needs the place as it is afterwards",
        cure='Describe the empty result: "an empty street at dawn".',
        find=says(
            rf"{any_of(vocabulary.VANISHING)}|\b(?:get rid of|take away|cut out)\b",
            f"{vocabulary.VANISHING} rid away cut",
        ),
        operations=MODIFY,
    ),
    Rule(
        id="P11",
        level=Level.WARNING,
        problem="a change or comparison; the model does not see a before",
        cure="Name the finished style, material, garment or place itself.",
        find=says(
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
        problem=f"text in the picture comes out right up to about {lint_checks.LONGEST_SIGN} characters",
        cure="Shorten it, or lay the text over the finished film.",
        find=lint_checks.long_sign,
    ),
    Rule(
        id="P12",
        level=Level.WARNING,
        problem="text to be seen in the picture is not in quotation marks",
        cure='Put it in quotes: a sign reads "OPEN"; in a template: {{ headline | quote }}.',
        find=lint_checks.unquoted_sign,
    ),
    Rule(
        id="P12",
        level=Level.WARNING,
        problem="logos and labels come out right only from a picture",
        cure='Give the template a keyframe: keyframes: "0=hero.png".',
        find=lint_checks.unguided_label,
    ),
    Rule(
        id="P13",
        level=Level.WARNING,
        problem="the model follows English best",
        cure="Describe the picture in English; the market's language belongs in quoted signs.",
        find=lint_checks.not_english,
    ),
    Rule(
        id="P14",
        level=Level.WARNING,
        problem="a reframe prompt describes a new look; the picture in the middle keeps the old one",
        cure="Say only what continues beyond the old edges.",
        find=says(rf"{any_of(vocabulary.LOOKS)}|\blit by\b", f"{vocabulary.LOOKS} lit", part="before_cue"),
        operations=REFRAME,
    ),
    Rule(
        id="P15",
        level=Level.WARNING,
        problem="a reframe prompt names an action or the camera; both are in the footage already",
        cure="Say only what continues beyond the old edges.",
        find=says(
            any_of(f"{vocabulary.CAMERA_MOVES} {vocabulary.ACTIONS}"),
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
        find=says(any_of(vocabulary.GUARDED), vocabulary.GUARDED),
    ),
    Rule(
        id="P17",
        level=Level.WARNING,
        problem="it describes who people are; age or origin of a real performer needs sign-off and rights",
        cure="State wardrobe, setting and props.",
        find=says(
            rf"(?:{any_of(vocabulary.ORIGINS)}|{any_of(vocabulary.AGES)}|\b\d\d-year-old)[- ]"
            rf"(?:\w+[- ]){{0,2}}{any_of(vocabulary.PERSON)}",
            vocabulary.PERSON,
        ),
    ),
    Rule(
        id="P17",
        level=Level.WARNING,
        problem="it names an audience or what people are born with; neither is wardrobe, place or prop",
        cure="State wardrobe, setting and props; leave the audience's name out.",
        find=says(
            rf"\b(?:skin (?:tone|colou?r)|ethnicity|ethnic)\b|{any_of(vocabulary.AUDIENCES)}",
            f"skin ethnicity ethnic {vocabulary.AUDIENCES}",
        ),
    ),
)
