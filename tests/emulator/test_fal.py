"""The stand-in of fal over time: the queue, results that are refusals, cancelling, storage, the bill."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN, control, quick
from fakes.fal_client import EDIT, REFRAME, FalClient, a_reframe, an_edit

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


@pytest.fixture
def queue(emulator: Emulator) -> Iterator[FalClient]:
    with FalClient(emulator) as queue:
        yield queue


def begun(queue: FalClient, path: str, body: Any, **headers: str) -> dict[str, Any]:
    answer = queue.submit(path, body, **headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def spent(emulator: Emulator) -> str:
    with control(emulator) as desk:
        return str(desk.get("/bill").json()["total_usd"])


def test_addresses_hang_on_the_application_not_on_the_endpoint(
    emulator: Emulator, queue: FalClient, clip: Path
) -> None:
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    at = f"{emulator.url}/luma/agent/requests/{told['request_id']}"
    assert (told["response_url"], told["status_url"], told["cancel_url"]) == (at, f"{at}/status", f"{at}/cancel")
    assert told["status"] == "IN_QUEUE" and told["queue_position"] == 0


def test_a_request_waits_runs_and_is_over(emulator: Emulator, clip: Path) -> None:
    with quick(slots={"fal": 1}, takes_s=(5, 5)) as running, FalClient(running) as queue:
        video = queue.upload(clip)
        requests = [begun(queue, EDIT, an_edit(video)) for _ in range(3)]
        assert [each["queue_position"] for each in requests] == [0, 1, 2]
        running.world.clock.advance(1)
        told = [queue.http.get(each["status_url"]) for each in requests]
        assert [(each.status_code, each.json()["status"]) for each in told] == [
            (202, "IN_PROGRESS"),
            (202, "IN_QUEUE"),
            (202, "IN_QUEUE"),
        ]
        assert queue.http.get(requests[0]["response_url"]).status_code == 400
        running.world.clock.advance(15)
        result = queue.http.get(requests[2]["response_url"]) if queue.ended(requests[2]) else None
        assert result is not None and result.json()["video"]["file_name"] == "output.mp4"


@pytest.mark.parametrize(("logs", "shown"), [("1", True), ("true", True), ("false", False), ("", False)])
def test_logs_only_on_demand(queue: FalClient, clip: Path, logs: str, shown: bool) -> None:
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    queue.ended(told)
    status = queue.http.get(told["status_url"], params={"logs": logs}).json()
    assert bool(status["logs"]) == shown and "inference_time" in status["metrics"]


def test_prices_are_those_of_the_bucket_and_of_every_started_second(
    emulator: Emulator, queue: FalClient, clip: Path
) -> None:
    video = queue.upload(clip)
    emulator.faults.set({"fail": "snow", "p_fail_billed": 0})
    for body, usd in (
        (an_edit(video), "0.72"),
        (an_edit(video, duration="10s", resolution="1080p"), "4.32"),
        (an_edit(video, hdr=True, resolution="720p"), "2.16"),
        (an_edit(video, hdr=True, exr_export=True, resolution="1080p"), "6.48"),
    ):
        begun(queue, EDIT, body)
        assert emulator.books.bill()[-1].usd == Decimal(usd)
    begun(queue, REFRAME, a_reframe(video, resolution="720p"))
    assert emulator.books.bill()[-1].usd == Decimal("0.12")


def test_exr_comes_as_a_file_of_its_own(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    told = begun(queue, EDIT, an_edit(queue.upload(clip), hdr=True, exr_export=True, resolution="720p"))
    queue.ended(told)
    files = queue.http.get(told["response_url"]).json()
    assert files["exr_file"]["content_type"] == "application/zip"
    assert httpx.get(files["exr_file"]["url"], **PLAIN).content.startswith(b"PK")


@pytest.mark.parametrize(
    ("faults", "status", "kind", "bill"),
    [
        ({"mod": "snow"}, 422, "content_policy_violation", "0.00"),
        ({"fail": "snow"}, 500, "runner_server_error", "0.00"),
        ({"p_fail_billed": 1}, 422, "no_media_generated", "0.72"),
    ],
)
def test_completed_may_mean_that_it_went_wrong(
    emulator: Emulator, queue: FalClient, clip: Path, faults: dict[str, float | str], status: int, kind: str, bill: str
) -> None:
    emulator.faults.set(faults)
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    assert queue.ended(told)["error_type"] == kind
    answer = queue.http.get(told["response_url"])
    assert (answer.status_code, answer.headers["x-fal-error-type"]) == (status, kind)
    assert spent(emulator) == bill


def test_a_gateway_that_fails_on_the_result_is_no_end(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    emulator.faults.set({"p_result_504": 0.5})
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    assert "error" not in queue.ended(told)
    statuses = {queue.http.get(told["response_url"]).status_code for _ in range(12)}
    assert statuses == {200, 504}


def test_a_request_that_runs_is_told_to_stop_and_goes_on(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    emulator.faults.set({"job_min": 20, "job_max": 20})
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    emulator.world.clock.advance(5)
    assert queue.http.put(told["cancel_url"]).json() == {"status": "CANCELLATION_REQUESTED"}
    assert queue.http.get(told["status_url"]).json()["status"] == "IN_PROGRESS"
    emulator.world.clock.advance(20)
    assert "error" not in queue.ended(told)
    assert queue.http.put(told["cancel_url"]).status_code == 400
    assert spent(emulator) == "0.72"


def test_a_request_that_waits_is_taken_out_and_not_billed(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    emulator.faults.set({"job_min": 20, "job_max": 20})
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    assert queue.http.put(told["cancel_url"]).status_code == 202
    assert queue.ended(told)["error_type"] == "client_cancelled"
    assert queue.http.get(told["response_url"]).status_code == 499
    assert spent(emulator) == "0.00"


def test_a_film_can_be_the_source_of_the_next_request(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    told = begun(queue, EDIT, an_edit(queue.upload(clip)))
    queue.ended(told)
    url = queue.http.get(told["response_url"]).json()["video"]["url"]
    begun(queue, REFRAME, a_reframe(url))
    assert [charge.operation for charge in emulator.books.bill()] == ["modify", "reframe"]


def test_a_result_lives_as_long_as_its_request_asked(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    video = queue.upload(clip)
    header = {"X-Fal-Object-Lifecycle-Preference": '{"expiration_duration_seconds": 600}'}
    short, lasting = begun(queue, EDIT, an_edit(video), **header), begun(queue, EDIT, an_edit(video))
    urls = []
    for told in (short, lasting):
        queue.ended(told)
        urls.append(queue.http.get(told["response_url"]).json()["video"]["url"])
    assert [httpx.get(url, **PLAIN).status_code for url in urls] == [200, 200]
    emulator.world.clock.advance(700)
    assert [httpx.get(url, **PLAIN).status_code for url in urls] == [403, 200]


def test_a_bad_body_may_be_queued_and_refused_when_it_is_read(emulator: Emulator, queue: FalClient) -> None:
    emulator.faults.set({"fal_checks": "result"})
    told = begun(queue, EDIT, {"prompt": "x"})
    assert queue.ended(told)["error"]
    answer = queue.http.get(told["response_url"])
    assert answer.status_code == 422 and answer.json()["detail"][0]["type"] == "missing"
    assert emulator.books.bill() == []


def test_out_of_credit_is_a_lock(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    emulator.faults.set({"credit": 0.5})
    answer = queue.submit(EDIT, an_edit(queue.upload(clip)))
    assert answer.status_code == 403 and "Exhausted balance" in answer.json()["detail"]
    emulator.faults.set({"credit": 0})
    body = {"file_name": "a.mp4", "content_type": "video/mp4"}
    assert queue.http.post("/storage/upload/initiate?storage_type=gcs", json=body).status_code == 403


@pytest.mark.parametrize("fault", ["p_post_drop", "p_half", "p_badjson", "p_502_billed"])
def test_a_lost_answer_was_billed_and_a_second_request_is_billed_again(
    emulator: Emulator, queue: FalClient, clip: Path, fault: str
) -> None:
    body = an_edit(queue.upload(clip))
    emulator.faults.set({fault: 1, "badjson": "broken"})
    with suppress(httpx.TransportError):
        queue.submit(EDIT, body)
    emulator.faults.clear()
    begun(queue, EDIT, body)
    assert [charge.turn for charge in emulator.books.bill()] == [0, 1]


def test_a_token_is_good_for_an_hour_and_dies_with_its_key(emulator: Emulator, queue: FalClient) -> None:
    def put(token: dict[str, str]) -> int:
        return httpx.post(f"{emulator.url}/files/upload", content=b"x", headers=token, **PLAIN).status_code

    token = queue.token()
    assert put(token) == 200
    assert put({"authorization": "Bearer some-other"}) == put({}) == 401
    emulator.world.clock.advance(3700)
    assert put(token) == 401
    token = queue.token()
    emulator.world.keyring.change("fal", "another:key")
    assert put(token) == 401


def test_parts_must_be_whole_and_the_right_ones(emulator: Emulator, queue: FalClient) -> None:
    token = queue.token()
    told = queue.http.post("/files/upload/multipart", headers={**token, "x-fal-file-name": "long.mp4"}).json()
    at = f"{told['access_url']}/multipart/{told['uploadId']}"
    tags = [queue.http.put(f"{at}/{n}", content=bytes([n]) * 9, headers=token).headers["etag"] for n in (1, 2)]

    def complete(*parts: dict[str, Any]) -> int:
        return queue.http.post(f"{at}/complete", json={"parts": list(parts)}, headers=token).status_code

    first, second = ({"partNumber": n, "etag": tag} for n, tag in enumerate(tags, 1))
    assert complete(first) == complete(first, {**second, "etag": tags[0]}) == 400
    assert httpx.get(told["access_url"], **PLAIN).status_code == 404
    assert complete(second, first) == 200
    assert httpx.get(told["access_url"], **PLAIN).content == b"\x01" * 9 + b"\x02" * 9
    assert complete(first, second) == 404


def test_uploads_that_are_forgotten(emulator: Emulator, queue: FalClient, clip: Path) -> None:
    emulator.faults.set({"forget_files_s": 60})
    video = queue.upload(clip)
    emulator.world.clock.advance(61)
    assert queue.submit(EDIT, an_edit(video)).json()["detail"][0]["type"] == "file_download_error"


def test_everything_outlives_a_restart_with_the_bill(clip: Path, tmp_path: Path) -> None:
    bill = tmp_path / "bill.jsonl"
    with quick(bill=bill) as emulator, FalClient(emulator) as queue:
        video = queue.upload(clip)
        told = begun(queue, EDIT, an_edit(video))
        queue.ended(told)
    with quick(bill=bill) as emulator, FalClient(emulator) as queue:
        told["status_url"] = f"/luma/agent/requests/{told['request_id']}/status"
        queue.ended(told)
        url = queue.http.get(told["status_url"].removesuffix("/status")).json()["video"]["url"]
        assert begun(queue, REFRAME, a_reframe(url))["request_id"]
        here = f"{emulator.url}{httpx.URL(video).path}"
        assert begun(queue, EDIT, an_edit(here))["request_id"]
        assert len(emulator.books.bill()) == 3
