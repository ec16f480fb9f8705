"""Selection: which films a person means by `--only market=DE,ratio=9:16,season=winter`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaign.errors import InputError
from campaign.model.faults import Fault
from campaign.model.outcomes import Status
from campaign.model.plan import Film
from campaign.model.ratios import RATIOS
from campaign.model.standing import MISSING
from campaign.planning.faulting import close

KEYS = ("market", "season", "demographic", "variant", "ratio", "status", "changed")
STATUSES = (*(status.value for status in Status), MISSING)
WORDS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Selection:
    """Criteria by key, values casefolded: keys combine with and, the values of one key with or. Empty takes all."""

    criteria: Mapping[str, frozenset[str]]

    @property
    def lasting(self) -> "Selection":
        """The criteria that hold whatever has been made so far: without status and changed."""
        return Selection({key: values for key, values in self.criteria.items() if key not in ("status", "changed")})

    def takes(self, film: Film, *, status: str | None, changed: bool) -> bool:
        """Whether a film is meant. `status` is None while it is still to be made; `changed` since the last run."""
        return all(_meets(film, key, values, status, changed) for key, values in self.criteria.items())

    def unmatched(self, films: Iterable[Film]) -> tuple[Fault, ...]:
        """A fault for each value of market, season, demographic, variant or ratio that no film has."""
        films = tuple(films)
        faults: list[Fault] = []
        for key in KEYS[:5]:
            if key in self.criteria:
                known = dict.fromkeys(_value(film, key) for film in films)
                folded = {value.casefold() for value in known}
                for value in sorted(self.criteria[key] - folded):
                    faults.append(_fault(f"no film of the plan has this {key}", key, value, tuple(known)))
        return tuple(faults)


def parse_selection(texts: Sequence[str]) -> Selection:
    """Read selector texts, each `key=value,key=value`. Raises InputError for every unknown key, ratio or word at once."""
    criteria: dict[str, set[str]] = {}
    faults: list[Fault] = []
    for text in texts:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:  # a variable that is not set must not select, and buy, the whole campaign
            faults.append(_fault("a selector is written key=value", text, text, ()))
        for part in parts:
            key, equals, value = (word.strip() for word in part.partition("="))
            if not equals or not value:
                faults.append(_fault("a selector is written key=value", part, part, ()))
            elif key.casefold() not in KEYS:
                faults.append(_fault("there is no such selector", part, key, KEYS))
            else:
                read, fault = _read(key.casefold(), value)
                criteria.setdefault(key.casefold(), set()).add(read)
                faults.extend([fault] if fault else [])
    if faults:
        raise InputError(tuple(faults))
    return Selection({key: frozenset(values) for key, values in criteria.items()})


def _read(key: str, value: str) -> tuple[str, Fault | None]:
    folded = value.casefold()
    if key == "ratio":
        ratio = re.sub(r"\s*[x×/:]\s*", ":", folded)
        known = [each.label for each in RATIOS]
        return ratio, None if ratio in known else _fault("Fanout knows no such ratio", f"ratio={value}", value, known)
    if key == "status" and folded not in STATUSES:
        return folded, _fault("there is no such status", f"status={value}", value, STATUSES)
    if key == "changed" and folded not in WORDS:
        return folded, _fault("changed is yes or no", f"changed={value}", value, WORDS)
    return folded, None


def _meets(film: Film, key: str, values: frozenset[str], status: str | None, changed: bool) -> bool:
    if key == "status":
        return status in values or (MISSING in values and status != Status.DELIVERED)
    if key == "changed":
        return any(WORDS[value] is changed for value in values)
    return _value(film, key).casefold() in values


def _value(film: Film, key: str) -> str:
    if key == "ratio":
        return film.ratio.label
    if key == "variant":
        return film.variant.key
    value = getattr(film.variant, key)
    assert isinstance(value, str)
    return value


def _fault(problem: str, place: str, value: str, known: Iterable[str]) -> Fault:
    known = tuple(known)
    return Fault(
        file="--only",
        place=place,
        problem=problem,
        cure=f"Use one of {', '.join(known)}." if known else "Example: --only market=DE,ratio=9:16",
        rule="only",
        value=value,
        nearest=close(value, known),
    )
