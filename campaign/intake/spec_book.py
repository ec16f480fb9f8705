"""Specs and placements out of their tables: numbers laid over one another, each with who says it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot, read_section, shown
from campaign.intake.schema import Section
from campaign.intake.spec_schema import (
    CONTAINERS,
    NUMBERS,
    EvidenceKeys,
    PlacementKeys,
    SafeKeys,
    SpecFile,
    SpecKeys,
)
from campaign.model.catalogue import DeliverySpec, Evidence, Placement, SafeZone, Trust
from campaign.model.faults import Fault
from campaign.model.ratios import AspectRatio, Size, same_shape

S = TypeVar("S", bound=Section)
MUST = ("container", "video_codec", "pixel_format", "audio_codec")
"""What a spec cannot be without."""
DEFAULT = "web.h264"
_TABLES = ("sizes", "min_sizes", "market_seconds")
_MEANS = {"sizes": "size", "min_sizes": "min_size"}
_RIVALS = {"crf": "video_kbps", "video_kbps": "crf"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One spec or placement as far as it is said: its numbers, who says them, and the table that spoke last."""

    said: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    safe: tuple[SafeZone, ...]
    spot: Spot

    def over(self, below: "Entry | None") -> "Entry":
        """This entry laid over what was said before."""
        if below is None:
            return self
        merged = _laid_over(self.said, below.said)
        tables = {
            key: {**below.said[key], **self.said[key]} for key in _TABLES if key in self.said and key in below.said
        }
        return Entry({**merged, **tables}, (*below.evidence, *self.evidence), self.safe or below.safe, self.spot)


@dataclass(frozen=True, slots=True)
class Tables:
    """Specs and placements by id, as said so far."""

    specs: dict[str, Entry]
    placements: dict[str, Entry]

    def under(self, other: "Tables") -> "Tables":
        """These with `other` laid over them."""
        return Tables(_merged(self.specs, other.specs), _merged(self.placements, other.placements))


def read_tables(raw: Mapping[str, Any], spot: Spot, *, own: bool) -> tuple[Tables, tuple[Fault, ...]]:
    """One file's tables. `own`: the campaign's file, whose numbers vouch for themselves where they name no source."""
    file, faults = read_section(SpecFile, raw, spot, Path())
    found = list(faults)
    specs = {id_: _entry(SpecKeys, table, spot.at("specs", id_), own, found) for id_, table in file.specs.items()}
    placements = {
        id_: _entry(PlacementKeys, table, spot.at("placements", id_), own, found)
        for id_, table in file.placements.items()
    }
    return Tables(specs, placements), tuple(found)


def specs_of(tables: Tables) -> tuple[dict[str, DeliverySpec], tuple[Fault, ...]]:
    """Every spec that is whole, and what keeps the others from being so."""
    faults = [fault for entry in tables.specs.values() for fault in _spec_faults(entry)]
    whole = {id_: entry for id_, entry in tables.specs.items() if all(key in entry.said for key in MUST)}
    return {id_: _spec(id_, entry.said) for id_, entry in whole.items()}, tuple(faults)


def placements_of(tables: Tables, specs: Mapping[str, DeliverySpec]) -> tuple[dict[str, Placement], tuple[Fault, ...]]:
    """Every placement that can be made, and what keeps the others from it."""
    placements: dict[str, Placement] = {}
    faults: list[Fault] = []
    for id_, entry in tables.placements.items():
        named = entry.said.get("spec", DEFAULT)
        if found := list(_placement_faults(entry, named, tables.specs)):
            faults += found
        elif named in specs:
            placements[id_] = _placement(id_, entry, specs[named], tables.specs[named].evidence)
    return placements, tuple(faults)


def _merged(below: Mapping[str, Entry], above: Mapping[str, Entry]) -> dict[str, Entry]:
    return {**below, **{id_: entry.over(below.get(id_)) for id_, entry in above.items()}}


def _laid_over(above: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
    """Both, the upper one winning; a quality drives out an average, and an average a quality."""
    driven = {_RIVALS[key] for key in above if key in _RIVALS}
    return {**{key: value for key, value in below.items() if key not in driven}, **above}


def _entry(model: type[SpecKeys], raw: Mapping[str, Any], spot: Spot, own: bool, faults: list[Fault]) -> Entry:
    keys, found = read_section(model, raw, spot, Path())
    faults += found
    evidence = _evidence(keys.evidence, model, spot.at("evidence"), faults)
    if own:
        bare = tuple(sorted(keys.model_fields_set - {key for each in evidence for key in each.of} - {"evidence"}))
        evidence = (*evidence, Evidence(bare, Trust.CAMPAIGN, spot.file, None))
    zones = keys.safe if isinstance(keys, PlacementKeys) else []
    read = [_kept(SafeKeys, zone, spot.at("safe", number), faults) for number, zone in enumerate(zones)]
    return Entry(keys.said(), evidence, tuple(SafeZone(**dict(zone)) for zone in read), spot)


def _evidence(
    raw: Iterable[Mapping[str, Any]], model: type[SpecKeys], spot: Spot, faults: list[Fault]
) -> tuple[Evidence, ...]:
    read = []
    for number, table in enumerate(raw):
        at = spot.at(number)
        keys = _kept(EvidenceKeys, table, at, faults)
        for place, key in enumerate(keys.of):
            if key not in model.known_keys():
                near = nearest(key, model.known_keys())
                faults.append(
                    at.at("of", place).fault(
                        "there is no such key to vouch for", "Name keys of the table.", value=key, nearest=near
                    )
                )
        if not keys.source or keys.read is None:
            missing = "source" if not keys.source else "read"
            cure = 'Write source = "https://..." and read = 2026-11-20, the day it was read.'
            faults.append(at.at(missing).fault(f"{missing} is missing", cure))
        read.append(Evidence(tuple(keys.of), keys.trust, keys.source, keys.read))
    return tuple(read)


def _kept(model: type[S], raw: Mapping[str, Any], spot: Spot, faults: list[Fault]) -> S:
    keys, found = read_section(model, raw, spot, Path())
    faults += found
    return keys


def _spec_faults(entry: Entry) -> Iterator[Fault]:
    said, spot = entry.said, entry.spot
    for key in MUST:
        if key not in said:
            yield spot.at(key).fault(f"{key} is missing", f"A spec says {', '.join(MUST)}.")
    if "size" in said:
        cure = "A spec serves every ratio: say it in a placement, as sizes."
        yield spot.at("size").fault("size is not a spec's to say", cure, value=str(said["size"]))
    yield from _unheld(said, spot)


def _unheld(said: Mapping[str, Any], spot: Spot) -> Iterator[Fault]:
    """Codecs that the container does not hold."""
    container = said.get("container")
    for key in ("video_codec", "audio_codec"):
        codec = said.get(key)
        if container in CONTAINERS and codec not in (None, "none") and codec not in CONTAINERS[container]:
            cure = f"{container} holds {', '.join(CONTAINERS[container])}."
            yield spot.at(key).fault(f"{key} does not go into {container}", cure, value=codec)


def _placement_faults(entry: Entry, named: str, specs: Mapping[str, Entry]) -> Iterator[Fault]:
    said, spot = entry.said, entry.spot
    if named not in specs:
        cure = f"Known specs: {', '.join(sorted(specs))}."
        yield spot.at("spec").fault("there is no such spec", cure, value=named, nearest=nearest(named, specs))
        return
    if not said.get("ratios"):
        yield spot.at("ratios").fault("ratios is missing", 'Say which it brings: ratios = ["9:16"].')
    yield from _unheld({**specs[named].said, **said}, spot)
    taken = (*said.get("ratios", ()), *said.get("accepts", ()))
    for key in ("sizes", "min_sizes"):
        for ratio, size in said.get(key, {}).items():
            if ratio not in taken:
                cure = f"Name it in ratios or accepts, which have {', '.join(map(str, taken)) or 'none'}."
                yield spot.at(key, ratio.label).fault(f"{ratio} is not a ratio of this placement", cure)
            yield from _misshapen(size, ratio, spot.at(key, ratio.label))
    if "size" in said:
        for ratio in taken:
            yield from _misshapen(said["size"], ratio, spot.at("size"))


def _misshapen(size: Size, ratio: AspectRatio, spot: Spot) -> Iterator[Fault]:
    if not same_shape(size.shape, ratio.value):
        yield spot.fault(f"{size} is not {ratio}", "Write the size of this shape.", value=shown(str(size)))


def _spec(id_: str, said: Mapping[str, Any]) -> DeliverySpec:
    numbers = {key: value for key, value in said.items() if key in NUMBERS}
    return DeliverySpec(**{"id": id_, **numbers, "audio_codec": _sound(said["audio_codec"])})


def _sound(codec: str) -> str | None:
    return None if codec == "none" else codec


def _placement(id_: str, entry: Entry, base: DeliverySpec, vouched: tuple[Evidence, ...]) -> Placement:
    said = entry.said
    ratios, accepts = said["ratios"], said.get("accepts", ())
    return Placement(
        id=id_,
        ratios=ratios,
        accepts=tuple(ratio for ratio in accepts if ratio not in ratios),
        specs={ratio: _spec_for(ratio, said, base) for ratio in (*ratios, *accepts)},
        market_seconds={market: tuple(seconds) for market, seconds in said.get("market_seconds", {}).items()},
        fast_video_kbps=said.get("fast_video_kbps"),
        needs_audio=said.get("needs_audio", False),
        safe_zones=entry.safe,
        evidence=(*vouched, *entry.evidence),
        unknown=said.get("unknown", ()),
        lacks=said.get("lacks", ()),
        notes=said.get("notes", ()),
    )


def _spec_for(ratio: AspectRatio, said: Mapping[str, Any], base: DeliverySpec) -> DeliverySpec:
    """The placement's numbers laid over its spec's."""
    below = {key: getattr(base, key) for key in NUMBERS} | {"audio_codec": base.audio_codec or "none"}
    by_ratio = {_MEANS[key]: said[key][ratio] for key in _MEANS if ratio in said.get(key, {})}
    return _spec(base.id, _laid_over({**{key: said[key] for key in NUMBERS if key in said}, **by_ratio}, below))
