"""Pictures and sound of a film that has another rate than its master: the same frames by a stated rule."""

from fractions import Fraction

from campaign.media.graph import Stream, exactly, on_grid
from campaign.model.rates import Cadence

SLOW, FAST = 48_000, 48_048
"""Sample rates 0.1 % apart, both whole: samples counted at one and played at the other run exactly so much faster."""


def paced_picture(video: Stream, cadence: Cadence, frames: int) -> Stream:
    """A master's `frames` frames, one a tick, as `cadence` shows and holds them, one a tick of its own rate."""
    if cadence.step > 1:
        video = video.filter("framestep", cadence.step)
    video = on_grid(video, cadence.rate / cadence.repeat)
    if cadence.repeat > 1:
        video = video.filter("fps", f"{cadence.rate.numerator}/{cadence.rate.denominator}", round="near")
    # The last frame's second showing has no successor that would tell how long it lasts.
    return exactly(video.filter("tpad", stop_mode="clone", stop=-1), 0, cadence.frames(frames), cadence.rate)


def paced_sound(track: Stream, speed: Fraction) -> Stream:
    """A track at 48 kHz played `speed` times as fast (1, or off by 0.1 %), its pitch with it."""
    if speed == 1:
        return track.filter("aresample", SLOW)
    counted, played = (SLOW, FAST) if speed > 1 else (FAST, SLOW)
    return track.filter("aresample", counted).filter("asetrate", played).filter("aresample", SLOW)
