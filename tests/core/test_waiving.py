"""A person lets an error of quality control pass: it is delivered, and the manifest says who took it upon himself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import a_variant
from standings import FAILED, a_campaign_in, delivered, finish, two_files_in

from campaign.delivery.manifest import build_manifest
from campaign.delivery.placing import place
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.model.outcomes import Status
from campaign.model.plan import Plan
from campaign.model.qc import QCReport
from campaign.model.standing import Standing
from campaign.preparing.prepare import Prepared
from campaign.preparing.standing import stand
from campaign.preparing.waiving import Waived, waive
from campaign.store.files import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TWICE = QCReport((*FAILED.findings, replace(FAILED.findings[0], check="seam")))


class Room:
    """A campaign whose two films are finished, both held back."""

    def __init__(self, root: Path, ledger: Ledger, report: QCReport = FAILED, plan: Plan | None = None) -> None:
        self.ledger, self.store, self.home = ledger, Store(root / "home" / "store"), root / "home"
        self.plan = plan or a_campaign_in(root, a_variant(), provider="local")
        for film in self.plan.films:
            for done in finish(film, self.store, report=report).values():
                ledger.record_finished(done)

    def standing(self) -> Standing:
        return stand(self.plan, self.ledger, self.store, self.home, None)

    def waive(self, *checks: str, films: int = 2, placements: tuple[str, ...] = ()) -> Waived:
        prepared = Prepared(
            brief=None,  # type: ignore[arg-type] # nothing of it is needed
            plan=self.plan,
            engine=Engine(Path("/no/ffmpeg"), "0"),
            home=self.home,
            ledger=self.ledger,
            store=self.store,
            previous=None,
            clearance=None,
            spoken=None,  # type: ignore[arg-type] # nothing is planned here
        )
        standing = self.standing()
        return waive(prepared, standing, standing.films[:films], checks, placements, by="Maria", at=NOW)

    def deliver(self) -> dict[str, bytes]:
        place(self.plan, self.standing().finished, self.store)
        return delivered(self.plan)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Room]:
    def made(report: QCReport = FAILED) -> Room:
        return Room(tmp_path, Ledger.open(f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite3'}"), report)

    return made


def test_what_is_waived_is_delivered_and_the_manifest_names_who(make: Callable[..., Room]) -> None:
    room = make()
    assert room.deliver() == {}
    waived = room.waive("frames", films=1)
    assert (len(waived.waivers), waived.refused, waived.left) == (1, {}, {})
    first, second = room.plan.films
    assert list(room.deliver()) == [first.outputs[0].file]
    items = build_manifest(room.plan, room.standing(), frozenset())["items"]
    assert [item["status"] for item in items] == [Status.DELIVERED, Status.FAILED]
    assert [item["qc"]["findings"][0]["waived_by"] for item in items] == ["Maria", None]
    assert [item["qc"]["passed"] for item in items] == [True, False]
    assert second.id == f"{items[1]['variant']} {items[1]['ratio']}"


def test_an_error_that_is_left_keeps_the_film_back(make: Callable[..., Room]) -> None:
    room = make(TWICE)
    waived = room.waive("seam")
    assert set(waived.left.values()) == {("frames",)}
    assert room.deliver() == {}
    room.waive("frames")
    assert len(room.deliver()) == 2


def test_only_the_file_for_a_placement_is_waived_where_one_is_named(tmp_path: Path, ledger: Ledger) -> None:
    room = Room(tmp_path, ledger, plan=two_files_in(tmp_path))
    waived = room.waive("frames", films=1, placements=("x.video",))
    plain, placed = room.plan.films[0].outputs
    assert [waiver.key for waiver in waived.waivers] == [placed.key]
    assert list(room.deliver()) == [placed.file]
    refused = room.waive("frames", films=1, placements=("meta.reels",)).refused
    assert "no such file of it is made" in next(iter(refused.values()))
    assert plain.file not in room.deliver()


def test_a_check_that_found_nothing_is_refused_with_the_names_of_those_that_did(make: Callable[..., Room]) -> None:
    waived = make().waive("loudness")
    assert not waived.waivers
    assert all("its errors are: frames" in why for why in waived.refused.values())


def test_bytes_that_are_not_those_judged_are_refused(make: Callable[..., Room]) -> None:
    room = make()
    done = room.standing().finished[room.plan.films[0].outputs[0].key]
    path = room.store.local(done.sha256)
    path.chmod(0o600)
    path.write_bytes(b"X" + path.read_bytes()[1:])
    waived = room.waive("frames", films=1)
    assert not waived.waivers and "not the one that was judged" in next(iter(waived.refused.values()))
