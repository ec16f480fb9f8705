"""Destinations: what each film is written as, for its ratio asked by name and for every placement that takes it."""

from dataclasses import dataclass, replace

from campaign.model.catalogue import DeliverySpec, Placement, SafeZone
from campaign.model.rates import Cadence, cadence_to
from campaign.model.ratios import AspectRatio, Size
from campaign.model.variants import Variant
from campaign.planning.acceptance import OF_SIZE, Broken, broken, judged, refuses
from campaign.planning.asked import own_ratios, placements_of
from campaign.planning.setting import Setting, enlarged


@dataclass(frozen=True, slots=True)
class Destination:
    """One file that a film becomes: for a placement (None = the ratio was asked by name), to `spec`, in frames of `size`.

    `upscaled_from` is the true size of a picture that was blown up to it; `cadence` how the master's frames are shown at
    another rate.
    """

    placement: str | None
    spec: DeliverySpec
    size: Size
    upscaled_from: Size | None
    safe_zones: tuple[SafeZone, ...] = ()
    cadence: Cadence | None = None


class Destinations:
    """Where films go. Rows that ask the same share the answer: thousands of rows have a few.

    A draft goes everywhere as the one light file, to be looked at. What a film would break of a destination's numbers is
    kept, to be told.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._known: dict[object, tuple[Destination, ...]] = {}
        self._specs: dict[DeliverySpec, DeliverySpec] = {}
        self._broken: dict[tuple[str | None, AspectRatio, str], tuple[Broken, ...]] = {}

    def of(self, variant: Variant, ratio: AspectRatio, *, hdr: bool = False) -> tuple[Destination, ...]:
        """All destinations of one film, in the order asked. Equal specs are one object. `hdr` = its picture is made in HDR."""
        mark = (variant.ratios, variant.placements, variant.market, ratio, hdr)
        found = self._known.get(mark)
        if found is None:
            found = self._known[mark] = tuple(self._find(variant, ratio, hdr))
        return found

    def broken(self, placement: str | None, ratio: AspectRatio, market: str) -> tuple[Broken, ...]:
        """Numbers that the film would break there, of a destination that was asked for before."""
        return self._broken.get((placement, ratio, market), ())

    def _find(self, variant: Variant, ratio: AspectRatio, hdr: bool) -> list[Destination]:
        setting = self._setting
        found = [self._to(None, ratio, variant.market, hdr)] if ratio in own_ratios(variant, setting.campaign) else []
        known = setting.brief.catalogue.placements
        asked = (known[name] for name in placements_of(variant, setting.campaign))
        return found + [self._to(each, ratio, variant.market, hdr) for each in asked if ratio in each.ratios]

    def _to(self, placement: Placement | None, ratio: AspectRatio, market: str, hdr: bool) -> Destination:
        """A draft hears of what its final would be refused for, but for sizes, which are its own."""
        setting, name = self._setting, placement.id if placement else None
        spec, cadence = _written(placement, ratio, market, setting)
        size, blown_up = self._sized(spec, ratio, hdr)
        needs_audio = placement is not None and placement.needs_audio
        found = tuple(
            each
            for each in broken(spec, setting.master, size, blown_up, needs_audio, cadence)
            if not (setting.draft and each.key in OF_SIZE)
        )
        mark = name, ratio, market
        self._broken[mark] = max(self._broken.get(mark, ()), found, key=len)
        zones = placement.margins(ratio) if placement else ()
        if setting.draft:
            return Destination(name, self._one(setting.spec), *self._sized(setting.spec, ratio, hdr), zones)
        hearsay = [each.key for each in found if not refuses(placement, each.key)]
        return Destination(name, self._one(judged(spec, hearsay)), size, blown_up, zones, cadence)

    def _sized(self, spec: DeliverySpec, ratio: AspectRatio, hdr: bool) -> tuple[Size, Size | None]:
        setting = self._setting
        ways = setting.hdr_routes if hdr else setting.routes
        size = spec.size or ways[ratio].size
        return size, enlarged(ratio, size, ways, setting.master, setting.size)

    def _one(self, spec: DeliverySpec) -> DeliverySpec:
        return self._specs.setdefault(spec, spec)


def _written(
    placement: Placement | None, ratio: AspectRatio, market: str, setting: Setting
) -> tuple[DeliverySpec, Cadence | None]:
    """The spec of a film, and how the film shows the master's frames where that is not one by one to the end."""
    rate = setting.master.rate
    spec = placement.spec(ratio, market, rate) if placement else setting.spec
    cadence = cadence_to(rate, spec.rates, spec.convert)
    if placement and cadence:
        spec = placement.spec(ratio, market, cadence.rate)
    if spec.hold_seconds:
        cadence = cadence or Cadence(rate)
        cadence = replace(cadence, hold=round(spec.hold_seconds * cadence.rate))
    return spec, cadence
