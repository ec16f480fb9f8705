"""Judges a finished film against its delivery spec: what the destination asks for, and what nobody could check."""

from collections.abc import Iterator
from fractions import Fraction

from campaign.media.quality.packing import Packing
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import FileFacts, Finding
from campaign.model.rates import rate_text

DECODERS = {
    "libx264": "h264",
    "libx265": "hevc",
    "prores_ks": "prores",
    "prores_aw": "prores",
    "libsvtav1": "av1",
    "libdav1d": "av1",
    "libaom-av1": "av1",
    "libvpx": "vp8",
    "libvpx-vp9": "vp9",
    "libopus": "opus",
    "libmp3lame": "mp3",
}
"""What an encoder's work is called once it is written."""
QUIET = 0.75
"""A lossy track may fall short of its nominal bit rate by a quarter. AAC gave 1.00 to 1.07 of it on music, noise and tones,
0.01 on silence (measured), which is not blamed."""
NOTHING = "nothing"
"""What was measured, and what is expected, where nobody looked."""
ALWAYS_TIMECODED = ("mov", "mxf")
"""Containers of which a film lacks its timecode where it has none; an MP4 need not have one."""


def judge_spec(
    facts: FileFacts, packing: Packing, output: Output, master: MasterEdit, *, audible: bool = True
) -> Iterator[Finding]:
    """Everything in the spec that the file itself can answer; what the spec leaves open is `unchecked`'s to tell.

    `audible` = its sound is more than silence.
    """
    spec = output.spec
    yield from _packed(packing, spec)
    yield from _pictured(facts, output)
    yield from _lasting(facts, spec)
    yield from _weighing(facts, packing, spec)
    if audible:
        yield from _sounding(packing, spec)
    yield from _timecoded(packing, spec, master)


def unchecked(spec: DeliverySpec, packing: Packing) -> Finding:
    """One finding that names what nobody has checked, so that it is never taken for passed."""
    open_ends = {
        "profile": spec.profile,
        "frame rates of the destination": spec.rates,
        "least picture size": spec.size or spec.min_size,
        "length": spec.exact_seconds or spec.min_seconds or spec.max_seconds,
        "largest file": spec.max_bytes,
        "video bit rate": spec.min_video_kbps or spec.max_video_kbps,
        "loudness target": spec.loudness_lufs is not None or spec.audio_codec is None,
        "true peak limit": spec.true_peak_dbtp is not None or spec.audio_codec is None,
        "first timecode": spec.first_timecode or packing.timecode,
    }
    left = [name for name, said in open_ends.items() if not said]
    open_text = f"{', '.join(left)} (spec {spec.id} asks nothing of them); " if left else ""
    text = f"not checked: {open_text}photosensitive flashes (nothing here measures them)"
    return finding("not_checked", "info", text, NOTHING, NOTHING)


def finding(check: str, severity: str, message: str, measured: str, expected: str, frame: int | None = None) -> Finding:
    """A finding in one line."""
    return Finding(check=check, severity=severity, message=message, measured=measured, expected=expected, frame=frame)


def plain(codec: str) -> str:
    """A codec by the name of what it writes, whichever library writes or reads it."""
    return DECODERS.get(codec, codec)


def _packed(packing: Packing, spec: DeliverySpec) -> Iterator[Finding]:
    if packing.container != spec.container:
        yield finding("container", "error", "packed in another container", packing.container, spec.container)
    if spec.profile is not None and _profile(packing.profile or "none") != _profile(spec.profile):
        yield finding("profile", "error", "coded in another profile", str(packing.profile), spec.profile)
    if packing.index_first is False and spec.container == "mp4":
        yield finding("index", "error", "the index (moov) comes after the picture", "last", "first, so that it streams")
    if packing.discarded:
        text = f"{packing.discarded} frames"
        yield finding("edit_list", "error", "an edit list hides frames that some players show", text, "none hidden")
    elif packing.edits:
        text = ", ".join(dict.fromkeys(packing.edits))
        yield finding("edit_list", "warning", "its edit list is more than a plain start", text, "a plain start")


def _profile(name: str) -> str:
    """`High 4:2:2`, `high422` and `constrained_baseline`, `Baseline` alike."""
    folded = "".join(sign for sign in name.casefold() if sign.isalnum())
    return {"constrainedbaseline": "baseline", "422hq": "hq", "3": "hq", "2": "standard", "4444": "4444"}.get(
        folded, folded
    )


def _pictured(facts: FileFacts, output: Output) -> Iterator[Finding]:
    spec, shown = output.spec, f"{facts.width}x{facts.height}"
    if spec.size is not None and shown != str(spec.size):
        yield finding("size", "error", "not the destination's frame", shown, str(spec.size))
    least = spec.min_size
    if least is not None and (facts.width < least.width or facts.height < least.height):
        yield finding("size", "error", "smaller than the destination takes", shown, f"at least {least}")
    if spec.rates and facts.rate not in spec.rates:
        taken = ", ".join(map(rate_text, spec.rates))
        yield finding("rate", "error", "the destination does not take this rate", rate_text(facts.rate), taken)
    if output.upscaled_from is not None and not spec.upscale:
        text = f"enlarged from {output.upscaled_from}"
        yield finding("upscale", "error", "the destination takes no enlarged picture", text, f"made at {output.size}")


def _lasting(facts: FileFacts, spec: DeliverySpec) -> Iterator[Finding]:
    """A film of 360 frames at 23.976 is sold as 15 s although it lasts 15.015: either length may keep a limit. What is held
    at its end is no part of it."""
    frames = facts.frames - round((spec.hold_seconds or 0) * facts.rate)
    lengths = (frames / facts.rate, Fraction(frames, max(1, round(facts.rate))))
    text = f"{float(lengths[0]):.3f} s"
    if spec.min_seconds is not None and max(lengths) < spec.min_seconds:
        yield finding("duration", "error", "shorter than the spec allows", text, f"at least {_s(spec.min_seconds)}")
    if spec.max_seconds is not None and min(lengths) > spec.max_seconds:
        yield finding("duration", "error", "longer than the spec allows", text, f"at most {_s(spec.max_seconds)}")
    if spec.exact_seconds and not set(lengths) & set(spec.exact_seconds):
        sold = " or ".join(_s(length) for length in spec.exact_seconds)
        yield finding("duration", "error", "no length that the destination sells", text, sold)


def _s(seconds: Fraction) -> str:
    return f"{float(seconds):g} s"


def _weighing(facts: FileFacts, packing: Packing, spec: DeliverySpec) -> Iterator[Finding]:
    if spec.max_bytes is not None and facts.bytes > spec.max_bytes:
        limit = f"at most {spec.max_bytes:,} bytes"
        yield finding("bytes", "error", "larger than the spec allows", f"{facts.bytes:,} bytes", limit)
    kbps = f"{packing.video_kbps:,.0f} kbit/s"
    if spec.min_video_kbps is not None and packing.video_kbps < spec.min_video_kbps:
        yield finding(
            "bit_rate", "error", "fewer bits than the spec asks", kbps, f"at least {spec.min_video_kbps:,} kbit/s"
        )
    if spec.max_video_kbps is not None and packing.video_kbps > spec.max_video_kbps:
        yield finding(
            "bit_rate", "error", "more bits than the spec allows", kbps, f"at most {spec.max_video_kbps:,} kbit/s"
        )


def _sounding(packing: Packing, spec: DeliverySpec) -> Iterator[Finding]:
    lossy = spec.audio_codec is not None and not spec.audio_codec.startswith("pcm")
    if lossy and packing.audio_kbps is not None and packing.audio_kbps < QUIET * spec.audio_kbps:
        text = f"{packing.audio_kbps:.0f} kbit/s"
        yield finding("audio_rate", "warning", "fewer bits than the spec asks", text, f"{spec.audio_kbps} kbit/s")


def _timecoded(packing: Packing, spec: DeliverySpec, master: MasterEdit) -> Iterator[Finding]:
    """The spec's first timecode, else the master's where the film carries one at all or its container always should."""
    holds = packing.timecode is not None or spec.container in ALWAYS_TIMECODED
    wanted = spec.first_timecode or (master.timecode if holds else None)
    if wanted is not None and _digits(packing.timecode or "") != _digits(wanted):
        yield finding("timecode", "error", "the first frame has another timecode", packing.timecode or "none", wanted)


def _digits(text: str) -> str:
    """Drop-frame timecode is written with `;`: the same frame."""
    return "".join(sign for sign in text if sign.isdigit())
