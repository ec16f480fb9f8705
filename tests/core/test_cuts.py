"""Edit lists as editing systems write them, read into shots; and lists that somebody made to do harm."""

import json
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.intake.cuts import CutList, read_cuts
from campaign.model.faults import Fault

PAL, FILM, NTSC = Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)


def an_edl(*events: str, head: str = "TITLE: SPOT\nFCM: NON-DROP FRAME\n") -> str:
    return head + "\n".join(events)


def cut(number: int, start: str, end: str, reel: str = "AX", clip: str = "", source: str = "00:00:00:00") -> str:
    line = f"{number:03d}  {reel:8} V     C        {source} {source} {start} {end}"
    return line + (f"\n* FROM CLIP NAME:  {clip}\n" if clip else "\n")


def read(folder: Path, content: str | bytes, rate: Fraction, frames: int, name: str = "master.edl") -> CutList:
    found, faults = tried(folder, content, rate, frames, name)
    assert faults == ()
    assert found is not None
    return found


def tried(
    folder: Path, content: str | bytes, rate: Fraction, frames: int, name: str = "master.edl"
) -> tuple[CutList | None, tuple[Fault, ...]]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cuts(path, f"media/{name}", rate, frames)


def refused(folder: Path, content: str | bytes, rate: Fraction, frames: int, name: str = "master.edl") -> Fault:
    found, faults = tried(folder, content, rate, frames, name)
    assert found is None
    (fault,) = faults
    assert fault.file == f"media/{name}" and fault.cure
    return fault


def spans(cuts: CutList) -> list[tuple[str, int, int]]:
    return [(shot.id, shot.start_frame, shot.end_frame) for shot in cuts.shots]


def test_events_become_shots_called_after_their_clips_whatever_timecode_the_list_begins_at(tmp_path: Path) -> None:
    text = an_edl(
        cut(1, "01:00:00:00", "01:00:02:00", clip="Hero Pour.mov", source="12:13:14:15"),
        cut(2, "01:00:02:00", "01:00:03:12", reel="A001C003"),
        cut(3, "01:00:03:12", "01:00:05:00"),
    )
    found = read(tmp_path, text, PAL, 125)
    assert spans(found) == [("hero-pour", 0, 50), ("a001c003", 50, 87), ("event-003", 87, 125)]
    assert [shot.found for shot in found.shots] == [f"master.edl event 00{n}" for n in (1, 2, 3)]


def test_clips_of_one_name_have_ids_of_their_own(tmp_path: Path) -> None:
    clips = ("pour", "Pour.mov", "pour-2", "pour")
    events = (cut(n + 1, f"00:00:0{n}:00", f"00:00:0{n + 1}:00", clip=clip) for n, clip in enumerate(clips))
    assert [shot.id for shot in read(tmp_path, an_edl(*events), PAL, 100).shots] == [
        "pour",
        "pour-3",
        "pour-2",
        "pour-4",
    ]


def test_a_dissolve_makes_one_shot_that_stays_whole_while_it_lasts(tmp_path: Path) -> None:
    text = an_edl(
        cut(1, "01:00:00:00", "01:00:02:00", clip="A"),
        "002  A        V     C        00:00:02:00 00:00:02:00 01:00:02:00 01:00:02:00",
        "002  B        V     D 012    00:00:00:00 00:00:03:00 01:00:02:00 01:00:05:00",
        "* FROM CLIP NAME:  A",
        "* TO CLIP NAME:  B",
        cut(3, "01:00:05:00", "01:00:06:00", clip="C"),
    )
    found = read(tmp_path, text, PAL, 150)
    assert spans(found) == [("a", 0, 125), ("c", 125, 150)]
    assert [shot.unbroken for shot in found.shots] == [((50, 62),), ()]
    assert found.shots[0].found == "master.edl event 001 to 002"
    assert found.joined == {"b": "a"}


def test_a_wipe_does_as_a_dissolve_does_and_a_fade_in_stays_whole(tmp_path: Path) -> None:
    text = an_edl(
        "001  BL       V     C        00:00:00:00 00:00:00:00 01:00:00:00 01:00:00:00",
        "001  A        V     D 010    00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00",
        "* TO CLIP NAME:  A",
        "002  A        V     C        00:00:01:00 00:00:01:00 01:00:01:00 01:00:01:00",
        "002  B        V     W001 006 00:00:00:00 00:00:01:00 01:00:01:00 01:00:02:00",
        "* TO CLIP NAME:  B",
    )
    found = read(tmp_path, text, PAL, 50)
    assert spans(found) == [("a", 0, 50)]
    assert found.shots[0].unbroken == ((0, 10), (25, 31))


def test_drop_frame_and_non_drop_timecode_count_as_they_should(tmp_path: Path) -> None:
    dropping = an_edl(cut(1, "00:00:59;28", "00:01:00;02"), cut(2, "00:01:00;02", "00:01:00;04"), head="")
    assert spans(read(tmp_path, dropping, NTSC, 4)) == [("event-001", 0, 2), ("event-002", 2, 4)]
    stated = an_edl(cut(1, "00:00:59:28", "00:01:00:02"), head="FCM: DROP FRAME\n")
    assert read(tmp_path, stated, NTSC, 2).shots[0].frames == 2
    plain = an_edl(cut(1, "00:00:59:28", "00:01:00:02"))
    assert read(tmp_path, plain, NTSC, 4).shots[0].frames == 4


def test_sound_effects_and_comments_of_a_list_change_nothing(tmp_path: Path) -> None:
    text = an_edl(
        "001  A        V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00",
        "* FROM CLIP NAME:  slow",
        "* FROM FILE: /etc/passwd",
        "M2   A              012.5                00:00:00:00",
        "* ASC_SOP (broken",
        "001  A        A     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00",
        ">>> SOURCE A A 123",
        "002  B        AA/V  C        10:00:00:00 10:00:09:00 01:00:01:00 01:00:02:00",
        "003  B        NONE  C        10:00:00:00 10:00:09:00 01:00:01:00 01:00:02:00",
    )
    assert spans(read(tmp_path, text, PAL, 50)) == [("slow", 0, 25), ("b", 25, 50)]


@pytest.mark.parametrize(
    ("events", "rate", "where", "says"),
    [
        ((cut(1, "01:00:00:00", "01:00:01:00"), cut(2, "01:00:01:00", "01:00:03:00")), PAL, "event 002", "75 frames"),
        ((cut(1, "01:00:00:00", "01:00:01:24"),), FILM, "event 001", "no such time at 24"),
        ((cut(1, "01:00:00;00", "01:00:02;00"),), PAL, "event 001", "drop-frame"),
        ((cut(1, "00:00:00;00", "00:01:00;00"),), NTSC, "event 001", "leaves out"),
        ((cut(1, "01:00:00:00", "01:00:02:00"), cut(2, "01:00:01:00", "01:00:02:00")), PAL, "event 002", "Overlapping"),
        ((cut(1, "01:00:00:00", "01:00:01:00"), "002 A V K 00:00:00:00 00:00:01:00"), PAL, "event 002", "fields"),
        ((cut(1, "01:00:00:00", "yesterday"),), PAL, "event 001", "no timecode"),
        ((), PAL, "", "no event with picture"),
    ],
)
def test_a_list_that_does_not_fit_is_refused_by_event(
    events: tuple[str, ...], rate: Fraction, where: str, says: str, tmp_path: Path
) -> None:
    fault = refused(tmp_path, an_edl(*events), rate, 50)
    assert fault.place == where
    assert says in fault.problem


def a_timeline(*clips: tuple[str, int], rate: float = 24000 / 1001, dissolve: tuple[int, int] | None = None) -> str:
    """A timeline; with `dissolve` (frames before and after the cut) between its first two clips."""
    timeline = otio.schema.Timeline("spot")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for name, frames in clips:
        of = otio.opentime.TimeRange(otio.opentime.RationalTime(100, rate), otio.opentime.RationalTime(frames, rate))
        track.append(otio.schema.Clip(name, otio.schema.ExternalReference("file:///etc/passwd"), of))
    if dissolve:
        before, after = (otio.opentime.RationalTime(frames, rate) for frames in dissolve)
        track.insert(1, otio.schema.Transition("", otio.schema.TransitionTypes.SMPTE_Dissolve, before, after))
    text: str = otio.adapters.write_to_string(timeline, "otio_json")
    return text


def test_a_timeline_is_read_with_its_dissolves(tmp_path: Path) -> None:
    found = read(tmp_path, a_timeline(("A", 48), ("B", 24), ("C", 12), dissolve=(5, 7)), FILM, 84, "master.otio")
    assert spans(found) == [("a", 0, 72), ("c", 72, 84)]
    assert found.shots[0].unbroken == ((43, 55),)
    assert found.shots[1].found == "master.otio clip 3 (C)"


def test_a_rounded_rate_means_the_exact_one(tmp_path: Path) -> None:
    assert spans(read(tmp_path, a_timeline(("A", 48), rate=23.976), FILM, 48, "m.otio")) == [("a", 0, 48)]
    assert refused(tmp_path, a_timeline(("A", 48), rate=24.0), FILM, 48, "m.otio").problem.startswith("is timed at 24")


def test_a_source_of_another_rate_counts_by_its_time_on_the_frame(tmp_path: Path) -> None:
    timeline = json.loads(a_timeline(("A", 48), ("B", 25), rate=24.0))
    timeline["tracks"]["children"][0]["children"][1]["source_range"]["duration"]["rate"] = 25.0
    assert spans(read(tmp_path, json.dumps(timeline), Fraction(24), 72, "m.otio"))[1] == ("b", 48, 72)
    timeline["tracks"]["children"][0]["children"][1]["source_range"]["duration"]["value"] = 26.0
    fault = refused(tmp_path, json.dumps(timeline), Fraction(24), 73, "m.otio")
    assert fault.place == "clip 2 (B)" and "24.960" in fault.problem


def test_a_bundle_is_read_without_unpacking_its_media(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.otioz", "w") as bundle:
        bundle.writestr("content.otio", a_timeline(("A", 48)))
        bundle.writestr("../../evil.mov", "no film")
    found, faults = read_cuts(tmp_path / "b.otioz", "b.otioz", FILM, 48)
    assert found is not None and not faults
    assert [path.name for path in tmp_path.iterdir()] == ["b.otioz"]


def test_a_bomb_in_a_bundle_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.otioz", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("content.otio", b" " * 20_000_000)
    assert "larger than 16 MB" in read_cuts(tmp_path / "b.otioz", "b.otioz", FILM, 48)[1][0].problem


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>', "is XML"),
        (b"\x00\x01\x02\x03" * 10, "is no text"),
        (b"001 " + b"x" * 16_000_001, "larger than 16 MB"),
        ('{"OTIO_SCHEMA":"Timeline.1","tracks":' * 50_000, "deep"),
        ('{"OTIO_SCHEMA":"Timeline.1"', "no OpenTimelineIO file"),
        ('{"OTIO_SCHEMA":"Foo.1"}', "holds no timeline"),
        (b"PK\3\4 broken", "no .otioz"),
        ("", "no event with picture"),
    ],
    ids=["xml", "binary", "huge", "deep", "cut short", "unknown", "zip", "empty"],
)
def test_what_is_no_list_or_meant_to_harm_is_refused(content: str | bytes, says: str, tmp_path: Path) -> None:
    assert says in refused(tmp_path, content, FILM, 48).problem


@pytest.mark.parametrize("value", [-5.0, 1e300])
def test_a_length_that_is_none_is_refused_by_clip(value: float, tmp_path: Path) -> None:
    timeline = json.loads(a_timeline(("A", 48)))
    timeline["tracks"]["children"][0]["children"][0]["source_range"]["duration"]["value"] = value
    assert refused(tmp_path, json.dumps(timeline), FILM, 48, "m.otio").place == "clip 1 (A)"


def test_two_tracks_of_picture_are_refused(tmp_path: Path) -> None:
    text = an_edl(cut(1, "01:00:00:00", "01:00:01:00"), cut(2, "01:00:00:00", "01:00:01:00").replace(" V ", " V2"))
    assert "2 tracks" in refused(tmp_path, text, PAL, 25).problem


def test_a_clip_that_is_of_another_version_than_it_says_does_not_end_the_process(tmp_path: Path) -> None:
    text = a_timeline(("A", 48), ("B", 24)).replace('"Clip.2"', '"Clip.1"')
    assert spans(read(tmp_path, text, FILM, 72, "m.otio")) == [("a", 0, 48), ("b", 48, 72)]


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_a_timeline_is_more_than_a_fault(tmp_path: Path, data: st.DataObject) -> None:
    timeline = json.loads(a_timeline(("A", 48), ("B", 24), dissolve=(5, 7)))
    rubbish = st.sampled_from([None, -1, 1e308, 2**70, "Clip.1", [], {}, True, {"OTIO_SCHEMA": "Clip.2"}, float("nan")])
    place: Any = timeline
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.integers(0, 5)) == 0:
            place[key] = data.draw(rubbish)
            break
        place = place[key]
    found, faults = tried(tmp_path, json.dumps(timeline), FILM, 72, "m.otio")
    assert (found is None) == bool(faults)
