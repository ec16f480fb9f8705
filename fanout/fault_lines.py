"""Faults as lines for people: errors first, and of many that are alike the first few, then where the others lie."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from campaign.model.faults import Fault, Level

FEW = 10
"""So many faults with the same rule and cure are told in full; `fanout check --json` has all of them."""
MOST_RANGES = 20


def fault_lines(faults: Sequence[Fault]) -> Iterator[tuple[Level, str]]:
    """One line for each fault, in the order given within its level; what is more than FEW alike is summed up."""
    for level in Level:
        alike: dict[tuple[str, str, str], list[Fault]] = {}
        for fault in faults:
            if fault.level is level:
                seen = alike.setdefault((fault.file, fault.rule, fault.cure), [])
                seen.append(fault)
                if len(seen) <= FEW:
                    yield level, str(fault)
        for (file, rule, _), found in alike.items():
            if rest := found[FEW:]:
                yield level, f"{file}: {level}: {len(rest)} more like the {FEW} above, {_where(rest)} [{rule}]"


def count(faults: Sequence[Fault]) -> str:
    """`2 errors, 1 warning`: how many there are of each level that occurs."""
    found = {level: sum(fault.level is level for fault in faults) for level in Level}
    return ", ".join(many(n, "remark" if level is Level.INFO else level) for level, n in found.items() if n)


def many(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _where(faults: Iterable[Fault]) -> str:
    places = list(dict.fromkeys(fault.place.partition(":")[0] for fault in faults))
    if not all(place.isdecimal() for place in places):
        return f"at {_few(places)}"
    return on_lines(map(int, places))


def on_lines(numbers: Iterable[int]) -> str:
    """`on line 12`, `on lines 2 to 9, 12`."""
    told = sorted(set(numbers))
    return f"on {'line' if len(told) == 1 else 'lines'} {_few(_ranges(told))}"


def _few(words: Sequence[str]) -> str:
    return ", ".join(words[:MOST_RANGES]) + (", ..." if len(words) > MOST_RANGES else "")


def _ranges(numbers: Sequence[int]) -> list[str]:
    """`2 to 9`, `12`: numbers that follow each other as one."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
