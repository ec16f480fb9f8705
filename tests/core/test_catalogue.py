"""The dated data: what each provider takes and charges is what its documents say."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from campaign.intake.catalogue import read_catalogue, shipped_tables
from campaign.model.catalogue import Capability, DeliverySpec, Limit, OperationLimits, Placement, Trust
from campaign.model.ratios import DERIVED, GENERATED, RATIOS, RESOLUTIONS, AspectRatio
from campaign.providers.fal_payload import BUCKETS_S

CATALOGUE = read_catalogue()


def price(provider: Capability, operation: str, resolution: str, mode: str = "sdr") -> tuple[Decimal, int]:
    (found,) = [
        one for one in provider.prices if (one.operation, one.resolution, one.mode) == (operation, resolution, mode)
    ]
    return found.usd, found.block_seconds


def told(limit: Limit) -> str:
    return "unknown" if limit.value is None else str(limit.value)


def described(limits: OperationLimits) -> str:
    return (
        f"seconds {told(limits.max_seconds)}, fps {told(limits.max_fps)}, keyframes {told(limits.max_keyframes)}, "
        f"{'/'.join(limits.resolutions)}, ratios {' '.join(map(str, limits.ratios))}, "
        f"refused {limits.refused}, sold {limits.sold_seconds}"
    )


def told_placement(placement: Placement) -> list[str]:
    base = CATALOGUE.specs["web.h264"]
    lines = [f"{placement.id}: {' '.join(map(str, placement.ratios))}, takes {' '.join(map(str, placement.accepts))}"]
    for ratio, spec in placement.specs.items():
        differs = {key: getattr(spec, key) for key in DeliverySpec.__dataclass_fields__}
        numbers = [f"{key} {told_number(value)}" for key, value in differs.items() if value != getattr(base, key)]
        lines.append(f"  {ratio}: {', '.join(numbers)}")
    markets = [f"{market} {told_number(slots)}" for market, slots in placement.market_seconds.items()]
    return [*lines, *([f"  lengths sold: {', '.join(markets)}"] if markets else [])]


def told_number(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_the_catalogue_as_a_whole(golden: Callable[[str, str], None]) -> None:
    lines = []
    for name, one in CATALOGUE.providers.items():
        lines += [f"{name}: {one.model}, generative {one.generative}, draft {one.draft}, hdr {one.hdr}, exr {one.exr}"]
        lines += [f"  modify: {described(one.modify)}", f"  reframe: {described(one.reframe)}"]
        lines += [f"  {p.operation} {p.resolution} {p.mode}: {p.usd} USD / {p.block_seconds} s" for p in one.prices]
    lines += [str(spec) for spec in CATALOGUE.specs.values()]
    lines += [line for placement in CATALOGUE.placements.values() for line in told_placement(placement)]
    golden("intake/catalogue.txt", "\n".join(lines) + "\n")


def test_the_three_vendors_sell_one_engine_and_the_local_one_is_free() -> None:
    assert {name: one.model for name, one in CATALOGUE.providers.items()} == {
        "local": "local/1",
        "luma": "ray-3.2",
        "runware": "ray-3.2",
        "fal": "ray-3.2",
    }
    local = CATALOGUE.providers["local"]
    assert not local.generative
    assert all(not one.usd for one in local.prices)
    assert set(local.reframe.ratios) == set(RATIOS)


def test_lumas_prices_are_those_of_its_list() -> None:
    luma = CATALOGUE.providers["luma"]
    assert [price(luma, "modify", tier)[0] for tier in RESOLUTIONS] == [
        Decimal(p) for p in (".54", ".72", "1.08", "2.16")
    ]
    assert [price(luma, "reframe", tier)[0] for tier in RESOLUTIONS] == [
        Decimal(p) for p in (".03", ".06", ".12", ".36")
    ]
    assert price(luma, "modify", "720p") == (Decimal("1.08"), 5)
    assert price(luma, "reframe", "720p") == (Decimal("0.12"), 1)
    assert price(luma, "modify", "720p", "hdr")[0] == 2 * price(luma, "modify", "720p")[0]
    assert price(luma, "modify", "1080p", "hdr+exr")[0] == 3 * price(luma, "modify", "1080p")[0]


def test_vendors_charge_the_same_where_they_sell_the_same() -> None:
    luma = CATALOGUE.providers["luma"]
    for name in ("runware", "fal"):
        for one in CATALOGUE.providers[name].prices:
            assert price(luma, one.operation, one.resolution, one.mode) == (one.usd, one.block_seconds)


def test_every_mode_and_tier_that_is_offered_has_a_price() -> None:
    for one in CATALOGUE.providers.values():
        for resolution in one.modify.resolutions:
            assert price(one, "modify", resolution)
        for resolution in one.reframe.resolutions:
            assert price(one, "reframe", resolution)
        for resolution in one.hdr:
            assert price(one, "modify", resolution, "hdr")
            assert price(one, "modify", resolution, "hdr+exr")
        assert one.draft in one.modify.resolutions


def test_limits_are_those_of_the_documents() -> None:
    luma, runware, fal = (CATALOGUE.providers[name] for name in ("luma", "runware", "fal"))
    assert [one.max_seconds.value for one in (luma.modify, luma.reframe)] == [18, 30]
    assert [one.max_seconds.value for one in (fal.modify, fal.reframe)] == [10, 10]
    assert luma.reframe.refused == (("1080p", "9:16"), ("1080p", "3:4"))
    assert luma.hdr == ("720p", "1080p")
    assert luma.modify.max_keyframes.value == 64
    assert luma.modify.max_fps.value is None
    assert "360p" not in fal.modify.resolutions
    assert fal.modify.sold_seconds == BUCKETS_S, "what is told before is what is sent"
    assert runware.modify.max_seconds.value == luma.modify.max_seconds.value
    assert "Luma's" in runware.modify.max_seconds.source
    assert runware.notes


def test_nobody_generates_a_derived_ratio() -> None:
    for name in ("luma", "runware", "fal"):
        assert set(CATALOGUE.providers[name].reframe.ratios) == set(GENERATED)
        assert not set(CATALOGUE.providers[name].reframe.ratios) & set(DERIVED)


def test_every_number_has_a_source_and_a_day() -> None:
    for one in CATALOGUE.providers.values():
        limits = [
            getattr(op, f"max_{what}") for op in (one.modify, one.reframe) for what in ("seconds", "fps", "keyframes")
        ]
        limits += [op.agreed_frames for op in (one.modify, one.reframe) if op.agreed_frames]
        for fact in (*limits, *one.prices):
            assert fact.source
            assert fact.read <= date(2100, 1, 1)


def test_every_number_of_a_placement_says_who_states_it_and_when_it_was_read() -> None:
    for name, entry in shipped_tables().placements.items():
        placement = CATALOGUE.placements[name]
        assert set(placement.ratios) <= set(RATIOS)
        for key in set(entry.said) - {"spec", "unknown", "notes"} | ({"safe"} if entry.safe else set()):
            evidence = placement.evidence_of(key)
            assert evidence, (name, key)
            assert evidence.trust is Trust.HOUSE_DEFAULT or evidence.source.startswith("https://")
            assert evidence.read <= date(2100, 1, 1)


def test_what_no_source_states_is_named_and_has_no_number() -> None:
    for name, entry in shipped_tables().placements.items():
        assert not set(entry.said) & set(entry.said["unknown"]), name
        assert bool(entry.safe) != ("safe" in entry.said["unknown"]) or name.startswith("google"), name


def test_loudness_is_asked_only_where_a_source_states_it() -> None:
    loud = {
        name: {spec.loudness_lufs for spec in one.specs.values()}
        for name, one in CATALOGUE.placements.items()
        if any(spec.loudness_lufs is not None for spec in one.specs.values())
    }
    assert loud == {
        "snap.single": {-16},
        "sky_de": {-23},
        "xr_us.digital": {-24},
        "xr_us.social": {-24},
        "us.tv": {-24},
        "uk.clearcast_library": {-23},
        "uk_roi.honeycomb": {-23},
    }


def test_out_of_home_has_no_sound_track() -> None:
    specs = [
        spec for name, one in CATALOGUE.placements.items() if name.startswith("dooh.") for spec in one.specs.values()
    ]
    assert len(specs) == 5
    assert {spec.audio_codec for spec in specs} == {None}


def test_amazon_sells_other_lengths_in_other_markets() -> None:
    prime, wide = CATALOGUE.placements["amazon.prime_video"], AspectRatio("16:9")
    assert prime.spec(wide, "US", Fraction(24)).exact_seconds == (15, 30, 45, 60)
    assert prime.spec(wide, "BR", Fraction(24)).exact_seconds == (10, 15, 20, 30, 40, 60)
    assert prime.spec(wide, "SE", Fraction(24)).exact_seconds == ()


def test_youtube_gets_more_bits_above_30_frames_a_second() -> None:
    stream, wide = CATALOGUE.placements["youtube.in_stream"], AspectRatio("16:9")
    assert [stream.spec(wide, "DE", Fraction(rate)).video_kbps for rate in (25, 30, 50)] == [8000, 8000, 12000]
    assert stream.spec(wide, "DE", Fraction(50)).crf is None


def test_the_default_spec_plays_everywhere_and_the_draft_is_lighter() -> None:
    final, draft = CATALOGUE.specs["web.h264"], CATALOGUE.specs["web.h264.draft"]
    assert (final.container, final.video_codec, final.pixel_format) == ("mp4", "libx264", "yuv420p")
    assert (final.crf, final.preset) == (18, "veryfast")
    assert (final.audio_codec, final.audio_kbps, final.audio_rate, final.audio_channels) == ("aac", 192, 48000, 2)
    assert draft.crf > final.crf
