"""Reads a TOML file a person wrote; a syntax error becomes a fault with line, column and cure."""

import re
import tomllib
from pathlib import Path
from typing import Any

from campaign.model.faults import Fault

LARGEST = 1 << 20  # bytes; a campaign.toml is a few kB
_WHERE = re.compile(r"\s*\(at line (\d+), column (\d+)\)$|\s*\(at end of document\)$")
_BARE_RATIO = re.compile(r"""(?<!["'\d.:x])(\d+(?:\.\d+)?[:x/]\d+)(?!["'\d:])""")
_CURLY = re.compile(r"[“”„‟‘’«»]")


def read_toml(path: Path, file: str) -> tuple[dict[str, Any] | None, tuple[Fault, ...]]:
    """The file's tables, or None and the one fault that keeps it from being read. `file` is how faults call it."""
    text, faults = read_text(path, file, LARGEST, "toml")
    if text is None:
        return None, faults
    try:
        return tomllib.loads(text), ()
    except RecursionError:
        return None, (_fault(file, "", "is nested too deeply", "Write plain tables and short lists."),)
    except ValueError as error:
        return None, (_syntax_fault(file, text, str(error)),)


def read_text(path: Path, file: str, largest: int, rule: str) -> tuple[str | None, tuple[Fault, ...]]:
    """A UTF-8 file of at most `largest` bytes, without its BOM and with plain newlines; or None and why not."""
    try:
        if not path.is_file():
            problem = "is not a file that can be read" if path.exists() else "there is no such file"
            return None, (_fault(file, "", problem, f"It was looked for at {path}.", f"{rule}.missing"),)
        with path.open("rb") as stream:
            raw = stream.read(largest + 1)
    except (OSError, ValueError) as error:
        cure = "Check the file's rights and name."
        return None, (_fault(file, "", f"cannot be read: {error}", cure, f"{rule}.unreadable"),)
    if len(raw) > largest:
        problem = f"is larger than {largest // 1024} KB"
        return None, (_fault(file, "", problem, "Keep only what belongs in it.", f"{rule}.size"),)
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n"), ()
    except UnicodeDecodeError as error:
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        cure = "Save it again with the encoding UTF-8."
        return None, (_fault(file, f"{line}:{column}", "is not UTF-8 text", cure, f"{rule}.encoding"),)


def _syntax_fault(file: str, text: str, message: str) -> Fault:
    """tomllib's message, placed, with the cure for what people really get wrong."""
    found = _WHERE.search(message)
    problem = _WHERE.sub("", message)
    if "digits" in problem:
        return _fault(file, "", "holds a number with thousands of digits", "Write numbers as plain, short numbers.")
    if found is None:
        return _fault(file, "", f"is not TOML: {problem}", "Write numbers as plain, short numbers.")
    lines = text.split("\n")
    line, column = (int(found[1]), int(found[2])) if found[1] else (len(lines), len(lines[-1]) + 1)
    written = lines[line - 1].strip()
    value = written if len(written) <= 80 else f"{written[:77]}..."
    return _fault(file, f"{line}:{column}", f"is not TOML: {problem}", _syntax_cure(written, problem), value=value)


def _syntax_cure(written: str, problem: str) -> str:
    bare = _BARE_RATIO.search(written)
    if _CURLY.search(written):
        return 'Use straight quotes: "9:16".'
    if "twice" in problem or "overwrite" in problem:
        return "The same key or table is written twice: keep one."
    if "\\" in written:
        return "Write paths with forward slashes, or in 'single quotes'."
    if bare:
        return f'Ratios are quoted: write "{bare[1]}" in quotes.'
    return 'Text, ratios and money are quoted ("9:16", "500"); lists and inline tables are closed on one line or by ].'


def _fault(
    file: str, place: str, problem: str, cure: str, rule: str = "toml.syntax", value: str | None = None
) -> Fault:
    return Fault(file=file, place=place, problem=problem, cure=cure, rule=rule, value=value)
