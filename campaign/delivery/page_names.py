"""Names of pages, none given twice."""

from collections.abc import Container


def free_name(name: str, taken: Container[str]) -> str:
    """`name`, or with a number when it is `taken` (casefolded names: some disks ignore case)."""
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name}-{number}"
    return free
