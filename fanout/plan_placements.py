"""Where a plan's films go: each placement with what it asks, as a table and as JSON."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction

from campaign.model.catalogue import Catalogue, DeliverySpec, Placement, SafeZone
from campaign.model.plan import Film, Output
from campaign.model.rates import rate_text
from campaign.model.ratios import AspectRatio
from fanout.console import say_table

COLUMNS = ("placement", "ratio", "size", "written as", "picture", "sound", "limits", "films", "by word of")


@dataclass(frozen=True, slots=True)
class Line:
    """One placement in one ratio, size and spec; specs differ where markets do."""

    ratio: AspectRatio
    output: Output
    films: int


def lines_of(films: Iterable[Film]) -> list[Line]:
    """What the films' placements come to, in the plan's order; none for ratios asked by name."""
    found: dict[object, Line] = {}
    for film in films:
        for output in film.outputs:
            if output.placement is not None:
                mark = output.placement, film.ratio.label, id(output.spec), output.size
                known = found.get(mark)
                found[mark] = Line(film.ratio, known.output if known else output, (known.films if known else 0) + 1)
    return list(found.values())


def show_placements(films: Iterable[Film], catalogue: Catalogue) -> None:
    """Print the table, nothing where no placement is asked for."""
    rows = [_row(line, catalogue.placements[str(line.output.placement)]) for line in lines_of(films)]
    say_table("placements", COLUMNS, rows, numbers=[7])


def placements_told(films: Iterable[Film], catalogue: Catalogue) -> list[dict[str, object]]:
    """The same for scripts, whole: spec, safe zones, evidence, what nobody states."""
    return [_told(line, catalogue.placements[str(line.output.placement)]) for line in lines_of(films)]


def outputs_told(film: Film) -> list[dict[str, object]]:
    """Each file of one film: what for, as what, how large."""
    return [
        {
            "file": output.file,
            "placement": output.placement,
            "spec": output.spec.id,
            "size": str(output.size),
            "upscaled_from": str(output.upscaled_from) if output.upscaled_from else None,
            "fps": str(output.cadence.rate) if output.cadence else None,
        }
        for output in film.outputs
    ]


def _row(line: Line, placement: Placement) -> list[str]:
    spec, output = line.output.spec, line.output
    size = f"{output.size} from {output.upscaled_from}" if output.upscaled_from else str(output.size)
    told = (placement.id, line.ratio.label, size, f"{spec.id} .{spec.container}", _picture(output), _sound(spec))
    trusts = dict.fromkeys(each.trust.value.replace("_", " ") for each in placement.evidence)
    return [*told, _limits(spec), str(line.films), ", ".join(trusts)]


def _picture(output: Output) -> str:
    """`8000 kbit/s`, `crf 18, at least 516`, and a rate that is not the master's."""
    spec = output.spec
    aim = f"{spec.video_kbps} kbit/s" if spec.video_kbps else f"crf {spec.crf}" if spec.crf is not None else ""
    least = f"at least {spec.min_video_kbps}" if spec.min_video_kbps else ""
    most = f"at most {spec.max_video_kbps}" if spec.max_video_kbps else ""
    rates = f"{'/'.join(map(rate_text, spec.rates))} fps" if 0 < len(spec.rates) < 4 else ""
    rates = f"at {rate_text(output.cadence.rate)} fps" if output.cadence else rates
    held = f"{_plain(spec.hold_seconds)} s held at the end" if spec.hold_seconds else ""
    return ", ".join(part for part in (aim, least, most, rates, held) if part) or spec.video_codec


def _sound(spec: DeliverySpec) -> str:
    if spec.audio_codec is None:
        return "none"
    coded = spec.audio_codec if spec.audio_codec.startswith("pcm") else f"{spec.audio_codec} {spec.audio_kbps}"
    loud = f"{spec.loudness_lufs:g} LUFS" if spec.loudness_lufs is not None else ""
    peak = f"{spec.true_peak_dbtp:g} dBTP" if spec.true_peak_dbtp is not None else ""
    return ", ".join(part for part in (coded, loud, peak) if part)


def _limits(spec: DeliverySpec) -> str:
    sold = f"{'/'.join(map(_plain, spec.exact_seconds))} s" if spec.exact_seconds else ""
    low, high = (_plain(each) if each is not None else "" for each in (spec.min_seconds, spec.max_seconds))
    between = f"{low}-{high} s" if low and high else f"up to {high} s" if high else f"from {low} s" if low else ""
    large = f"{spec.max_bytes / 1e6:,.0f} MB" if spec.max_bytes else ""
    return ", ".join(part for part in (sold or between, large) if part) or "none known"


def _plain(seconds: Fraction) -> str:
    return f"{float(seconds):g}"


def _told(line: Line, placement: Placement) -> dict[str, object]:
    output = line.output
    return {
        "placement": placement.id,
        "ratio": line.ratio.label,
        "films": line.films,
        "size": str(output.size),
        "upscaled_from": str(output.upscaled_from) if output.upscaled_from else None,
        "spec": _plainly(asdict(output.spec)),
        "safe_zones": [_zone(zone) for zone in placement.safe_zones if zone.ratio in (None, line.ratio)],
        "evidence": [asdict(each) for each in placement.evidence],
        "unknown": placement.unknown,
        "lacks": placement.lacks,
        "notes": placement.notes,
    }


def _zone(zone: SafeZone) -> dict[str, object]:
    return {key: value for key, value in asdict(zone).items() if key != "ratio"}


def _plainly(spec: dict[str, object]) -> dict[str, object]:
    """Sizes as people write them; fractions stay exact, as text."""
    sizes = {key: f"{size['width']}x{size['height']}" for key, size in spec.items() if isinstance(size, dict)}
    return {**spec, **sizes}
