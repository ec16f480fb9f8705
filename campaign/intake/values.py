"""Checks of single values that people write in TOML and front matter; each says what is wrong and the cure."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from campaign.intake.cron import cron_problem
from campaign.intake.nearest import nearest
from campaign.intake.paths import PathRefused, placed
from campaign.intake.ratios import parse_ratio
from campaign.intake.sheet_address import AddressRefused, sheet_address
from campaign.model.ratios import RATIOS, AspectRatio

_MONEY = re.compile(r"^\d{1,9}(\.\d{1,6})?$")
_FILE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_KEYFRAME = re.compile(r"^\s*(\d{1,7})\s*=\s*(.+?)\s*$")
_PICTURES = (".png", ".jpg", ".jpeg")
_MOST_KEYFRAMES = 64


def wrong(problem: str, cure: str, near: str | None = None, keys: Iterable[str] = ()) -> PydanticCustomError:
    """An error for pydantic to place: `problem` is a predicate ("is empty"); `keys` of the table caused it, the last is named."""
    return PydanticCustomError("wrong", "wrong", {"problem": problem, "cure": cure, "near": near, "keys": list(keys)})


def rival_controls(controls: Any) -> tuple[list[str], str, str] | None:
    """(the controls that exclude each other, problem, cure) when more than one way of steering is said; else None.

    `controls` has the fields of `model.controls.Controls`. The problem is the last one's.
    """
    holds = [name for name in ("hold_motion", "hold_structure") if getattr(controls, name) is not None]
    said = [["auto"] if controls.auto else [], ["strength"] if controls.strength else [], holds]
    ways = [names for names in said if names]
    if len(ways) < 2:
        return None
    rivals = [name for names in ways for name in names]
    cure = "Keep one way: strength, or hold_motion with hold_structure, or auto."
    return rivals, f"cannot be combined with {' and '.join(rivals[:-1])}", cure


def schema_version(raw: Any) -> int:
    """The version of the file's form."""
    if raw is True or raw != 1:
        raise wrong("is not a form this Fanout reads", "Write schema = 1, or install the Fanout that the file is for.")
    return 1


def plain_text(text: str) -> str:
    """One line of visible text, trimmed."""
    if not text.strip():
        raise wrong("is empty", "Write a value, or delete the key.")
    if len(text) > 200 or any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in text):
        raise wrong("is not one short line of plain text", "Type it again, in at most 200 characters.")
    return text.strip()


def file_name(text: str) -> str:
    """A name that is safe as a folder or in a file name everywhere."""
    if _FILE_NAME.match(text) and not _DEVICES.match(text) and not text.endswith("."):
        return text
    cure = "Use up to 60 letters a-z, digits, - and _, beginning with a letter or digit."
    raise wrong("cannot be part of a file name", cure, slug(text) or None)


def slug(text: str) -> str:
    """`text` as a name that `file_name` takes, "" when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain)[:60].strip("-")
    return f"{name}-1" if _DEVICES.match(name) else name


def name_rule(text: str) -> str:
    """The rule of file names: plain text with {fields} (which fields exist is planning's to know)."""
    text = plain_text(text)
    if re.sub(r"\{\w+\}", "", text) != re.sub(r"[{}/\\]", "", re.sub(r"\{\w+\}", "", text)):
        raise wrong("has a slash or a brace that belongs to no {field}", "Write fields as {market}; folders are ours.")
    return text


def time_zone(text: str) -> str:
    """An IANA time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(text, available_timezones())
        raise wrong("is not a time zone", "Write an IANA name such as Europe/Berlin.", near) from None
    return text


def cron_line(text: str) -> str:
    """A cron line of five fields."""
    problem = cron_problem(text)
    if problem:
        raise wrong(problem, 'Write five fields, such as "0 6 * * 1-5" for 06:00 on working days.')
    return text


def block_name(text: str) -> str:
    """A block of the Prefect server, by the slug of its type and its name."""
    if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", text):
        raise wrong("names no block", 'Write its type and its name, such as "slack-webhook/ops".')
    return text


def local_path(raw: Any, info: ValidationInfo) -> Path:
    """A path that may be read, absolute; relative ones count from the `root` in the context."""
    if not isinstance(raw, str):
        raise wrong("is not a path", "Write the path in quotes.")
    try:
        return placed(raw, (info.context or {})["root"])
    except PathRefused as refused:
        raise wrong(refused.problem, refused.cure) from None


def sheet_place(raw: Any, info: ValidationInfo) -> Path | str:
    """Where the sheet is: a local path, absolute, or the address that it is fetched from."""
    if not isinstance(raw, str):
        raise wrong("is not a path", "Write the path or the address in quotes.")
    try:
        found = sheet_address(raw)
    except AddressRefused as refused:
        raise wrong(refused.problem, refused.cure, refused.near) from None
    return local_path(raw, info) if found is None else found


def path_below(raw: Any, info: ValidationInfo) -> Path:
    """As `local_path`, but only beside or below the `root` in the context."""
    path, root = local_path(raw, info), (info.context or {})["root"]
    if not path.is_relative_to(root.resolve()):
        raise wrong(
            "lies outside the campaign's folder", "Copy the file into the folder and name it by its path there."
        )
    return path


def ratio(raw: Any) -> AspectRatio:
    """A ratio in any spelling people type, quoted."""
    known = ", ".join(str(one) for one in RATIOS)
    if not isinstance(raw, str):
        raise wrong("is not quoted", 'Write it as a quoted string, as in "9:16".')
    found = parse_ratio(raw)
    if found is None or found not in RATIOS:
        raise wrong("is not a known ratio", f"Use one of {known}.", nearest(raw, [str(one) for one in RATIOS]))
    return found


def no_twin_ratios(raw: Any) -> Any:
    """A table by ratio, in which no ratio is spelt twice."""
    if isinstance(raw, dict):
        read = [parse_ratio(key) for key in raw]
        twins = [key for key, one in zip(raw, read, strict=True) if one is not None and read.count(one) > 1]
        if twins:
            raise wrong(f"names one ratio twice: {' and '.join(twins)}", "Keep one of them.")
    return raw


def money(raw: Any) -> Decimal:
    """USD, as a quoted plain number."""
    if not isinstance(raw, str):
        raise wrong("is not quoted", 'Write money as a quoted string in USD: "500" or "12.50".')
    if not _MONEY.match(raw):
        raise wrong("is not an amount in USD", 'Write digits and a decimal point only, as in "500" or "12.50".')
    return Decimal(raw)


def positive_money(raw: Any) -> Decimal:
    """USD above nothing."""
    usd = money(raw)
    if not usd:
        raise wrong("is not above 0", "Write an amount, or delete the key to have no cap.")
    return usd


def focus(raw: Any) -> tuple[float, float]:
    """The point to keep, from top left."""
    numbers = raw if isinstance(raw, list | tuple) else ()
    good = len(numbers) == 2 and all(
        isinstance(part, int | float) and not isinstance(part, bool) and 0 <= part <= 1 for part in numbers
    )
    if not good:
        raise wrong(
            "is not a point in the picture", "Write [x, y] from 0 to 1, from top left: [0.5, 0.5] is the middle."
        )
    return float(numbers[0]), float(numbers[1])


def choice(choices: tuple[str, ...], made: Callable[[str], Any] = str) -> Callable[[Any], Any]:
    """A validator that takes one of a few words."""

    def check(raw: Any) -> Any:
        if isinstance(raw, str) and raw in choices:
            return made(raw)
        near = nearest(str(raw), choices) if isinstance(raw, str | int) else None
        raise wrong("is not one of the known words", f"Use one of {', '.join(choices)}.", near)

    return check


def off_is_zero(raw: Any) -> Any:
    """A hold: `off` (which YAML reads as false) is 0."""
    return 0 if raw is False or raw == "off" else raw


def false_is_off(raw: Any) -> Any:
    """A pose: YAML reads a bare `off` as false."""
    return "off" if raw is False else raw


def keyframes(raw: Any) -> tuple[tuple[int, str], ...]:
    """`0=still.png|96=beat.png`, or a list of such parts: frame of the master and a picture's path, frames unique."""
    parts = raw.split("|") if isinstance(raw, str) else raw
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise wrong("is not a list of keyframes", "Write 0=still.png|96=beat.png.")
    read = tuple(_keyframe(part) for part in parts if part.strip())
    frames = [frame for frame, _ in read]
    if len(set(frames)) < len(frames):
        raise wrong("names a frame twice", "Keep one picture for each frame.")
    if len(read) > _MOST_KEYFRAMES:
        raise wrong(f"has {len(read)} keyframes", f"No provider takes more than {_MOST_KEYFRAMES}.")
    return tuple(sorted(read))


def _keyframe(part: str) -> tuple[int, str]:
    match = _KEYFRAME.match(part)
    if match is None:
        raise wrong(f"has {part.strip()!r}, which is not a keyframe", "Write frame=picture, as in 96=beat.png.")
    if Path(match[2]).suffix.lower() not in _PICTURES:
        raise wrong(f"has {match[2]!r}, which is not a picture", f"Keyframes are {', '.join(_PICTURES)} files.")
    return int(match[1]), match[2]
