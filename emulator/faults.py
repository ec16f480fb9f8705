"""Which faults are set, and whether one strikes now."""

import difflib
import hashlib
import random
import threading
from collections import Counter
from collections.abc import Mapping

from emulator.catalogue import CATALOGUE, Kind
from emulator.clock import Clock

VENDORS = ("luma", "runware", "fal")
_SIGNED = {"frames_off", "credit", "job_min", "job_max"}


class UnknownFault(ValueError):
    """A name, or a value, that the catalogue does not have; says which ones it has."""


class Faults:
    """The faults in force; safe from threads.

    Whether a chance strikes depends on the seed, on what is asked and on how often that was asked before, never on the order
    in which requests of several jobs arrive: a run with the same seed meets the same faults.
    """

    def __init__(self, seed: int, clock: Clock, given: Mapping[str, float | str] | None = None) -> None:
        self._seed = seed
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[str, float | str] = {}
        self._set_at: dict[str, float] = {}
        self._drawn: Counter[tuple[str, str]] = Counter()
        self._struck: Counter[str] = Counter()
        self.set(given or {})

    def set(self, given: Mapping[str, float | str | None]) -> None:
        """Set faults, all or none; None takes one back. Raises UnknownFault."""
        checked = {name: None if value is None else _checked(name, value) for name, value in given.items()}
        with self._lock:
            for name, value in checked.items():
                if value is None:
                    self._values.pop(name, None)
                else:
                    self._values[name] = value
                    self._set_at[name] = self._clock.now()

    def clear(self) -> None:
        """Take all back."""
        with self._lock:
            self._values.clear()

    def in_force(self) -> dict[str, float | str]:
        """What is set."""
        with self._lock:
            return dict(self._values)

    def any_set(self) -> bool:
        """Whether any fault is in force."""
        return bool(self._values)

    def struck(self) -> dict[str, int]:
        """How often each chance struck."""
        with self._lock:
            return dict(self._struck)

    def number(self, name: str, vendor: str = "") -> float:
        """The value of a number, or its usual one."""
        return float(self._value(name, vendor))

    def word(self, name: str, vendor: str = "") -> str:
        """The value of a word, or its usual one."""
        return str(self._value(name, vendor))

    def since(self, name: str, vendor: str = "") -> float:
        """Seconds since a fault was set."""
        with self._lock:
            moment = self._set_at.get(f"{vendor}.{name}", self._set_at.get(name))
        return 0.0 if moment is None else self._clock.now() - moment

    def strikes(self, name: str, vendor: str, about: str) -> bool:
        """Whether a chance strikes now; `about` is what is asked."""
        if not self._values:
            return False
        chance = self.number(name, vendor)
        if chance <= 0:
            return False
        hit = self.draw(name, about) < chance
        if hit:
            with self._lock:
                self._struck[name] += 1
        return hit

    def draw(self, name: str, about: str) -> float:
        """A number in [0, 1) for the next time that `name` is drawn about the same thing."""
        with self._lock:
            turn = self._drawn[name, about]
            self._drawn[name, about] += 1
        digest = hashlib.sha256(f"{self._seed}|{name}|{about}|{turn}".encode()).digest()
        return int.from_bytes(digest[:7], "big") / 256**7

    def choose(self, name: str, about: str, among: tuple[str, ...]) -> str:
        """One of several, drawn likewise."""
        return among[int(self.draw(name, about) * len(among))]

    def chance(self, name: str, about: str) -> random.Random:
        """A source of random numbers for one thing."""
        return random.Random(self.draw(name, about))  # noqa: S311 # repeatable on purpose, guards nothing

    def _value(self, name: str, vendor: str) -> float | str:
        fault = CATALOGUE[name]
        with self._lock:
            return self._values.get(f"{vendor}.{name}", self._values.get(name, fault.usual))


def read_faults(text: str) -> dict[str, float | str]:
    """Faults as they are typed: `p_half=0.3,mod=beach`. Raises UnknownFault."""
    given: dict[str, float | str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        given[name.strip()] = _checked(name.strip(), value.strip() if equals else 1.0)
    return given


def _checked(name: str, value: float | str) -> float | str:
    vendor, _, bare = name.rpartition(".")
    if bare not in CATALOGUE or (vendor and vendor not in VENDORS):
        near = difflib.get_close_matches(bare, CATALOGUE, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise UnknownFault(f"no fault is called {name}.{hint} There are: {', '.join(CATALOGUE)}.")
    fault = CATALOGUE[bare]
    if fault.kind is Kind.WORD:
        word = str(value)
        if fault.words and word not in fault.words:
            raise UnknownFault(f"{name}={word}: one of {', '.join(filter(None, fault.words))}.")
        return word
    return _amount(name, bare, fault.kind, value)


def _amount(name: str, bare: str, kind: Kind, value: float | str) -> float:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        raise UnknownFault(f"{name}={value}: a number is needed.") from None
    if kind is Kind.CHANCE and not 0 <= amount <= 1:
        raise UnknownFault(f"{name}={value}: a chance lies between 0 and 1.")
    if amount != amount or (amount < 0 and bare not in _SIGNED):
        raise UnknownFault(f"{name}={value}: a number of at least 0 is needed.")
    return amount
