"""Regions of the picture that campaign.toml asks quality control to look at."""

from pathlib import Path

import pytest

from campaign.intake.campaign_file import read_campaign_file
from campaign.model.qc import Region

REST = '[inputs]\nmaster = "m.mov"\n[output]\nratios = ["16:9"]\n[qc]\nregions = '


def read(folder: Path, regions: str) -> tuple[tuple[Region, ...], list[str]]:
    path = folder / "campaign.toml"
    path.write_text(f"{REST}{regions}\n", encoding="utf-8")
    campaign, _, faults = read_campaign_file(path)
    return campaign.regions if campaign else (), [f"{fault.place}: {fault.problem}" for fault in faults]


def test_a_region_is_a_box_on_a_run_of_frames(tmp_path: Path) -> None:
    found, faults = read(tmp_path, '[{ name = "logo", box = [0.75, 0.1, 0.25, 0.2], start = 0, end = 48 }]')
    assert faults == []
    assert found == (Region(name="logo", box=(0.75, 0.1, 0.25, 0.2), start_frame=0, end_frame=48),)


@pytest.mark.parametrize(
    ("region", "fault"),
    [
        ('name = "logo", box = [0.8, 0, 0.3, 0.2], start = 0, end = 4', "qc.regions[0].box: box is no box inside"),
        ('name = "logo", box = [0, 0, 0, 1], start = 0, end = 4', "qc.regions[0].box: box is no box inside"),
        ('name = "logo", box = [0, 0, 1, 1], start = 4, end = 4', "qc.regions[0].end: end is not after start"),
        ("box = [0, 0, 1, 1], start = 0, end = 4", "qc.regions[0].name: name is missing"),
        ('name = "logo", start = 0, end = 4', "qc.regions[0].box: box is missing"),
        ('name = "logo", box = [0, 0, 1, 1], stop = 0, end = 4', "qc.regions[0].stop: there is no such key"),
    ],
)
def test_a_faulty_region_is_named_by_its_key(region: str, fault: str, tmp_path: Path) -> None:
    found, faults = read(tmp_path, f"[{{ {region} }}]")
    assert found == () and any(told.startswith(fault) for told in faults), faults
