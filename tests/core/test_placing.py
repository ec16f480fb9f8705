"""Films under their names: complete or absent, nothing lost, nothing of others touched."""

import errno
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from builders import a_variant
from standings import FAILED, a_campaign_in, contents, delivered, finish, finish_all, keep, two_files_in

from campaign.delivery.placing import beside, place
from campaign.model.finished import Finished
from campaign.model.plan import Plan
from campaign.model.qc import QCReport
from campaign.store.files import Store


class Killed(BaseException):
    """A process that is gone: nothing catches it."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "store")


def names(plan: Plan) -> list[str]:
    return [output.file for film in plan.films for output in film.outputs]


def expected(plan: Plan, finished: dict[str, Finished], store: Store) -> dict[str, bytes]:
    return {
        output.file: store.local(finished[output.key].sha256).read_bytes()
        for film in plan.films
        for output in film.outputs
    }


def test_every_finished_film_gets_its_name(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path)
    finished = finish_all(plan, store)
    assert place(plan, finished, store).troubles == ()
    assert delivered(plan) == expected(plan, finished, store)


def test_placing_twice_touches_nothing(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path)
    finished = finish_all(plan, store)
    place(plan, finished, store)
    before = {name: (plan.out / name).stat() for name in names(plan)}
    assert place(plan, finished, store).superseded == ()
    assert {name: (plan.out / name).stat() for name in names(plan)} == before


@pytest.mark.parametrize(("check", "left"), [("loudness", 1), ("drift", 0)])
def test_a_file_that_is_held_back_takes_only_its_own_name_unless_the_picture_is_at_fault(
    tmp_path: Path, store: Store, check: str, left: int
) -> None:
    plan = two_files_in(tmp_path)
    film = plan.films[0]
    finished = finish(film, store)
    place(plan, finished, store)
    assert len(delivered(plan)) == 2
    held = film.outputs[0]
    report = QCReport((replace(FAILED.findings[0], check=check),))
    finished[held.key] = replace(finished[held.key], report=report)
    assert held.file in place(plan, finished, store).superseded
    assert list(delivered(plan)) == [film.outputs[1].file][:left]
    place(plan, {}, store)
    assert delivered(plan) == {}


def test_a_film_that_failed_quality_control_is_not_delivered_and_its_former_self_keeps_its_bytes(
    tmp_path: Path, store: Store
) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    place(plan, finish_all(plan, store, content="good"), store)
    good = delivered(plan)[names(plan)[0]]
    placed = place(plan, finish_all(plan, store, content="bad", report=FAILED), store)
    assert delivered(plan) == {}
    assert placed.superseded == tuple(names(plan))
    assert list(contents(plan.out, "superseded").values()) == [good]


def test_a_changed_film_takes_the_name_and_the_former_one_is_kept(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    versions = [finish_all(plan, store, content=text) for text in ("one", "two", "three", "one")]
    for finished in versions:
        place(plan, finished, store)
    assert delivered(plan) == expected(plan, versions[0], store)
    kept = contents(plan.out, "superseded").values()
    assert {store.local(done.sha256).read_bytes() for version in versions for done in version.values()} == set(kept)


def test_a_film_that_the_plan_no_longer_knows_moves_out_of_the_deliverables(tmp_path: Path, store: Store) -> None:
    both = a_campaign_in(tmp_path, a_variant(), a_variant(key="fr", market="FR", locale="fr-FR", line=3))
    place(both, finish_all(both, store), store)
    one = a_campaign_in(tmp_path)
    placed = place(one, finish_all(one, store), store, former=names(both))
    assert set(delivered(one)) == set(names(one))
    assert set(placed.superseded) == set(names(both)) - set(names(one))
    assert len(contents(one.out, "superseded")) == 2


def test_a_film_of_ours_is_known_by_its_bytes_when_the_last_manifest_was_never_written(
    tmp_path: Path, store: Store
) -> None:
    both = a_campaign_in(tmp_path, a_variant(), a_variant(key="fr", market="FR", locale="fr-FR", line=3))
    place(both, finish_all(both, store), store)
    one = a_campaign_in(tmp_path)
    place(one, finish_all(one, store), store, former=())
    assert set(delivered(one)) == set(names(one))


def test_what_people_put_among_the_deliverables_stays(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path)
    folder = plan.out / "deliverables" / "16x9"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("call the client")
    (folder / "by-hand.mp4").write_bytes(b"another cut")
    place(plan, finish_all(plan, store), store)
    assert beside(plan) == ("deliverables/16x9/by-hand.mp4", "deliverables/16x9/notes.txt")
    assert len(delivered(plan)) == 4


def test_drafts_and_finals_lie_side_by_side(tmp_path: Path, store: Store) -> None:
    draft, final = a_campaign_in(tmp_path, draft=True), a_campaign_in(tmp_path)
    assert not set(names(draft)) & set(names(final))
    for plan in (draft, final, draft, final):
        place(plan, finish_all(plan, store), store, former=[*names(draft), *names(final)])
        assert set(names(plan)) <= set(delivered(plan))
    assert set(delivered(final)) == {*names(draft), *names(final)}
    assert set(beside(final)) == set(names(draft))
    assert not (final.out / "superseded").exists()


@pytest.mark.parametrize(
    "file", ["../../../secret.txt", "report/index.html", "/etc/hostname", "deliverables/../manifest.json", "", "."]
)
def test_a_manifest_that_names_files_elsewhere_moves_nothing(tmp_path: Path, store: Store, file: str) -> None:
    plan = a_campaign_in(tmp_path)
    (tmp_path / "secret.txt").write_text("mine")
    for kept in ("report/index.html", "manifest.json"):
        (plan.out / kept).parent.mkdir(parents=True, exist_ok=True)
        (plan.out / kept).write_text("kept")
    place(plan, finish_all(plan, store), store, former=[file])
    assert (tmp_path / "secret.txt").read_text() == "mine"
    assert (plan.out / "report/index.html").read_text() == (plan.out / "manifest.json").read_text() == "kept"
    assert not (plan.out / "superseded").exists()


def test_a_link_in_the_way_is_moved_and_what_it_points_to_is_left_alone(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    elsewhere = tmp_path / "mine.mp4"
    elsewhere.write_bytes(b"mine")
    target = plan.out / names(plan)[0]
    target.parent.mkdir(parents=True)
    target.symlink_to(elsewhere)
    finished = finish_all(plan, store)
    place(plan, finished, store)
    assert not target.is_symlink()
    assert delivered(plan) == expected(plan, finished, store)
    assert elsewhere.read_bytes() == b"mine"


def test_a_link_to_the_very_film_in_the_store_is_no_deliverable(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    finished = finish_all(plan, store)
    target = plan.out / names(plan)[0]
    target.parent.mkdir(parents=True)
    target.symlink_to(store.local(next(iter(finished.values())).sha256))
    place(plan, finished, store)
    assert not target.is_symlink()


def test_a_ratio_folder_that_leads_elsewhere_is_not_followed(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "theirs.mp4").write_bytes(b"theirs")
    (plan.out / "deliverables").mkdir(parents=True)
    (plan.out / "deliverables" / "9x16").symlink_to(elsewhere)
    placed = place(plan, finish_all(plan, store), store)
    assert [path.name for path in elsewhere.iterdir()] == ["theirs.mp4"]
    assert len(placed.troubles) == 1
    assert "9x16" in placed.troubles[0]
    assert "link" in placed.troubles[0]
    assert len(contents(plan.out, "deliverables/16x9")) == 1


def test_a_folder_in_the_way_of_one_film_stops_no_other(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path)
    (plan.out / names(plan)[0]).mkdir(parents=True)
    placed = place(plan, finish_all(plan, store), store)
    assert set(delivered(plan)) == set(names(plan)[1:])
    assert len(placed.troubles) == 1
    assert "in the way" in placed.troubles[0]


def test_a_film_that_the_store_lost_is_named_and_stops_no_other(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path)
    finished = finish_all(plan, store)
    store.local(next(iter(finished.values())).sha256).unlink()
    placed = place(plan, finished, store)
    assert len(placed.troubles) == 1
    assert "Run again" in placed.troubles[0]
    assert len(delivered(plan)) == 1


def test_a_delivered_film_stays_where_it_is_though_the_store_lost_it(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    finished = finish_all(plan, store)
    place(plan, finished, store)
    before = delivered(plan)
    store.local(next(iter(finished.values())).sha256).unlink()
    placed = place(plan, finished, store)
    assert (placed.superseded, placed.troubles) == ((), ())
    assert delivered(plan) == before


def test_editing_a_deliverable_reaches_no_stored_film_and_the_next_gathering_mends_it(
    tmp_path: Path, store: Store
) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    finished = finish_all(plan, store)
    place(plan, finished, store)
    (plan.out / names(plan)[0]).write_bytes(b"cut short")
    place(plan, finished, store)
    assert delivered(plan) == expected(plan, finished, store)
    assert list(contents(plan.out, "superseded").values()) == [b"cut short"]


def test_a_deliverable_brought_back_from_a_backup_is_recognised(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    finished = finish_all(plan, store)
    place(plan, finished, store)
    path = plan.out / names(plan)[0]
    os.utime(path, (1, 1))
    before = path.stat().st_ino
    assert place(plan, finished, store).superseded == ()
    assert path.stat().st_ino == before


@pytest.mark.parametrize("kill_at", range(7))
def test_a_kill_at_any_moment_leaves_whole_films_and_the_next_run_heals(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    plan = a_campaign_in(tmp_path)
    old, new = (finish_all(plan, store, content=text) for text in ("old", "new"))
    place(plan, old, store)
    with monkeypatch.context() as killing:
        killing.setattr(os, "replace", dying(os.replace, kill_at))
        with suppress(Killed):
            place(plan, new, store)
    whole = {*expected(plan, old, store).values(), *expected(plan, new, store).values()}
    there = delivered(plan)
    assert set(there.values()) <= whole
    assert set(there) <= set(names(plan))
    assert place(plan, new, store).troubles == ()
    assert delivered(plan) == expected(plan, new, store)
    assert set(expected(plan, old, store).values()) == set(contents(plan.out, "superseded").values())


def dying(replace: Callable[..., None], after: int) -> Callable[..., None]:
    """os.replace that works `after` times and then kills."""
    calls = iter(range(after))

    def replace_or_die(*paths: object, **options: object) -> None:
        if next(calls, None) is None:
            raise Killed
        replace(*paths, **options)

    return replace_or_die


def test_a_full_disk_is_told_and_leaves_nothing_behind(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = a_campaign_in(tmp_path)
    finished = finish_all(plan, store)

    def full(*paths: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    placed = place(plan, finished, store)
    assert len(placed.troubles) == 2
    assert "No space left" in placed.troubles[0]
    assert list((plan.out / "deliverables" / "16x9").iterdir()) == []


def test_what_a_killed_process_left_is_swept_but_not_what_another_is_writing(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    folder = plan.out / "deliverables" / "16x9"
    folder.mkdir(parents=True)
    old, fresh = folder / ".0123.part", folder / ".4567.part"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    place(plan, finish_all(plan, store), store)
    assert not old.exists()
    assert fresh.exists()
    assert beside(plan) == ()


def test_bytes_are_copied_where_the_system_cannot_share_them(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*handles: object) -> int:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    plan = a_campaign_in(tmp_path)
    finished = finish_all(plan, store)
    place(plan, finished, store)
    assert delivered(plan) == expected(plan, finished, store)


def test_out_may_lie_on_another_disk(tmp_path: Path, store: Store) -> None:
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one disk")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        plan = a_campaign_in(tmp_path)
        plan.out.parent.mkdir(parents=True)
        plan.out.symlink_to(folder)
        finished = finish_all(plan, store, content="old")
        place(plan, finished, store)
        assert delivered(plan) == expected(plan, finished, store)
        finished = finish_all(plan, store, content="new")
        place(plan, finished, store)
        assert delivered(plan) == expected(plan, finished, store)
        assert len(contents(plan.out, "superseded")) == 2


def test_superseded_films_move_across_disks_too(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    old = finish_all(plan, store, content="old")
    place(plan, old, store)
    replace = os.replace

    def one_disk_only(source: Path, target: Path) -> None:
        if "superseded" in str(target) and "superseded" not in str(source):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(os, "replace", one_disk_only)
    new = finish_all(plan, store, content="new")
    assert place(plan, new, store).troubles == ()
    assert delivered(plan) == expected(plan, new, store)
    assert list(contents(plan.out, "superseded").values()) == list(expected(plan, old, store).values())


def test_a_stored_file_that_is_no_film_of_the_plan_is_still_known_as_ours(tmp_path: Path, store: Store) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9",))
    keep(store, "an older cut", ".mp4")
    path = plan.out / "deliverables" / "16x9" / "older.mp4"
    path.parent.mkdir(parents=True)
    path.write_text("an older cut")
    place(plan, finish_all(plan, store), store)
    assert not path.exists()
    assert b"an older cut" in contents(plan.out, "superseded").values()
