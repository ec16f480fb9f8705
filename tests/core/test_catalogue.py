"""The dated data: what each provider takes and charges is what its documents say."""

import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib.resources import files

from campaign.intake.catalogue import read_catalogue
from campaign.model.catalogue import Capability, Limit, OperationLimits
from campaign.model.ratios import DERIVED, GENERATED, RATIOS, RESOLUTIONS, AspectRatio

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
        f"refused {limits.refused}, hdr {limits.hdr}, exr {limits.exr}"
    )


def test_the_catalogue_as_a_whole(golden: Callable[[str, str], None]) -> None:
    lines = []
    for name, one in CATALOGUE.providers.items():
        lines += [f"{name}: {one.model}, generative {one.generative}, draft {one.draft}"]
        lines += [f"  modify: {described(one.modify)}", f"  reframe: {described(one.reframe)}"]
        lines += [f"  {p.operation} {p.resolution} {p.mode}: {p.usd} USD / {p.block_seconds} s" for p in one.prices]
    lines += [str(spec) for spec in CATALOGUE.specs.values()]
    lines += [f"{name}: {' '.join(map(str, ratios))}" for name, ratios in CATALOGUE.placements.items()]
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
        for resolution in one.modify.hdr:
            assert price(one, "modify", resolution, "hdr")
            assert price(one, "modify", resolution, "hdr+exr")
        assert one.draft in one.modify.resolutions


def test_limits_are_those_of_the_documents() -> None:
    luma, runware, fal = (CATALOGUE.providers[name] for name in ("luma", "runware", "fal"))
    assert [one.max_seconds.value for one in (luma.modify, luma.reframe)] == [18, 30]
    assert [one.max_seconds.value for one in (fal.modify, fal.reframe)] == [10, 10]
    assert luma.reframe.refused == (("1080p", "9:16"), ("1080p", "3:4"))
    assert luma.modify.hdr == ("720p", "1080p")
    assert not luma.reframe.hdr
    assert luma.modify.max_keyframes.value == 64
    assert luma.modify.max_fps.value is None
    assert "360p" not in fal.modify.resolutions
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
        for fact in (*limits, *one.prices):
            assert fact.source
            assert fact.read <= date(2100, 1, 1)


def test_placements_bring_known_ratios_and_say_whom_to_trust() -> None:
    raw = tomllib.loads((files("campaign") / "data" / "placements.toml").read_text(encoding="utf-8"))
    assert CATALOGUE.placements["meta.feed_4x5"] == (AspectRatio("4:5"),)
    for name, one in raw.items():
        assert set(CATALOGUE.placements[name]) <= set(RATIOS)
        assert {AspectRatio(label) for label in one.get("accepts", [])} <= set(RATIOS)
        assert one["trust"] in ("official", "mirror", "third_party")
        assert one["source"].startswith("https://")
        assert isinstance(one["read"], date)


def test_the_default_spec_plays_everywhere_and_the_draft_is_lighter() -> None:
    final, draft = CATALOGUE.specs["web.h264"], CATALOGUE.specs["web.h264.draft"]
    assert (final.container, final.video_codec, final.pixel_format) == ("mp4", "libx264", "yuv420p")
    assert (final.crf, final.preset) == (18, "veryfast")
    assert (final.audio_codec, final.audio_kbps, final.audio_rate, final.audio_channels) == ("aac", 192, 48000, 2)
    assert draft.crf > final.crf
