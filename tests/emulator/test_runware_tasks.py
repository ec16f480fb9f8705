"""What the stand-in of Runware takes, and what it refuses in Runware's words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from fakes.runware_client import RunwareClient, a_reframe, a_uuid, an_edit, data_uri
from footage import a_film
from PIL import Image

from emulator.geometry import RATIOS, SHORT_SIDES, canvas
from emulator.runware_tasks import Refusal, read_task, tier_of
from emulator.server import Emulator

VIDEO = "0b5b7c0e-3a39-4b4f-9a53-0f4e1c0a7b11"
PLACE = {"x": 0, "y": 0.3, "width": 1, "height": 0.4}


def code(task: dict[str, Any]) -> tuple[str, Any]:
    with pytest.raises(Refusal) as caught:
        read_task(task)
    return caught.value.code, caught.value.parameter


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"taskUUID": "row-7"}, ("invalidTaskUUID", "taskUUID")),
        ({"taskUUID": "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"}, ("invalidTaskUUID", "taskUUID")),
        ({"model": "luma:ray@3.3"}, ("invalidModel", "model")),
        ({"positivePrompt": ""}, ("invalidPositivePrompt", "positivePrompt")),
        ({"positivePrompt": "x" * 6001}, ("invalidPositivePrompt", "positivePrompt")),
        ({"inputs": {}}, ("invalidInputsVideo", "inputs.video")),
        ({"resolution": "480p"}, ("invalidResolution", "resolution")),
        ({"duration": "5s"}, ("invalidDuration", "duration")),
        ({"duration": 7}, ("invalidDuration", "duration")),
        ({"duration": 5}, ("incompatibleParameters", ["duration", "inputs.video"])),
        ({"width": 1280, "height": 720}, ("incompatibleParameters", ["resolution", "width", "height"])),
        ({"settings": {"edit": {"strength": "flex_4"}}}, ("invalidSettingsEditStrength", "settings.edit.strength")),
        (
            {"settings": {"edit": {"autoControls": True, "strength": "flex_1"}}},
            ("incompatibleParameters", ["settings.edit.autoControls", "settings.edit.strength"]),
        ),
        (
            {"settings": {"edit": {"autoControls": True, "controls": {"face": True}}}},
            ("incompatibleParameters", ["settings.edit.autoControls", "settings.edit.controls"]),
        ),
        (
            {"settings": {"edit": {"controls": {"depthBlur": 1.5}}}},
            ("invalidSettingsEditControlsDepthBlur", "settings.edit.controls.depthBlur"),
        ),
        (
            {"settings": {"edit": {"controls": {"poseStrength": "soft"}}}},
            ("invalidSettingsEditControlsPoseStrength", "settings.edit.controls.poseStrength"),
        ),
        (
            {"settings": {"edit": {"controls": {"face": {"enabled": True}}}}},
            ("invalidSettingsEditControlsFace", "settings.edit.controls.face"),
        ),
        ({"settings": {"exrExport": True}}, ("incompatibleParameters", ["settings.exrExport", "settings.hdr"])),
        ({"settings": {"loop": True}}, ("incompatibleParameters", ["settings.loop", "inputs.video"])),
        (
            {"settings": {"sourcePosition": PLACE}},
            ("incompatibleParameters", ["settings.sourcePosition", "width", "height"]),
        ),
        (
            {"inputs": {"video": VIDEO, "frameImages": [{"image": VIDEO, "frame": -1}]}},
            ("invalidInputsFrameImagesFrame", "inputs.frameImages.0.frame"),
        ),
        (
            {"inputs": {"video": VIDEO, "frameImages": [{"image": VIDEO, "frame": 0}, {"image": VIDEO, "frame": 0}]}},
            ("invalidInputsFrameImages", "inputs.frameImages"),
        ),
        (
            {"inputs": {"video": VIDEO, "frameImages": [{"image": VIDEO, "frame": n} for n in range(65)]}},
            ("invalidInputsFrameImages", "inputs.frameImages"),
        ),
        ({"deliveryMethod": "sync"}, ("invalidDeliveryMethod", "deliveryMethod")),
        ({"includeCost": 1}, ("invalidIncludeCost", "includeCost")),
        ({"ttl": 10}, ("invalidTtl", "ttl")),
    ],
)
def test_a_task_that_is_wrong_is_refused_by_parameter(changes: dict[str, Any], expected: tuple[str, Any]) -> None:
    assert code({**an_edit(VIDEO), **changes}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"settings": {"edit": {"strength": "flex_1"}}}, ["settings.edit", "width", "height"]),
        ({"settings": {"edit": {}}}, ["settings.edit", "width", "height"]),
        ({"settings": {"hdr": True}}, ["settings.hdr", "width", "height"]),
        (
            {"inputs": {"video": VIDEO, "frameImages": [{"image": VIDEO, "frame": 0}]}},
            ["inputs.frameImages", "width", "height"],
        ),
    ],
)
def test_what_belongs_to_an_edit_is_refused_on_a_canvas(changes: dict[str, Any], expected: list[str]) -> None:
    assert code({**a_reframe(VIDEO), **changes}) == ("incompatibleParameters", expected)


@pytest.mark.parametrize("missing", ["x", "y", "width", "height"])
def test_a_place_needs_all_four_numbers(missing: str) -> None:
    place = {name: value for name, value in PLACE.items() if name != missing}
    refused = code(a_reframe(VIDEO, settings={"sourcePosition": place}))
    assert refused[1] == f"settings.sourcePosition.{missing}"


def test_unknown_fields_are_passed_over() -> None:
    asked = read_task(
        an_edit(VIDEO, seed=7, negativePrompt="x", settings={"edit": {"strength": "flex_1"}, "audio": True})
    )
    assert asked.edit == {"strength": "flex_1"}


@pytest.mark.parametrize(
    ("width", "height", "tier"),
    [(1280, 720, "720p"), (720, 1280, "720p"), (960, 960, "720p"), (1920, 1080, "1080p"), (640, 360, "360p")],
)
def test_canvases_that_were_seen_have_their_tier(width: int, height: int, tier: str) -> None:
    assert tier_of(width, height) == tier


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("resolution", SHORT_SIDES)
def test_every_ratio_has_a_canvas_in_every_tier(ratio: str, resolution: str) -> None:
    assert tier_of(*canvas(resolution, *RATIOS[ratio])) == resolution


@pytest.mark.parametrize(
    ("width", "height"), [(1000, 1000), (1280, 721), (1280, 800), (0, 720), (4096, 2304), (-720, -1280)]
)
def test_other_canvases_are_refused(width: int, height: int) -> None:
    assert code(a_reframe(VIDEO, width, height)) == ("unsupportedDimensions", ["width", "height"])


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with quick() as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[RunwareClient]:
    emulator.faults.clear()
    with RunwareClient(emulator) as client:
        yield client


def refused(client: RunwareClient, *tasks: Any) -> tuple[int, list[str]]:
    status, told = client.send(*tasks)
    return status, [error["code"] for error in told["errors"]]


@pytest.mark.ffmpeg
def test_a_source_may_last_18_seconds_for_an_edit_and_30_for_a_reframe(client: RunwareClient, tmp_path: Path) -> None:
    exact = client.upload(a_film(tmp_path / "18.mp4", frames=18 * 8, rate=8, sound=None))  # type: ignore[arg-type] # av takes ints
    longer = client.upload(a_film(tmp_path / "18+.mp4", frames=18 * 8 + 1, rate=8, sound=None))
    assert client.send(an_edit(exact))[0] == 200
    assert refused(client, an_edit(longer)) == (400, ["invalidInputsVideo"])
    assert client.send(a_reframe(longer))[0] == 200


@pytest.mark.ffmpeg
def test_media_that_are_not_there_are_refused_by_parameter(client: RunwareClient, clip: Path, tmp_path: Path) -> None:
    picture = tmp_path / "still.png"
    Image.new("RGB", (16, 9)).save(picture)
    still, film = client.upload(picture, "image/png"), client.upload(clip)
    for video, expected in (
        (a_uuid(), "invalidValueUploadFailed"),
        ("https://example.com/film.mp4", "invalidValueUploadFailed"),
        ("not base64!", "invalidBase64"),
        (still, "invalidInputsVideo"),
    ):
        assert refused(client, an_edit(video)) == (400, [expected])
    guides = [{"image": still, "frame": 0}, {"image": data_uri(picture, "image/png"), "frame": "last"}]
    assert client.send(an_edit(film, inputs={"video": film, "frameImages": guides}))[0] == 200
    late = [{"image": still, "frame": 24}]
    assert refused(client, an_edit(film, inputs={"video": film, "frameImages": late}))[1] == [
        "invalidInputsFrameImagesFrame"
    ]
    wrong = [{"image": film, "frame": 0}]
    assert refused(client, an_edit(film, inputs={"video": film, "frameImages": wrong}))[1] == [
        "invalidInputsFrameImagesImage"
    ]


@pytest.mark.ffmpeg
def test_an_account_without_hdr_is_told_so(emulator: Emulator, client: RunwareClient, clip: Path) -> None:
    emulator.faults.set({"hdr_access": 0})
    assert refused(client, an_edit(client.upload(clip), settings={"hdr": True})) == (403, ["unsupportedHdr"])


def test_the_body_must_be_a_list_of_tasks(client: RunwareClient) -> None:
    for content in (b"{}", b"[]", b"[1]", b'"x"'):
        answer = client.http.post("/v1", content=content)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalidPayload")
    answer = client.http.post("/v1", content=b"[{")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalidJson")


def test_tasks_that_nobody_knows(client: RunwareClient) -> None:
    assert refused(client, {"taskType": "imageInference", "taskUUID": a_uuid()}) == (400, ["invalidTaskType"])
    assert client.send({"taskType": "ping", "ping": True}) == (200, {"data": [{"taskType": "ping", "pong": True}]})


def test_a_key_may_come_as_a_task(emulator: Emulator, client: RunwareClient) -> None:
    del client.http.headers["authorization"]
    assert refused(client, {"taskType": "ping"}) == (401, ["missingApiKey"])
    wrong = {"taskType": "authentication", "apiKey": "some other"}
    assert refused(client, wrong, {"taskType": "ping"}) == (401, ["invalidApiKey"])
    status, told = client.send(
        {"taskType": "authentication", "apiKey": emulator.options.keys.runware}, {"taskType": "ping"}
    )
    assert status == 200 and told["data"][0]["connectionSessionUUID"] and told["data"][1]["pong"]
