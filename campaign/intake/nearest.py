"""The nearest known word, for "did you mean"."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, or None when none is near.

    Near means: at most a third of the letters wrong (at least one, at most three), case not counted, letters swapped
    with their neighbour counted once; or one word is the beginning of the other. The first of equals wins.
    """
    typed = word.strip().casefold()
    if not typed:
        return None
    limit = min(3, max(1, len(typed) // 3))
    best: tuple[int, str] | None = None
    for candidate in known:
        folded = candidate.casefold()
        wrong = distance(typed, folded, limit)
        if wrong > limit and _begins(typed, folded):
            wrong = limit + 1
        elif wrong > limit:
            continue
        if best is None or wrong < best[0]:
            best = wrong, candidate
    return best[1] if best else None


def within(word: str, other: str, limit: int) -> bool:
    """Whether at most `limit` letters must be typed, deleted, replaced or swapped with a neighbour."""
    return distance(word, other, limit) <= limit


def distance(word: str, other: str, limit: int) -> int:
    """How many letters to type, delete, replace or swap with a neighbour; `limit + 1` when more than `limit`."""
    if abs(len(word) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(word, 1):
        line = [row]
        for column, match in enumerate(other, 1):
            cost = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != match))
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == match:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return limit + 1
        before, above = above, line
    return min(above[-1], limit + 1)


def _begins(word: str, other: str) -> bool:
    return min(len(word), len(other)) >= 3 and (word.startswith(other) or other.startswith(word))
