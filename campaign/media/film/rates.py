"""How many bits a film's picture gets, decided by what its spec asks and by what came out. Pure."""

from dataclasses import dataclass, replace
from fractions import Fraction

from campaign.media.film.encoding import LONG_GOP, TWO_PASS, Aim
from campaign.model.catalogue import DeliverySpec

ROOM = Fraction(97, 100)
"""Part of a byte limit that is aimed at."""
HEADROOM = Fraction(105, 100)
"""Aimed at above a least bit rate, and below a greatest."""
LEAST_KBPS = 40
ATTEMPTS = 5
MOST_TIMES_LEAST = 6
"""An aim so many times the least bit rate is given up: there is nothing in the picture to spend bits on."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an attempt came to: the file's bytes and the picture's average rate in kbit/s."""

    bytes: int
    picture_kbps: Fraction


def first_aim(spec: DeliverySpec, seconds: Fraction, *, sound: bool) -> Aim:
    """An average where the spec names one (two passes), within its byte limit; else constant quality in one pass."""
    if spec.video_kbps is None or spec.video_codec not in LONG_GOP:
        return Aim()
    room = budget_kbps(spec, seconds, sound=sound)
    return _average(spec, spec.video_kbps if room is None else min(spec.video_kbps, room))


def budget_kbps(spec: DeliverySpec, seconds: Fraction, *, sound: bool) -> int | None:
    """The picture's average that fills the byte limit but for a margin; None without a limit."""
    if spec.max_bytes is None:
        return None
    whole = spec.max_bytes * ROOM * 8 / 1000 / seconds
    return max(int(whole) - (_sound_kbps(spec) if sound else 0), LEAST_KBPS)


def next_aim(spec: DeliverySpec, seconds: Fraction, tried: Aim, came: Written, *, sound: bool) -> Aim | None:
    """What to try after an attempt that missed a limit; None when it kept all of them, or when nothing will help."""
    room = budget_kbps(spec, seconds, sound=sound)
    wanted = _wanted(spec, tried.kbps, came, room) if spec.video_codec in LONG_GOP else None
    if wanted is None or int(wanted) == tried.kbps:
        return None
    return _average(spec, max(int(wanted), LEAST_KBPS))


def _wanted(spec: DeliverySpec, tried: int | None, came: Written, room: int | None) -> Fraction | None:
    """The average, in kbit/s, that should mend the gravest miss. File limits come first, then the greatest bit rate."""
    most, least = spec.max_video_kbps, spec.min_video_kbps
    if spec.max_bytes is not None and room is not None and came.bytes > spec.max_bytes:
        share = Fraction(spec.max_bytes, came.bytes) * ROOM
        return Fraction(room) if tried is None or tried > room else tried * share
    if most is not None and came.picture_kbps > most:
        ceiling = most / HEADROOM
        return ceiling if tried is None or tried > ceiling else tried * ceiling / came.picture_kbps
    if least is not None and came.picture_kbps < least:
        wanted = least * HEADROOM * (1 if tried is None else tried / came.picture_kbps)
        hopeless = wanted > MOST_TIMES_LEAST * least or (room is not None and wanted > room)
        return None if hopeless else wanted
    return None


def two_passes(aim: Aim) -> tuple[Aim, ...]:
    """The runs of the encoder that an aim takes."""
    return (replace(aim, part=1), replace(aim, part=2)) if aim.part else (aim,)


def _average(spec: DeliverySpec, kbps: int) -> Aim:
    return Aim(kbps, part=2 if spec.video_codec in TWO_PASS else None)


def _sound_kbps(spec: DeliverySpec) -> int:
    bits = {"pcm_s16le": 16, "pcm_s24le": 24}.get(str(spec.audio_codec))
    return spec.audio_kbps if bits is None else bits * spec.audio_rate * spec.audio_channels // 1000
