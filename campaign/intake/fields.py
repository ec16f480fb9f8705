"""Readers of single cells: ids, ratios, placements, templates and controls, as rows of the sheet write them."""

import re

from pydantic_core import PydanticCustomError

from campaign.intake import values
from campaign.intake.cells import slug, split_list
from campaign.intake.nearest import nearest
from campaign.intake.ratios import parse_ratio
from campaign.intake.remarks import Reader, Reading, Remark, refused
from campaign.model.faults import Level
from campaign.model.ratios import RATIOS, AspectRatio

_VARIANT_ID = re.compile(r"\w[\w.-]{0,79}")
_AD_ID = re.compile(r"[A-Z1-9][A-Z0-9]{3}[A-Z0-9]{7}[HD]?")
_CLOCK = re.compile(r"[A-Z0-9]{3}/(?:[A-Z0-9]{4}\d{3}/\d{3}|[A-Z0-9]{4}\d{2}/\d{4})")
_DATE = re.compile(
    r"\d{4}-\d\d?-\d\d?|\d\d?\.\d\d?\.\d{2,4}|\d\d?/\d\d?/\d{2,4}|\d\d?[-. /]+[^\W\d]{3,}|[^\W\d]{3,}[-. /]+\d\d?"
)


def read_variant_id(text: str) -> Reading[str]:
    """An id that can stand in names, selectors and web pages: letters, digits, `-`, `_`, `.`, at most 80."""
    if _VARIANT_ID.fullmatch(text) and not text.endswith("."):
        return Reading(text)
    cure = "Use letters, digits, hyphens, underscores and dots only, at most 80, a letter or digit first."
    return refused("csv.variant_id", "is not fit to name files and runs by", cure, slug(text)[:80] or None)


def read_ad_id(text: str) -> Reading[str]:
    """A US Ad-ID, by its form alone."""
    if _AD_ID.fullmatch(text):
        return Reading(text)
    cure = "An Ad-ID has 11 capitals and digits, not beginning with 0, and H or D as a twelfth: ABCD1234000H."
    return refused("csv.ad_id", "is not an Ad-ID", cure, text.upper() if _AD_ID.fullmatch(text.upper()) else None)


def read_clock_number(text: str) -> Reading[str]:
    """A UK clock number, by its form alone."""
    if _CLOCK.fullmatch(text):
        return Reading(text)
    cure = "A clock number reads agency/product and number/seconds: QQQ/AAAA123/030."
    meant = text.upper().replace("_", "/")
    return refused("csv.clock_number", "is not a clock number", cure, meant if _CLOCK.fullmatch(meant) else None)


def read_ratios(text: str) -> Reading[tuple[AspectRatio, ...]]:
    """One ratio or a list of them (`9x16|1x1`), each once; says what was understood when the spelling is not plain."""
    spelt = [text] if parse_ratio(text) else _ratio_list(text)
    found = [(part, parse_ratio(part)) for part in spelt]
    remarks = tuple(_ratio_remark(part, ratio) for part, ratio in found if ratio is None or part not in _plain(ratio))
    if not found or any(ratio is None for _, ratio in found):
        return Reading(None, remarks or (_ratio_remark(text, None),))
    return Reading(tuple(dict.fromkeys(ratio for _, ratio in found if ratio is not None)), remarks)


def _ratio_list(text: str) -> list[str]:
    """The parts of a list, in which a comma may also be a decimal one (`1,91:1|9:16`)."""
    parts = [part.strip() for part in re.split(r"[|;\n]", text) if part.strip()]
    return [piece for part in parts for piece in ([part] if parse_ratio(part) else _pieces(part))]


def _pieces(text: str) -> list[str]:
    comma = split_list(text)
    return [word for part in comma for word in ([part] if parse_ratio(part) or _DATE.search(part) else part.split())]


def _plain(ratio: AspectRatio) -> tuple[str, str]:
    return ratio.label, ratio.slug


def _ratio_remark(text: str, ratio: AspectRatio | None) -> Remark:
    listed = ", ".join(known.label for known in RATIOS)
    if ratio is None and _DATE.fullmatch(text):
        problem = f"holds {text!r}, a date: a spreadsheet has made it of a ratio"
        return Remark(rule="csv.ratio", problem=problem, cure="Write 9x16, which stays as it is.")
    if ratio is None:
        near = nearest(text, [known.label for known in RATIOS])
        return Remark(rule="csv.ratio", problem=f"has no ratio in {text!r}", cure=f"Known are {listed}.", nearest=near)
    if re.fullmatch(r"\d+ ?[-/] ?\d+", text):
        problem = f"has {text!r}, read as {ratio}; a spreadsheet may make a date of it"
        return Remark(rule="csv.ratio_spelling", problem=problem, cure=f"Write {ratio.slug}.", level=Level.WARNING)
    problem = f"has {text!r}, read as {ratio}"
    return Remark(rule="csv.ratio_spelling", problem=problem, cure=f"Write {ratio.slug} to be plain.", level=Level.INFO)


def list_of(item: Reader[str]) -> Reader[tuple[str, ...]]:
    """A reader of lists (`a|b`, `a, b`) of what `item` reads, each once."""

    def read(text: str) -> Reading[tuple[str, ...]]:
        readings = [item(part) for part in split_list(text)]
        remarks = tuple(remark for reading in readings for remark in reading.remarks)
        if any(reading.value is None for reading in readings):
            return Reading(None, remarks)
        return Reading(tuple(dict.fromkeys(reading.value for reading in readings if reading.value)), remarks)

    return read


def fold_template(name: str) -> str:
    """A template's name as it is compared: without `.j2`, case or hyphens."""
    return name.casefold().removesuffix(".j2").replace("-", "_").replace(" ", "_")


def fold_word(word: str) -> str:
    """`Flex 2`, `flex-2` and `flex_2` alike."""
    return re.sub(r"[\s_-]+", "_", word.casefold())


def read_keyframes(text: str) -> Reading[str]:
    """`0=still.png|96=beat.png`, checked as in a template's front matter."""
    try:
        values.keyframes(text)
    except PydanticCustomError as error:
        context = error.context or {}
        return refused("csv.keyframes", str(context["problem"]), str(context["cure"]))
    return Reading(text)
