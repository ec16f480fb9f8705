"""Dead runs in the server's records: each machine ends its own, and lets alone what another one is at."""

import platform
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.states import Running
from waiting import until

from flows.hosting import seats
from flows.hosting.connecting import connected
from flows.hosting.server import server_for
from flows.hosting.sweeping import sweep_room


class Records:
    """A server's records of the runs of one deployment, which several rooms look after."""

    def __init__(self) -> None:
        with get_client(sync_client=True) as client:
            self.deployment = client.create_deployment(client.create_flow_from_name("fan-out"), "shared")

    def begin(self) -> UUID:
        with get_client(sync_client=True) as client:
            run = client.create_flow_run_from_deployment(self.deployment)
            client.set_flow_run_state(run.id, Running(), force=True)
            return run.id

    def state(self, run: UUID) -> StateType | None:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(run).state_type

    def sweep(self, home: Path) -> None:
        sweep_room(home / "prefect", (self.deployment,))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def records(elsewhere: Path) -> Iterator[Records]:
    with server_for(elsewhere, lambda _: None) as server, connected(server, elsewhere):
        yield Records()


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return a_home(tmp_path / "one")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return a_home(tmp_path / "two")


def a_home(home: Path) -> Path:
    (home / "prefect").mkdir(parents=True)
    return home


@pytest.mark.prefect
def test_a_room_ends_no_run_that_another_machine_is_at(records: Records, one: Path, two: Path) -> None:
    run = records.begin()
    with closing(seats.take_run(one / "prefect", run)):
        records.sweep(two)
        assert records.state(run) is StateType.RUNNING, "the other machine's room holds no lock of it"
        records.sweep(one)
        assert records.state(run) is StateType.RUNNING
    records.sweep(two)
    assert records.state(run) is StateType.RUNNING, "whether it died can only its own machine tell"
    records.sweep(one)
    assert records.state(run) is StateType.CRASHED


@pytest.mark.prefect
def test_machines_that_share_a_home_are_told_apart_by_their_names(
    records: Records, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = records.begin()
    seats.take_run(one / "prefect", run).close()
    with monkeypatch.context() as there:
        there.setattr(platform, "node", lambda: "another machine")
        records.sweep(one)
        assert records.state(run) is StateType.RUNNING, "locks in a shared folder may hold on one machine alone"
    records.sweep(one)
    assert records.state(run) is StateType.CRASHED


@pytest.mark.prefect
def test_at_our_own_server_a_run_that_died_before_it_had_a_lock_is_ended_too(records: Records, elsewhere: Path) -> None:
    run = records.begin()
    records.sweep(elsewhere)
    assert records.state(run) is StateType.CRASHED


def test_whoever_waits_for_a_lock_whose_file_is_removed_holds_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    held = seats.lock(path)
    waits: list[bool] = []
    taken = []
    waiting = Thread(target=lambda: taken.append(seats.lock(path, waiting=lambda: waits.append(True))))
    waiting.start()
    until(lambda: waits, within_s=10)
    path.unlink()
    held.close()
    waiting.join(10)
    assert not seats.free(path), "a lock on a file that is gone would let a second one in"
    taken[0].close()
    assert seats.free(path)


def test_a_lock_file_is_removed_only_while_nobody_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with closing(seats.lock(path)):
        seats.discard(path)
        assert path.exists()
    seats.discard(path)
    assert not path.exists()
