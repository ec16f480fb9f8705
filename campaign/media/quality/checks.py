"""Judges a finished film: what was measured against what was ordered. Pure: numbers in, findings out."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from campaign.media.detection.detected import Detected, Span
from campaign.media.quality.spec_checks import finding, plain
from campaign.media.sound import PACKET, Likeness
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import FileFacts, Finding
from campaign.model.ratios import Size

NEAR = 6
"""Frames by which black, a freeze or silence may lie off the master's own and still be the same one."""
LASTING_S = {"black": Fraction(1, 4), "freeze": Fraction(1), "silence": Fraction(1, 2)}
"""From how long on a stretch that the master has not is an error."""
LAG_S = 0.002
ROUNDED = 0.05
"""ebur128 tells loudness and peaks to a tenth."""
SIMILAR, BARELY_SIMILAR, WORST = 0.95, 0.8, 0.5
"""AAC at 128 kbit/s keeps 0.99 of music and 0.97 of white noise, the hardest case (measured)."""
BT709 = ("tv", "bt709", "bt709", "bt709")


def judge_file(facts: FileFacts, output: Output, master: MasterEdit) -> Iterator[Finding]:
    """The file's own facts: frames, size, rate, codec, colour, and that it has sound as ordered."""
    spec = output.spec
    yield from _same("frames", "the film has another number of frames than the master", facts.frames, master.frames)
    yield from _same("rate", "the frame rate is not the master's", facts.rate, master.rate)
    yield from _same("size", "the picture has another size", f"{facts.width}x{facts.height}", str(output.size))
    yield from _same("codec", "the picture is coded otherwise", plain(facts.codec), plain(spec.video_codec))
    yield from _same("pixel_format", "pixels are stored otherwise", facts.pixel_format, spec.pixel_format)
    yield from _same("colour", "the colour tags are not BT.709 video", "/".join(facts.colour), "/".join(BT709))
    yield from _track(facts, spec, master)


def judge_shape(stored: Size, shown: Size) -> Iterator[Finding]:
    """That pixels are square and nothing is turned: a player must not have to know better."""
    if stored != shown:
        yield finding("size", "error", "stored in another shape than shown", f"{stored} shown as {shown}", str(stored))


def judge_picture(seen: Detected, own: Detected, facts: FileFacts, still: Sequence[Span] = ()) -> Iterator[Finding]:
    """What the detectors saw in the picture and heard in the sound, less what the master has in the same place.

    `still` are freezes of the film's during which a part of the master stands still: told, since the film may show just
    that part.
    """
    if seen.errors:
        yield finding("decode", "error", "the file does not decode cleanly", "; ".join(seen.errors[:3]), "no errors")
    if seen.frames != facts.frames:
        text = f"{seen.frames} of {facts.frames} frames"
        yield finding("decode", "error", "not every frame can be decoded", text, f"{facts.frames} frames")
    yield from _stretches("black", seen.black, own.black, facts.rate)
    yield from _stretches("freeze", seen.freeze, own.freeze, facts.rate, still)
    yield from _stretches("silence", seen.silence, own.silence, facts.rate)


def judge_loudness(seen: Detected, spec: DeliverySpec) -> Iterator[Finding]:
    """Loudness and true peak of the encoded file; without a target they are told, not judged."""
    if seen.loudness_lufs is not None:
        target = spec.loudness_lufs
        within = spec.loudness_tolerance_lu
        expected = "no target" if target is None else f"{target:.1f} LUFS +- {within:g}"
        off = target is not None and abs(seen.loudness_lufs - target) > within + ROUNDED
        message = "loudness misses the target" if off else "integrated loudness"
        yield finding("loudness", "error" if off else "info", message, f"{seen.loudness_lufs:.1f} LUFS", expected)
    elif spec.loudness_lufs is not None and spec.audio_codec is not None:
        wanted = f"{spec.loudness_lufs:.1f} LUFS"
        yield finding("loudness", "warning", "too quiet or too short to have a loudness", "none", wanted)
    if seen.true_peak_dbfs is not None:
        limit = 0.0 if spec.true_peak_dbtp is None else spec.true_peak_dbtp
        if seen.true_peak_dbfs > limit:
            level = "warning" if spec.true_peak_dbtp is None else "error"
            measured = f"{seen.true_peak_dbfs:.1f} dBTP"
            yield finding("true_peak", level, "the true peak is above the limit", measured, f"at most {limit:.1f} dBTP")


def judge_sound(likeness: Likeness, rate: Fraction) -> Iterator[Finding]:
    """Whether the sound is the master's own, in place and untouched but for plain gain."""
    if abs(likeness.lag_s) > LAG_S:
        text, frame = f"{likeness.lag_s * 1000:+.1f} ms", max(round(likeness.lag_s * rate), 0)
        yield finding("audio_sync", "error", "the sound is not in sync with the master's", text, "0 ms", frame)
    measured = f"{likeness.similarity:.3f}, worst half second {likeness.worst:.3f}, gain {likeness.gain_db:+.1f} dB"
    frame = round(likeness.worst_s * rate)
    if likeness.similarity < BARELY_SIMILAR or likeness.worst < WORST:
        message = "the sound is not the master's"
        yield finding("audio_match", "error", message, measured, f"similarity of {SIMILAR}", frame)
    elif likeness.similarity < SIMILAR:
        message = "the sound is changed audibly"
        yield finding("audio_match", "warning", message, measured, f"similarity of {SIMILAR}", frame)
    else:
        yield finding("audio_match", "info", "the master's own sound", measured, f"similarity of {SIMILAR}")


def _track(facts: FileFacts, spec: DeliverySpec, master: MasterEdit) -> Iterator[Finding]:
    wanted = spec.audio_codec is not None and master.audio is not None
    if wanted != (facts.audio is not None):
        message = "the sound is missing" if wanted else "there must be no track at all"
        yield finding("audio", "error", message, facts.audio or "no track", "a track" if wanted else "no track")
        return
    if not wanted:
        return
    expected = track_text(plain(str(spec.audio_codec)), spec.audio_rate, spec.audio_channels)
    yield from _same("audio", "the track is coded otherwise", str(facts.audio), expected)
    samples = round(facts.seconds * spec.audio_rate)
    if abs(facts.audio_samples - samples) > PACKET:
        text = f"{facts.audio_samples} samples"
        yield finding("duration", "error", "sound and picture differ in length", text, f"{samples} samples")


def track_text(codec: str, rate: int, channels: int) -> str:
    """A track in a few words: `aac 48000 Hz stereo`."""
    names = {1: "mono", 2: "stereo"}
    return f"{codec} {rate} Hz {names.get(channels, f'{channels} channels')}"


def new_freezes(seen: Detected, own: Detected) -> tuple[Span, ...]:
    """Freezes that the master has not."""
    return tuple(span for span in seen.freeze if not any(_covers(known, span) for known in own.freeze))


def _stretches(
    check: str, seen: Sequence[Span], own: Sequence[Span], rate: Fraction, still: Sequence[Span] = ()
) -> Iterator[Finding]:
    for span in seen:
        seconds = span.frames / rate
        text = f"{float(seconds):.2f} s from frame {span.start_frame}"
        if any(_covers(known, span) for known in own):
            yield finding(check, "info", f"{check}, as in the master", text, "as in the master", span.start_frame)
        elif span in still:
            message = f"{check}; a part of the master stands still here, see whether it is the one shown"
            yield finding(check, "warning", message, text, "as in the master", span.start_frame)
        else:
            level = "error" if seconds >= LASTING_S[check] else "warning"
            yield finding(check, level, f"{check} that the master has not", text, "none", span.start_frame)


def _covers(known: Span, span: Span) -> bool:
    return known.start_frame - NEAR <= span.start_frame and span.end_frame <= known.end_frame + NEAR


def _same(check: str, message: str, measured: object, expected: object) -> Iterator[Finding]:
    if measured != expected:
        yield finding(check, "error", message, str(measured), str(expected))
