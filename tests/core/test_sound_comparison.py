"""Two tracks compared as numbers."""

import numpy as np
import pytest

from campaign.media.sound import RATE, Wave, compare


def a_wave(seconds: float = 4.0) -> Wave:
    noise = np.random.default_rng(1).standard_normal(round(seconds * RATE))
    return (0.2 * np.convolve(noise, np.ones(8) / 8, "same")).astype(np.float32)


def test_a_track_is_like_itself_whatever_its_gain() -> None:
    wave = a_wave()
    likeness = compare(wave, 0.5 * wave)
    assert likeness.lag_s == 0
    assert likeness.similarity == pytest.approx(1, abs=1e-5)
    assert likeness.gain_db == pytest.approx(-6.02, abs=0.01)


@pytest.mark.parametrize("samples", [-640, -1, 1, 640, 8000])
def test_a_moved_track_is_found_to_the_sample(samples: int) -> None:
    wave = a_wave()
    moved = np.concatenate([np.zeros(samples, np.float32), wave]) if samples > 0 else wave[-samples:]
    likeness = compare(wave, moved)
    assert likeness.lag_s == samples / RATE
    assert likeness.similarity > 0.99


def test_a_foreign_half_second_is_found_in_a_track_that_is_alike_elsewhere() -> None:
    wave, other = a_wave(8), a_wave(8)
    other[3 * RATE : 3 * RATE + RATE // 2] = a_wave(8)[: RATE // 2]
    likeness = compare(wave, other)
    assert likeness.similarity > 0.9
    assert likeness.worst < 0.2 and likeness.worst_s == 3.0


def test_silence_is_like_silence_and_nothing_else() -> None:
    hush = np.zeros(RATE, np.float32)
    assert compare(hush, hush).similarity == 1
    assert compare(a_wave(1), hush).similarity == 0
