"""How much louder or quieter a film's sound must become for its spec: plain gain, judged by the encoded track."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.detection.detected import Detected
from campaign.media.detection.detectors import detect_master, read_report
from campaign.media.engine import Engine
from campaign.media.graph import compiled, reading
from campaign.media.master.master import master_detected
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit
from campaign.model.qc import Finding

NEAR_LU = 0.1
PEAK_ROOM_DB = 0.1
"""Kept below the limit of true peaks: meters round to a tenth."""
BLOCK = Fraction(2, 5)
"""Seconds of the shortest stretch that has a loudness (EBU R 128's block). A shorter track is measured repeated."""
REPEATED_S = 3
DEADLINE_S = 300


@dataclass(frozen=True, slots=True)
class Level:
    """Integrated loudness and true peak of a track; None = nothing was heard."""

    loudness_lufs: float | None
    true_peak_dbfs: float | None


def step(level: Level, spec: DeliverySpec) -> float:
    """Plain gain in dB that brings a track of this level to the spec's loudness, as far as its true peak allows; 0 without.

    Never a limiter or a dynamic mode: what cannot be reached by gain is told, not squeezed.
    """
    if spec.loudness_lufs is None or level.loudness_lufs is None:
        return 0.0
    gain = spec.loudness_lufs - level.loudness_lufs
    if spec.true_peak_dbtp is not None and level.true_peak_dbfs is not None:
        gain = min(gain, spec.true_peak_dbtp - PEAK_ROOM_DB - level.true_peak_dbfs)
    return round(gain, 2)


def unreached(level: Level, spec: DeliverySpec) -> tuple[Finding, ...]:
    """What plain gain could not do, told with the reason."""
    target, heard = spec.loudness_lufs, level.loudness_lufs
    if target is None or heard is None or abs(heard - target) <= NEAR_LU:
        return ()
    missing = target - heard
    message = f"plain gain ends {missing:.1f} LU below the target: a peak would rise above {spec.true_peak_dbtp} dBTP"
    severity = "warning" if missing > spec.loudness_tolerance_lu else "info"
    return (
        Finding(
            check="gain",
            severity=severity,
            message=f"{message}. Have the mix made for this destination, or ask for less"
            if severity == "warning"
            else message,
            measured=f"{heard:.1f} LUFS, {level.true_peak_dbfs} dBTP",
            expected=f"{target:.1f} LUFS",
        ),
    )


async def measure(track: Path, seconds: Fraction, engine: Engine) -> Level:
    """Loudness and true peak of an encoded track (mov or mp4) as one who receives it measures them.

    A track under 0.4 s has no loudness of its own (ebur128 says -70): it is played again and again.
    """
    report = read_report(await run(level_argv(engine, track, seconds), deadline_s=DEADLINE_S), Fraction(1))
    return Level(report.loudness_lufs, report.true_peak_dbfs)


def level_argv(engine: Engine, track: Path, seconds: Fraction) -> list[str]:
    """One decode of a track under the meter."""
    heard = reading(Source(track, "mov"))["a:0"]
    if seconds < BLOCK:
        heard = heard.filter("aloop", loop=-1, size=2**20).filter("atrim", end=REPEATED_S)
    heard = heard.filter("ebur128", peak="true", framelog="quiet")
    return compiled(engine, ffmpeg.output(heard, "-", format="null"), level="info")


async def master_level(master: MasterEdit, engine: Engine, cache: Path | None) -> Level:
    """The level of the master's track under its picture."""
    seen = await own_detected(master, engine, cache)
    return Level(seen.loudness_lufs, seen.true_peak_dbfs)


async def own_detected(master: MasterEdit, engine: Engine, cache: Path | None) -> Detected:
    """The detectors' view of the master, from the folder `cache` when there is one."""
    if cache is not None:
        return await master_detected(master, engine, cache)
    return await detect_master(master, engine)
