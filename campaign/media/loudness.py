"""How much louder or quieter a film's sound must become for its spec."""

from pathlib import Path

from campaign.media.detected import Detected
from campaign.media.detectors import detect_master
from campaign.media.engine import Engine
from campaign.media.master import master_detected
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit

LOSSY_MARGIN_DB = 1.0
"""Lossy codecs overshoot: room left below the true-peak limit."""


async def gain_for(master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path | None) -> float:
    """Plain gain in dB that brings the master to the spec's loudness, as far as its true-peak limit allows; 0 without one.

    Never a limiter or a dynamic mode: what cannot be reached by gain is reported by QC, not squeezed.
    """
    if spec.loudness_lufs is None:
        return 0.0
    seen = await own_detected(master, engine, cache)
    if seen.loudness_lufs is None:
        return 0.0
    gain = spec.loudness_lufs - seen.loudness_lufs
    if spec.true_peak_dbtp is not None and seen.true_peak_dbfs is not None:
        gain = min(gain, spec.true_peak_dbtp - LOSSY_MARGIN_DB - seen.true_peak_dbfs)
    return round(gain, 2)


async def own_detected(master: MasterEdit, engine: Engine, cache: Path | None) -> Detected:
    """The detectors' view of the master, from the folder `cache` when there is one."""
    if cache is not None:
        return await master_detected(master, engine, cache)
    return await detect_master(master, engine)
