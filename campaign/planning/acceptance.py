"""Acceptance: what a destination would not take of a film, as far as a plan can know it before a frame is made."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from campaign.model.catalogue import DeliverySpec, Evidence, Placement
from campaign.model.edit import MasterEdit
from campaign.model.rates import Cadence, Convert, cadence_to, rate_text
from campaign.model.ratios import Size

_SAID_AS = {"exact_seconds": ("market_seconds",), "min_size": ("min_sizes",)}
"""Other keys that state a number, by the key it has in a spec."""
_UNSAID: dict[str, Any] = {
    "min_seconds": None,
    "max_seconds": None,
    "exact_seconds": (),
    "rates": (),
    "min_size": None,
    "upscale": True,
}
OF_SIZE = ("min_size", "upscale")
"""Numbers that depend on the plan's resolution."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A number `key` of a spec that a film would not keep: what is wrong, as a predicate of the destination."""

    key: str
    problem: str
    cure: str


def broken(
    spec: DeliverySpec,
    master: MasterEdit,
    size: Size,
    upscaled_from: Size | None,
    needs_audio: bool,
    cadence: Cadence | None = None,
) -> Iterator[Broken]:
    """Every number that a film of this master in frames of `size`, shown in `cadence`, would not keep."""
    yield from _length(spec, master, cadence)
    if spec.rates and (cadence.rate if cadence else master.rate) not in spec.rates:
        problem = f"takes {listed(map(rate_text, spec.rates))} frames a second, the master has {rate_text(master.rate)}"
        yield Broken(
            "rates", f"{problem}: {_unconverted(spec, master.rate)}", "Conform the master to a rate that is taken"
        )
    least = spec.min_size
    if least is not None and (size.width < least.width or size.height < least.height):
        yield Broken("min_size", f"takes {least} at least, the film has {size}", "Raise provider.final")
    if upscaled_from is not None and not spec.upscale:
        problem = f"takes no enlarged picture, and {size} would be enlarged from {upscaled_from}"
        yield Broken("upscale", problem, "Raise provider.final, use a larger master, or ask for a smaller size")
    if needs_audio and master.audio is None:
        yield Broken("needs_audio", "takes no film without sound, and the master has none", "Give the master a track")


def evidence(placement: Placement | None, key: str) -> Evidence | None:
    """Who states the number `key` of a spec; None where nobody is named, as for a spec of the campaign's own."""
    keys = (key, *_SAID_AS.get(key, ()))
    found = [each for name in keys if placement and (each := placement.evidence_of(name))]
    return found[-1] if found else None


def refuses(placement: Placement | None, key: str) -> bool:
    """Whether a broken number stops the plan. A number by hearsay warns; without a placement it is the campaign's own."""
    if placement is None:
        return True
    said = evidence(placement, key)
    return said is not None and said.trust.binding


def judged(spec: DeliverySpec, hearsay: list[str]) -> DeliverySpec:
    """The spec without numbers that the film breaks though only hearsay states them: the plan warns, QC judges them not."""
    changes = {key: _UNSAID[key] for key in hearsay if key in _UNSAID}
    return replace(spec, **changes) if changes else spec


def seconds(length: Fraction) -> str:
    """`15.04 s`."""
    return f"{float(length):.2f}".rstrip("0").rstrip(".") + " s"


def listed(words: Iterator[str]) -> str:
    """`24, 25 or 30`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _unconverted(spec: DeliverySpec, rate: Fraction) -> str:
    """Why a rate is not brought to one that is taken."""
    for convert in (Convert.EXACT, Convert.SPEED):
        if way := cadence_to(rate, spec.rates, convert):
            return f'its spec says convert = "{spec.convert}"; by "{convert}" {way.words(rate)}'
    return "neither each of its frames twice nor every second one gives such a rate, and no frame is made of two"


def _length(spec: DeliverySpec, master: MasterEdit, cadence: Cadence | None) -> Iterator[Broken]:
    """A film of 360 frames at 23.976 is sold as 15 s although it lasts 15.015: either length may keep a limit."""
    frames, rate = (cadence.place(master.frames), cadence.rate) if cadence else (master.frames, master.rate)
    lengths = {frames / rate, Fraction(frames, max(1, round(rate)))}
    own, cure = seconds(master.seconds), "Cut the master to length"
    if spec.exact_seconds and not lengths & set(spec.exact_seconds):
        yield Broken("exact_seconds", f"takes {listed(map(seconds, spec.exact_seconds))}, the master lasts {own}", cure)
    if spec.min_seconds is not None and max(lengths) < spec.min_seconds:
        yield Broken("min_seconds", f"takes {seconds(spec.min_seconds)} at least, the master lasts {own}", cure)
    if spec.max_seconds is not None and min(lengths) > spec.max_seconds:
        yield Broken("max_seconds", f"takes {seconds(spec.max_seconds)} at most, the master lasts {own}", cure)
