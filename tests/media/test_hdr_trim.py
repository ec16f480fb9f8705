"""The SDR trim of HDR patches, measured against its formula: ITU-R BT.2100 to light, BT.2087 to BT.709, mobius, BT.1886."""

import subprocess
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from campaign.media.engine import Engine
from campaign.media.graph import compiled, in_sdr
from campaign.media.probe import probe

Colours = NDArray[np.float64]
"""(patches, 3): red, green and blue, or luma and both chromas."""

SIDE, WHITE = 32, 203.0
NEAR = 0.5
"""Steps of 255 by which a patch may miss its formula; the worst missed it by 0.1 (measured)."""
KR, KB = 0.2627, 0.0593
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
GREYS = [1, 5, 20, 60, 100, 203, 400, 700, 1000]
LIGHT = np.array(
    [[grey] * 3 for grey in GREYS]
    + [[120, 30, 20], [30, 90, 40], [20, 30, 110], [160, 120, 90], [90, 150, 200], [600, 420, 90], [40, 300, 260]],
    float,
)
"""Display light in nits, as BT.2020."""


def from_pq(code: Colours) -> Colours:
    """BT.2100, table 4: PQ to nits."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = np.clip(code, 0, None) ** (1 / m2)
    return np.asarray(10000 * (np.clip(power - c1, 0, None) / (c2 - c3 * power)) ** (1 / m1))


def to_pq(nits: Colours) -> Colours:
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = (nits / 10000) ** m1
    return np.asarray(((c1 + c2 * power) / (1 + c3 * power)) ** m2)


def from_hlg(code: Colours) -> Colours:
    """BT.2100, table 5: HLG to nits on a display of 1000."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    luminance = scene @ [KR, 1 - KR - KB, KB]
    return np.asarray(1000 * scene * luminance[:, None] ** 0.2)


def to_hlg(nits: Colours) -> Colours:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = nits / 1000
    scene = light * (light @ [KR, 1 - KR - KB, KB])[:, None] ** (1 / 1.2 - 1)
    return np.asarray(
        np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.clip(12 * scene - b, 1e-9, None)) + c)
    )


def coded(code: Colours, kr: float, kb: float) -> Colours:
    """Red, green and blue (0 to 1) as luma and chromas at video levels, of 255."""
    luma = code @ [kr, 1 - kr - kb, kb]
    blue, red = (code[:, 2] - luma) / (2 - 2 * kb), (code[:, 0] - luma) / (2 - 2 * kr)
    return np.stack([16 + 219 * luma, 128 + 224 * blue, 128 + 224 * red], 1)


def decoded(planes: Colours) -> Colours:
    luma, blue, red = (planes[:, 0] - 16) / 219, (planes[:, 1] - 128) / 224, (planes[:, 2] - 128) / 224
    r, b = luma + (2 - 2 * KR) * red, luma + (2 - 2 * KB) * blue
    return np.stack([r, (luma - KR * r - KB * b) / (1 - KR - KB), b], 1)


def mobius(light: Colours, peak: float) -> Colours:
    """The curve above 0.3 on the brightest of three, hue kept; `peak` becomes white."""
    knee, top = 0.3, np.clip(light.max(1), 1e-6, None)
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    bent = (b**2 + 2 * b * knee + knee**2) / (b - a) * (top + a) / (top + b)
    return np.asarray(light * (np.where(top <= knee, top, bent) / top)[:, None])


def formula(nits: Colours) -> Colours:
    """What the trim of this light should be, in luma and chromas of 255."""
    light = mobius(nits / WHITE @ TO_709.T, 10)
    return coded(np.clip(light, 0, 1) ** (1 / 2.4), 0.2126, 0.0722)


def written(planes: Colours, curve: str, into: Path, engine: Engine) -> None:
    """A lossless film of patches in a row."""
    stored = np.repeat(np.round(planes * 4).T[:, None, :], SIDE, 2).repeat(SIDE, 1).astype("<u2")
    tags = f"setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc={curve}"
    size = f"{len(planes) * SIDE}x{SIDE}"
    argv = [engine.path, "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv444p10le", "-s", size, "-r", "24", "-i", "-"]
    argv += ["-vf", tags, "-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv444p10le", into]
    subprocess.run([str(part) for part in argv], input=stored.tobytes(), check=True)


def trimmed(film: Path, engine: Engine, patches: int) -> Colours:
    """The middle of each patch of the trim, of 255."""
    output = ffmpeg.output(in_sdr(probe(film).source), "-", format="rawvideo", **{"frames:v": 1})
    raw = subprocess.run(compiled(engine, output, level="error"), check=True, capture_output=True).stdout
    picture = np.frombuffer(raw, "<u2").reshape(3, SIDE, patches, SIDE) / 4
    return np.asarray(picture[:, 8:24, :, 8:24].mean((1, 3)).T)


@pytest.mark.parametrize(
    ("curve", "coding", "light"), [("smpte2084", to_pq, from_pq), ("arib-std-b67", to_hlg, from_hlg)]
)
def test_the_trim_of_hdr_is_its_formula(
    curve: str, coding: object, light: object, engine: Engine, tmp_path: Path
) -> None:
    assert callable(coding) and callable(light)
    planes = np.round(coded(coding(LIGHT), KR, KB) * 4) / 4
    written(planes, curve, film := tmp_path / "patches.mp4", engine)
    found = trimmed(film, engine, len(planes))
    off = np.abs(found - formula(light(decoded(planes))))
    assert off.max() < NEAR, np.round(np.hstack([LIGHT, found, off]), 1)
    greys = found[: len(GREYS)]
    assert (np.diff(greys[:, 0]) > 0).all() and np.abs(greys[:, 1:] - 128).max() < 1
