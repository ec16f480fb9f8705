"""Which shots the master has, out of three sources, and the settings that stick to them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import an_edit
from PIL import Image
from plans import a_campaign

from campaign.intake.art import with_art
from campaign.intake.reading import Spot
from campaign.intake.shots import read_shots
from campaign.model.campaign import Campaign
from campaign.model.edit import MasterEdit, Shot
from campaign.model.faults import Fault, Level
from campaign.preparing.shots import settle_shots

EDL = """TITLE: SPOT
001  A  V  C         00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME:  Pour
002  B  V  C         00:00:00:00 00:00:02:00 01:00:02:00 01:00:04:00
* FROM CLIP NAME:  Hands
003  B  V  C         00:00:02:00 00:00:02:00 01:00:04:00 01:00:04:00
003  C  V  D 012     00:00:00:00 00:00:02:00 01:00:04:00 01:00:08:00
* FROM CLIP NAME:  Hands
* TO CLIP NAME:  Can
"""


def settled(*entries: dict[str, Any], cuts: Path | None = None, shots: int = 3) -> tuple[MasterEdit, tuple[Fault, ...]]:
    """The shots of a master of 192 frames in which `shots` were detected."""
    campaign = a_campaign_of(*entries, cuts=cuts)
    master = an_edit(shots=shots)
    return settle_shots(campaign, replace(master, shots=campaign.shots) if campaign.shots else master)


def a_campaign_of(*entries: dict[str, Any], cuts: Path | None = None) -> Campaign:
    (by_hand, settings), faults = read_shots(entries, Spot("campaign.toml").at("shots"), Path("/films"))
    assert faults == ()
    return a_campaign(shots=by_hand, shot_settings=settings, cuts=cuts)


@pytest.fixture
def edl(tmp_path: Path) -> Path:
    path = tmp_path / "master.edl"
    path.write_text(EDL)
    return path


def named(master: MasterEdit) -> list[tuple[str, int, int]]:
    return [(shot.id, shot.start_frame, shot.end_frame) for shot in master.shots]


def test_a_list_is_trusted_more_than_what_was_detected_and_less_than_what_is_written(edl: Path) -> None:
    detected, said = settled()
    assert named(detected) == [("shot-1", 0, 64), ("shot-2", 64, 128), ("shot-3", 128, 192)]
    assert [(fault.rule, fault.level) for fault in said] == [("shots.detected", Level.INFO)]
    assert "2 cuts" in said[0].problem and "dissolves" in said[0].problem
    listed, said = settled(cuts=edl)
    assert named(listed) == [("pour", 0, 48), ("hands", 48, 192)]
    assert said == ()
    written, said = settled({"id": "all", "start": 0, "end": 192}, cuts=edl)
    assert named(written) == [("all", 0, 192)]
    assert [fault.level for fault in said] == [Level.WARNING]


def test_settings_stick_to_a_shot_by_its_id_and_to_one_by_its_frame(edl: Path) -> None:
    master, said = settled(
        {"id": "Pour", "template": "relighting"}, {"at": 60, "modify": False, "fit": "blur"}, cuts=edl
    )
    assert said == ()
    pour, hands = master.shots
    assert (pour.id, pour.treatment.template, pour.entry) == ("pour", "relighting", 0)
    assert (hands.id, hands.treatment.modify, hands.treatment.fit, hands.entry) == ("hands", False, "blur", 1)
    assert hands.unbroken == ((96, 108),)


def test_settings_by_frame_stick_while_other_cuts_come_and_go() -> None:
    entry = {"at": 150, "id": "end-card", "modify": False}
    assert named(settled(entry, shots=2)[0])[1] == ("end-card", 96, 192)
    assert named(settled(entry, shots=4)[0])[3] == ("end-card", 144, 192)


@pytest.mark.parametrize(
    ("entry", "place", "nearest"),
    [
        ({"id": "shot-x", "modify": False}, "shots[0].id", "shot-1"),
        ({"at": 192, "modify": False}, "shots[0].at", None),
        ({"at": 0, "id": "shot-2"}, "shots[0].id", None),
    ],
    ids=["no such shot", "beyond the end", "another's id"],
)
def test_settings_that_mean_no_shot_are_errors(entry: dict[str, Any], place: str, nearest: str | None) -> None:
    (fault,) = [each for each in settled(entry)[1] if each.level is Level.ERROR]
    assert (fault.place, fault.nearest) == (place, nearest)


def test_two_settings_of_one_shot_are_an_error() -> None:
    (fault,) = [each for each in settled({"id": "shot-1"}, {"at": 5})[1] if each.level is Level.ERROR]
    assert fault.place == "shots[1].at" and "shots[0]" in fault.problem


def test_the_id_of_a_clip_that_a_dissolve_took_in_is_an_error_that_names_the_shot(edl: Path) -> None:
    (fault,) = settled({"id": "can", "modify": False}, cuts=edl)[1]
    assert "hands" in fault.problem and "hands" in fault.cure


def test_a_list_of_another_edit_is_an_error(edl: Path) -> None:
    edl.write_text(EDL.replace("01:00:08:00", "01:00:08:01"))
    (fault,) = settled(cuts=edl)[1]
    assert (fault.place, fault.level) == ("event 003", Level.ERROR)


@pytest.mark.parametrize(
    ("entries", "place", "says"),
    [
        (({"id": "a", "start": 0, "end": 9}, {"id": "b"}), "shots[1].start", "other entries"),
        (({"id": "a", "start": 0, "end": 9}, {"at": 3}), "shots[1].at", "by hand"),
        (({"modify": False},), "shots[0]", "no shot"),
        (({"id": "a", "art": {"9:16": "card.png"}},), "shots[0].art", "not modified"),
        (({"id": "a", "modify": False, "art": {"9:16": "/etc/passwd"}},), 'shots[0].art."9:16"', "outside"),
        (({"id": "a", "modify": False, "art": {"9:16": "../card.png"}},), 'shots[0].art."9:16"', "out of"),
    ],
)
def test_entries_that_are_neither_shots_nor_settings_are_refused(
    entries: tuple[dict[str, Any], ...], place: str, says: str
) -> None:
    _, faults = read_shots(entries, Spot("campaign.toml").at("shots"), Path("/films"))
    assert any(fault.place == place and says in fault.problem for fault in faults), [str(fault) for fault in faults]


def test_shots_written_by_hand_tell_where_they_were_written() -> None:
    (shot,) = settled({"id": "all", "start": 0, "end": 192})[0].shots
    assert shot == Shot(id="all", start_frame=0, end_frame=192)
    assert (shot.found, shot.entry) == ("campaign.toml", 0)


def test_art_of_another_shape_or_none_at_all_is_named(tmp_path: Path) -> None:
    Image.new("RGB", (160, 90)).save(tmp_path / "wide.png")
    entry = {"id": "shot-3", "modify": False, "art": {"9:16": "wide.png", "1:1": "lost.png"}}
    (by_hand, settings), read = read_shots([entry], Spot("campaign.toml").at("shots"), tmp_path)
    campaign, missing = with_art(a_campaign(root=tmp_path, shots=by_hand, shot_settings=settings))
    assert read == ()
    assert [(fault.place, fault.value) for fault in missing] == [('shots[0].art."1:1"', "lost.png")]
    (wrong,) = [each for each in settle_shots(campaign, an_edit())[1] if each.level is Level.ERROR]
    assert wrong.place == 'shots[0].art."9:16"'
    assert "160x90, which is not 9:16" in wrong.problem
