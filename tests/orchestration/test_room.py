"""The operations room on a real Prefect server and real pixels: started from there, shown there, ended in good order."""

import json
import os
import signal
import stat
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from orchestration.open_room import FINAL, Api, OpenRoom
from orchestration.small_campaign import SmallCampaign
from waiting import until

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]
SCHEDULES = """
[[schedule]]
market = "DE"
cron = "0 6 * * 1-5"
timezone = "Europe/Berlin"

[[schedule]]
market = "JP"
cron = "30 9 * * *"
timezone = "Asia/Tokyo"
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallCampaign:
    small = SmallCampaign(tmp_path_factory.mktemp("room"))
    file = small.folder / "campaign.toml"
    file.write_text(file.read_text(encoding="utf-8") + SCHEDULES, encoding="utf-8")
    return small


class Rooms:
    """The room of the module's campaign, opened anew where a test has closed it."""

    def __init__(self, small: SmallCampaign) -> None:
        self.small = small
        self._room: OpenRoom | None = None

    def open(self) -> OpenRoom:
        if self._room is None or self._room.process.poll() is not None:
            self._room = OpenRoom(self.small)
        return self._room

    def end(self) -> None:
        if self._room is not None and self._room.process.poll() is None:
            self._room.close()


@pytest.fixture(scope="module")
def rooms(small: SmallCampaign) -> Iterator[Rooms]:
    rooms = Rooms(small)
    yield rooms
    rooms.end()


@pytest.fixture
def room(rooms: Rooms) -> OpenRoom:
    return rooms.open()


@pytest.fixture
def film(room: OpenRoom, small: SmallCampaign) -> str:
    """The file of a film that is delivered, below out/<campaign>."""
    if not small.films():
        assert room.api.until(room.api.start(draft=True), FINAL)["state_name"] == "Completed"
    return next(iter(small.films()))


def test_a_run_that_is_started_in_prefects_pages_delivers(room: OpenRoom, small: SmallCampaign) -> None:
    assert room.told["deployments"] == ["fan-out/small", "regenerate/small"]
    run = room.api.until(room.api.start(draft=True), FINAL)
    assert (run["state_name"], run["name"]) == ("Completed", "small: 2 variants x 2 ratios, draft on local")
    assert len(small.films()) == 4
    assert small.promised() == small.films()


def test_only_this_campaigns_markets_can_be_chosen(room: OpenRoom, small: SmallCampaign) -> None:
    def markets() -> list[str]:
        form = room.api.deployment("regenerate/small")["parameter_openapi_schema"]
        found = form["properties"]["markets"]["items"]["enum"]
        assert isinstance(found, list)
        return found

    assert markets() == ["DE", "JP"]
    small.rows.append({**small.rows[0], "market": "FR", "locale": "fr-FR"})
    small.write_rows()
    try:
        until(lambda: markets() == ["DE", "JP", "FR"], within_s=120)
    finally:
        small.rows.pop()
        small.write_rows()
    until(lambda: markets() == ["DE", "JP"], within_s=120)


def test_the_gallery_is_shown_to_whoever_knows_the_password_and_only_shown(room: OpenRoom, film: str) -> None:
    with room.gallery(auth=None) as stranger:
        for path in ("/", "/report/index.html", f"/{film}", "/nothing"):
            assert stranger.get(path).status_code == 401
        assert stranger.get("/report/index.html", auth=("fanout", "wrong")).status_code == 401
    with room.gallery() as known:
        page = known.get("/", follow_redirects=True)
        assert str(page.url) == room.told["gallery"]
        assert page.headers["x-content-type-options"] == "nosniff"
        part = known.get(f"/{film}", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert known.request(method, f"/{film}").status_code == 405
        for path in ("/report/", "/deliverables", "/..%2f..%2f..%2fcampaign.toml", "/%2e%2e/%2e%2e/campaign.toml"):
            assert known.get(path).status_code in {404, 400}, path
        assert known.get("/report/index.html", headers={"Host": "evil.example"}).status_code == 400


def test_the_password_is_in_private_files_and_nowhere_else(room: OpenRoom, small: SmallCampaign) -> None:
    secret = room.api.server["auth"].split(":", 1)[1]
    folder = small.home / "prefect"
    telling = {"server.json", "gallery-small.json"}
    for file in (each for each in small.home.rglob("*") if each.is_file()):
        if file.name in telling:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        else:
            assert secret.encode() not in file.read_bytes(), file
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert secret not in json.dumps(room.told)
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert secret.encode() not in process.read_bytes()
        except OSError:
            continue


def test_a_second_room_is_refused_and_a_run_from_a_terminal_joins(room: OpenRoom, small: SmallCampaign) -> None:
    refused = small.do("serve", code=2)
    assert "the room of small is open already" in refused["error"]
    result = small.do("run", "--draft", "--only", "market=DE,ratio=9:16")
    small.do("regenerate", "--draft", "--only", "market=DE,ratio=9:16")
    assert result["delivered"] == 1
    assert room.process.poll() is None
    assert room.api.deployment()["name"] == "small"


def test_a_room_that_is_closed_ends_its_run_in_good_order_and_the_next_goes_on(
    rooms: Rooms, small: SmallCampaign
) -> None:
    room = rooms.open()
    small.rows[0]["light"] = "neon signs at night"
    small.write_rows()
    started = room.api.start(draft=True)
    room.api.until(started, {"RUNNING"})
    before = room.told
    code, said = room.close()
    assert (code, "Traceback" in said) == (0, False), said
    assert "the room is closed" in said
    again = rooms.open()
    assert (again.told["url"], again.told["gallery"]) == (before["url"], before["gallery"]), "bookmarks hold"
    run = again.api.run(started)
    assert run["state_type"] in {"CANCELLED", "COMPLETED"}
    assert not set(again.api.below(started)) & {"RUNNING", "PENDING"}
    assert again.api.until(again.api.start(draft=True), FINAL)["state_name"] == "Completed"
    assert set(small.jobs().values()) == {1}, "nothing is made twice"


def test_a_schedule_that_was_paused_stays_paused_and_one_that_is_gone_is_removed(
    rooms: Rooms, small: SmallCampaign
) -> None:
    room = rooms.open()

    def schedules() -> dict[str, tuple[bool, str, str]]:
        found = room.api.deployment()["schedules"]
        return {
            each["slug"]: (each["active"], each["schedule"]["cron"], each["schedule"]["timezone"]) for each in found
        }

    assert schedules() == {
        "de-1": (True, "0 6 * * 1-5", "Europe/Berlin"),
        "jp-1": (True, "30 9 * * *", "Asia/Tokyo"),
    }
    deployment = room.api.deployment()
    paused = next(each for each in deployment["schedules"] if each["slug"] == "de-1")
    assert paused["parameters"] == {"only": ["market=DE"]}
    room.api.ask("PATCH", f"/deployments/{deployment['id']}/schedules/{paused['id']}", active=False)
    room.close()
    room = rooms.open()
    assert schedules()["de-1"] == (False, "0 6 * * 1-5", "Europe/Berlin")
    file = small.folder / "campaign.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("0 6 * * 1-5", "15 7 * * *").partition('\n[[schedule]]\nmarket = "JP"')[0])
    until(lambda: schedules() == {"de-1": (False, "15 7 * * *", "Europe/Berlin")}, within_s=120)


def test_a_schedule_leads_to_runs_of_its_market_in_its_own_time_zone(room: OpenRoom) -> None:
    deployment = room.api.deployment()
    schedule = next(each for each in deployment["schedules"] if each["slug"] == "de-1")
    for active in (False, True):
        room.api.ask("PATCH", f"/deployments/{deployment['id']}/schedules/{schedule['id']}", active=active)

    def planned() -> list[dict[str, Any]]:
        """Runs know their schedule, and by it their market, whatever was forgotten."""
        waiting = {"deployment_id": {"any_": [deployment["id"]]}, "state": {"type": {"any_": ["SCHEDULED"]}}}
        found = room.api.ask("POST", "/flow_runs/filter", flow_runs=waiting)
        return [run for run in found if run["created_by"]["display_value"] == "de-1"]

    def of_its_market() -> bool:
        said = {"campaign_file": str(room.small.folder / "campaign.toml"), "only": ["market=DE"]}
        found = [run["parameters"] for run in planned()]
        return bool(found) and all(parameters == said for parameters in found)

    until(of_its_market, within_s=150)  # Prefect forgot the market when the schedule was resumed: the room mends that
    first = min(datetime.fromisoformat(run["expected_start_time"]) for run in planned())
    minute, hour, *_ = schedule["schedule"]["cron"].split()
    assert first.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == f"{int(hour):02}:{int(minute):02}"


def test_a_killed_server_is_revived_and_the_run_goes_on(room: OpenRoom, small: SmallCampaign) -> None:
    small.rows[1]["light"] = "grey morning"
    small.write_rows()
    started = room.api.start(draft=True)
    room.api.until(started, {"RUNNING"})
    os.kill(Api(small.home).server["pid"], signal.SIGKILL)
    assert room.api.until(started, FINAL, seconds=240)["state_name"] == "Completed"
    assert room.process.poll() is None
    assert small.promised() == small.films()


def test_after_a_power_cut_what_died_is_told_dead_and_the_next_run_goes_on(rooms: Rooms, small: SmallCampaign) -> None:
    room = rooms.open()
    small.rows[0]["light"] = "thunderstorm"
    small.write_rows()
    started = room.api.start(draft=True)
    room.api.until(started, {"RUNNING"})
    worker = _worker(small, started)
    room.kill()
    os.kill(worker, signal.SIGKILL)
    again = rooms.open()
    run = again.api.run(started)
    assert run["state_type"] == "CRASHED"
    assert "Its process died" in run["state"]["message"]
    assert not set(again.api.below(started)) & {"RUNNING", "PENDING"}
    assert again.api.until(again.api.start(draft=True), FINAL)["state_name"] == "Completed"
    assert small.promised() == small.films()


def test_a_run_outlives_its_killed_room_and_is_not_told_dead(rooms: Rooms, small: SmallCampaign) -> None:
    room = rooms.open()
    small.rows[0]["light"] = "golden hour"
    small.write_rows()
    started = room.api.start(draft=True)
    room.api.until(started, {"RUNNING"})
    room.kill()
    again = rooms.open()
    assert again.api.until(started, FINAL)["state_name"] == "Completed"
    assert small.promised() == small.films()


def _worker(small: SmallCampaign, flow_run_id: str) -> int:
    """The process that is at work on a flow run: who holds its lock."""
    lock = small.home / "prefect" / "runs" / f"{flow_run_id}.lock"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        inode = str(lock.stat().st_ino) if lock.exists() else ""
        for line in Path("/proc/locks").read_text(encoding="utf-8").splitlines():
            words = line.split()
            if inode and words[5].rsplit(":", 1)[1] == inode:
                return int(words[4])
        time.sleep(0.1)
    raise AssertionError("nobody is at work on it")
