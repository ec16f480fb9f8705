"""What the stand-in of fal takes, and what it refuses in fal's words."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from fakes.fal_client import EDIT, REFRAME, FalClient, a_reframe, an_edit
from footage import a_film
from PIL import Image

from emulator.fal_requests import Invalid, read_edit, read_reframe
from emulator.server import Emulator

URL = "https://v3.fal.media/files/b/x/clip.mp4"
PLACE = {"x_norm": 0, "y_norm": 0.3, "w_norm": 1, "h_norm": 0.4}
KEYS = {"keyframes": [URL, URL], "keyframe_indexes": [0, 5]}


def problems(read: Any, body: Any) -> list[tuple[str, list[str | int]]]:
    with pytest.raises(Invalid) as caught:
        read(body)
    return [(each["type"], each["loc"][1:]) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"prompt": ""}, ("string_too_short", ["prompt"])),
        ({"prompt": "x" * 6001}, ("string_too_long", ["prompt"])),
        ({"prompt": None}, ("missing", ["prompt"])),
        ({"video_url": None}, ("missing", ["video_url"])),
        ({"video_url": "clip.mp4"}, ("url_parsing", ["video_url"])),
        ({"resolution": "360p"}, ("literal_error", ["resolution"])),
        ({"duration": 5}, ("literal_error", ["duration"])),
        ({"duration": "7s"}, ("literal_error", ["duration"])),
        ({"edit_strength": "flex_4"}, ("literal_error", ["edit_strength"])),
        ({"edit_strength": "flex_1", "auto_controls": True}, ("value_error", [])),
        ({"controls": {}, "auto_controls": True}, ("value_error", [])),
        ({"auto_controls": "yes"}, ("bool_type", ["auto_controls"])),
        ({"controls": {"depth": {"blur": 2}}}, ("less_than_equal", ["controls", "depth", "blur"])),
        ({"controls": {"depth": {"blur": True}}}, ("float_type", ["controls", "depth", "blur"])),
        ({"controls": {"pose": {"strength": "soft"}}}, ("literal_error", ["controls", "pose", "strength"])),
        ({"controls": {"face": True}}, ("model_attributes_type", ["controls", "face"])),
        ({"hdr": True}, ("value_error", [])),
        ({"exr_export": True}, ("value_error", [])),
        ({**KEYS, "start_image_url": URL}, ("value_error", [])),
        ({**KEYS, "keyframe_indexes": [5, 5]}, ("value_error", [])),
        ({**KEYS, "keyframe_indexes": [5]}, ("value_error", [])),
        ({"keyframes": [{"url": URL}], "keyframe_indexes": [0]}, ("list_type", ["keyframes"])),
        ({"keyframes": [URL]}, ("list_type", ["keyframe_indexes"])),
        ({"keyframes": [URL] * 65, "keyframe_indexes": list(range(65))}, ("sequence_too_long", ["keyframes"])),
    ],
)
def test_an_edit_that_is_wrong(changes: dict[str, Any], expected: tuple[str, list[str]]) -> None:
    assert problems(read_edit, an_edit(URL, **changes)) == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"aspect_ratio": None}, ("missing", ["aspect_ratio"])),
        ({"aspect_ratio": "4:5"}, ("literal_error", ["aspect_ratio"])),
        ({"resolution": "360p"}, ("literal_error", ["resolution"])),
        ({"hdr": True}, ("value_error", [])),
        ({"source_position": {**PLACE, "h_norm": None}}, ("missing", ["source_position", "h_norm"])),
        ({"source_position": {**PLACE, "w_norm": 0}}, ("greater_than_equal", ["source_position", "w_norm"])),
        ({"source_position": {**PLACE, "x_norm": -2.5}}, ("greater_than_equal", ["source_position", "x_norm"])),
    ],
)
def test_a_reframe_that_is_wrong(changes: dict[str, Any], expected: tuple[str, list[str]]) -> None:
    assert problems(read_reframe, a_reframe(URL, **changes)) == [expected]


def test_every_fault_is_told_at_once() -> None:
    assert len(problems(read_edit, {"resolution": "360p", "duration": 1})) == 4
    assert problems(read_edit, []) == [("model_attributes_type", [])]


def test_defaults_and_what_is_passed_over() -> None:
    asked = read_edit({"prompt": "x", "video_url": URL, "generation_id": "x", "seed": 3, "user": None})
    assert (asked.resolution, asked.bucket_s, asked.steering) == ("540p", 5, {})
    assert read_reframe({"prompt": "x", "video_url": URL, "aspect_ratio": "1:1", "duration": None}).resolution == "540p"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with quick() as running:
        yield running


@pytest.fixture
def queue(emulator: Emulator) -> Iterator[FalClient]:
    emulator.faults.clear()
    with FalClient(emulator) as queue:
        yield queue


def refused(queue: FalClient, path: str, body: Any) -> str:
    answer = queue.submit(path, body)
    assert answer.status_code == 422 and answer.headers["x-fal-retryable"] == "false"
    (told,) = answer.json()["detail"]
    assert told["type"] == answer.headers["x-fal-error-type"]
    return str(told["type"])


@pytest.mark.ffmpeg
def test_a_source_is_no_longer_than_what_is_sold(queue: FalClient, tmp_path: Path) -> None:
    def film(frames: int) -> str:
        return queue.upload(a_film(tmp_path / f"{frames}.mp4", frames=frames, rate=Fraction(8), sound=None))

    five, longer, ten, too_long = film(40), film(41), film(80), film(81)
    assert queue.submit(EDIT, an_edit(five)).status_code == 200
    assert refused(queue, EDIT, an_edit(longer)) == "video_duration_too_long"
    assert queue.submit(EDIT, an_edit(longer, duration="10s")).status_code == 200
    assert refused(queue, EDIT, an_edit(too_long, duration="10s")) == "video_duration_too_long"
    assert queue.submit(REFRAME, a_reframe(ten)).status_code == 200
    assert refused(queue, REFRAME, a_reframe(too_long)) == "video_duration_too_long"


@pytest.mark.ffmpeg
def test_media_are_addresses_of_what_they_should_be(queue: FalClient, clip: Path, tmp_path: Path) -> None:
    picture = tmp_path / "still.png"
    Image.new("RGB", (16, 9)).save(picture)
    film, still = queue.upload(clip), queue.upload(picture, "image/png")
    assert refused(queue, EDIT, an_edit("https://example.com/film.mp4")) == "file_download_error"
    assert refused(queue, EDIT, an_edit(still)) == "unsupported_video_format"
    assert refused(queue, EDIT, an_edit(film, start_image_url=film)) == "image_load_error"
    assert refused(queue, EDIT, an_edit(film, keyframes=[still], keyframe_indexes=[24])) == "value_error"
    assert queue.submit(EDIT, an_edit(film, keyframes=[still, still], keyframe_indexes=[0, 23])).status_code == 200


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("access", "status"), [(1, 200), (0, 422)])
def test_hdr_needs_access(emulator: Emulator, queue: FalClient, clip: Path, access: int, status: int) -> None:
    emulator.faults.set({"hdr_access": access, "fail": "snow"})
    body = an_edit(queue.upload(clip), hdr=True, resolution="720p")
    assert queue.submit(EDIT, body).status_code == status


def test_keys(emulator: Emulator, queue: FalClient) -> None:
    for header in ({}, {"authorization": "Key some:other"}, {"authorization": f"Bearer {emulator.options.keys.fal}"}):
        del queue.http.headers["authorization"]
        queue.http.headers.update(header)
        answer = queue.submit(EDIT, an_edit(URL))
        assert answer.status_code == 401 and isinstance(answer.json()["detail"], str)
        queue.http.headers["authorization"] = "x"


def test_an_endpoint_that_is_not_there(queue: FalClient) -> None:
    assert queue.submit("/luma/agent/ray/v3.2/text-to-video", an_edit(URL)).status_code == 404
    answer = queue.http.post(EDIT, content=b"{")
    assert answer.status_code == 422
