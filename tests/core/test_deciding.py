"""Decisions about drafts: bound to the bytes that lie there, refused by name where they are not what was made."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import a_variant
from buying_terms import stored
from decided import film_of, words_of
from standings import FAILED, a_campaign_in, finish, keep

from campaign.delivery.placing import place
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.model.approvals import Take, Verdict
from campaign.model.outcomes import Reason
from campaign.preparing.deciding import Decided, decide
from campaign.preparing.prepare import Prepared
from campaign.preparing.standing import stand
from campaign.store.files import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NO_ENGINE = Engine(Path("/no/ffmpeg"), "0")
WIDE, TALL = "de-de-winter-families 16:9", "de-de-winter-families 9:16"


class Room:
    """A rehearsed draft of one row in two ratios, with a late row; judged by nobody yet."""

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self.ledger, self.store, self.home = ledger, Store(root / "home" / "store"), root / "home"
        late = a_variant(key="late", line=3, skip=Reason.NOT_DUE)
        self.plan = a_campaign_in(root, a_variant(), late, provider="local", draft=True)
        self.takes = [stored_take(self, key) for key in film_of(self.plan, WIDE).jobs]

    def finish(self, *films: str, **changes: Any) -> None:
        made = {k: v for film in films for k, v in finish(film_of(self.plan, film), self.store, **changes).items()}
        for done in made.values():
            self.ledger.record_finished(done)
        place(
            self.plan,
            self.ledger.finished(output.key for film in self.plan.films for output in film.outputs),
            self.store,
        )

    def decide(self, verdict: Verdict = Verdict.APPROVED, *films: str, note: str = "") -> Decided:
        prepared = Prepared(
            brief=None,  # type: ignore[arg-type] # nothing of it is needed
            plan=self.plan,
            engine=NO_ENGINE,
            home=self.home,
            ledger=self.ledger,
            store=self.store,
            previous=None,
            clearance=None,
            spoken=None,  # type: ignore[arg-type] # nothing is planned here
        )
        standing = stand(self.plan, self.ledger, self.store, self.home, None)
        chosen = [film for film in standing.films if not films or film.film.id in films]
        return decide(prepared, standing, chosen, verdict, by="Maria", at=NOW, note=note)

    def file(self, film: str) -> Path:
        return self.plan.out / film_of(self.plan, film).outputs[0].file


def stored_take(room: Room, key: str) -> Take:
    sha256, _ = keep(room.store, f"take {key}", ".mp4")
    stored(room.ledger, room.plan.jobs[key], sha256, remote_id=f"gen-{key[:12]}")
    segment = room.plan.jobs[key].job.segment
    return Take(segment.start_frame, segment.end_frame, sha256)


@pytest.fixture
def room(tmp_path: Path, ledger: Ledger) -> Room:
    return Room(tmp_path, ledger)


def test_a_decision_is_bound_to_file_words_engine_and_takes(room: Room) -> None:
    room.finish(WIDE, TALL)
    decided = room.decide(Verdict.APPROVED, TALL, note="lovely")
    assert decided.refused == {}
    (made,) = decided.decisions
    film = film_of(room.plan, TALL)
    assert room.ledger.decisions("fresh-days") == (made,)
    assert (made.variant, made.ratio, made.verdict) == ("de-de-winter-families", "9:16", Verdict.APPROVED)
    assert made.file == film.outputs[0].file
    assert made.file_sha256 == room.ledger.finished([film.outputs[0].key])[film.outputs[0].key].sha256
    assert made.prompt_sha256 == words_of(room.plan, film)
    assert made.model == "local/1"
    assert made.takes == tuple(room.takes)
    assert (made.by, made.at, made.note) == ("Maria", NOW, "lovely")


def test_films_that_cannot_be_judged_are_named_and_the_others_judged(room: Room) -> None:
    room.finish(TALL)
    decided = room.decide()
    assert [each.ratio for each in decided.decisions] == ["9:16"]
    assert decided.refused[WIDE] == "its draft is not made yet: `fanout run --draft` makes it"
    assert decided.refused["late 16:9"].startswith("its draft was not delivered (not_due)")


def spoil_byte(path: Path) -> None:
    told, content = path.stat(), bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))


def make_link(path: Path) -> None:
    path.rename(path.with_suffix(".bak"))
    path.symlink_to(path.with_suffix(".bak"))


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_byte, "somebody has changed"),
        (lambda path: path.write_bytes(b"short"), "somebody has changed"),
        (make_link, "somebody has changed"),
        (make_folder, "cannot be read"),
        (lambda path: path.unlink(), "does not lie there"),
    ],
    ids=["a byte", "its length", "a link", "a folder", "gone"],
)
@pytest.mark.parametrize("verdict", Verdict)
def test_a_draft_that_is_not_what_was_made_is_refused_by_name(
    room: Room, spoil: Callable[[Path], object], told: str, verdict: Verdict
) -> None:
    room.finish(WIDE, TALL)
    spoil(room.file(WIDE))
    decided = room.decide(verdict, WIDE, TALL)
    assert [each.ratio for each in decided.decisions] == ["9:16"]
    assert told in decided.refused[WIDE]
    assert film_of(room.plan, WIDE).outputs[0].file in decided.refused[WIDE]
    assert len(room.ledger.decisions("fresh-days")) == 1


def test_a_draft_that_quality_control_holds_back_is_none_to_judge(room: Room) -> None:
    room.finish(WIDE, report=FAILED)
    assert room.decide(Verdict.APPROVED, WIDE).refused[WIDE].startswith("its draft was not delivered (qc)")


def test_every_placement_of_a_draft_has_to_be_what_was_made(tmp_path: Path, ledger: Ledger) -> None:
    room = Room(tmp_path, ledger)
    room.plan = a_campaign_in(tmp_path, provider="local", draft=True, ratios=("16:9",), placements=("x.video",))
    room.finish(WIDE)
    second = room.plan.out / film_of(room.plan, WIDE).outputs[1].file
    second.write_bytes(second.read_bytes()[::-1])
    assert "somebody has changed" in room.decide(Verdict.APPROVED, WIDE).refused[WIDE]


def test_a_draft_to_be_bought_cannot_be_approved_when_the_footage_behind_it_is_lost(
    tmp_path: Path, ledger: Ledger
) -> None:
    room = Room(tmp_path, ledger)
    room.plan = a_campaign_in(tmp_path, draft=True)
    takes = [stored_take(room, key) for key in film_of(room.plan, WIDE).jobs]
    room.finish(WIDE)
    for take in takes:
        room.store.local(take.sha256).unlink()
    decided = room.decide(Verdict.APPROVED, WIDE)
    assert "its look could not be kept" in decided.refused[WIDE]
    assert room.ledger.decisions("fresh-days") == ()
    assert len(room.decide(Verdict.REJECTED, WIDE).decisions) == 1
