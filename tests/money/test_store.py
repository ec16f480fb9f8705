"""The store: whole files or none, private, named by their bytes."""

import errno
import hashlib
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign.errors import StoreError
from campaign.store.files import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "store")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def written(store: Store, content: bytes, suffix: str = ".mp4") -> Path:
    path = store.temporary(suffix)
    path.write_bytes(content)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_put_is_found_by_its_hash(store: Store) -> None:
    path = written(store, b"frames")
    stored = store.put(path, ".mp4")
    assert stored.sha256 == hashlib.sha256(b"frames").hexdigest()
    assert stored.bytes == 6
    assert store.exists(stored.sha256)
    assert store.local(stored.sha256).read_bytes() == b"frames"
    assert store.local(stored.sha256).suffix == ".mp4"
    assert not path.exists()


def test_the_same_bytes_are_kept_once(store: Store) -> None:
    first = store.put(written(store, b"frames"), ".mp4")
    second = store.put(written(store, b"frames"), ".mp4")
    assert first == second
    assert len(list(store.local(first.sha256).parent.iterdir())) == 1


def test_posters_keep_their_suffix(store: Store) -> None:
    stored = store.put(written(store, b"picture", ".jpg"), ".jpg")
    assert store.local(stored.sha256).suffix == ".jpg"


def test_files_and_folders_are_for_their_owner_only(store: Store, tmp_path: Path) -> None:
    path = written(store, b"frames")
    assert mode(path) == 0o600
    path.chmod(0o644)
    kept = store.local(store.put(path, ".mp4").sha256)
    assert mode(kept) == 0o600
    assert [mode(folder) for folder in (kept.parent, tmp_path / "home" / "store", tmp_path / "home")] == [0o700] * 3


def test_what_was_never_put_is_missing_by_name(store: Store) -> None:
    sha256 = "a" * 64
    assert not store.exists(sha256)
    with pytest.raises(StoreError, match=sha256):
        store.local(sha256)


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "A" * 64, "", "a" * 63, "a" * 64 + "\n"])
def test_no_hash_leads_out_of_the_store(store: Store, hostile: str) -> None:
    with pytest.raises(StoreError):
        store.exists(hostile)


@pytest.mark.parametrize("hostile", ["mp4", ".mp4/../x", ".", "/x", ".MP4"])
def test_no_suffix_leads_out_of_the_store(store: Store, hostile: str) -> None:
    with pytest.raises(StoreError):
        store.temporary(hostile)


def test_only_temporaries_older_than_a_day_are_swept(store: Store) -> None:
    old, new = store.temporary(".mp4"), store.temporary(".mp4")
    kept = store.put(written(store, b"frames"), ".mp4")
    os.utime(old, (0, time.time() - 25 * 3600))
    os.utime(store.local(kept.sha256), (0, 0))
    assert store.sweep() == 1
    assert not old.exists()
    assert new.exists()
    assert store.exists(kept.sha256)


def test_a_store_that_was_never_used_has_nothing_to_sweep(store: Store) -> None:
    assert store.sweep() == 0


def test_a_file_that_vanished_is_named(store: Store) -> None:
    path = store.temporary(".mp4")
    path.unlink()
    with pytest.raises(StoreError, match=path.name):
        store.put(path, ".mp4")


def test_a_full_disk_is_named_with_its_cure_and_keeps_what_was_written(small_disk: Path) -> None:
    store = Store(small_disk / "store")
    path = store.temporary(".mp4")
    with pytest.raises(OSError) as full, path.open("wb") as file:
        file.write(b"x" * 4_000_000)
        file.flush()
    assert full.value.errno == errno.ENOSPC
    with pytest.raises(StoreError, match=r"disk is full.*Free some space") as said:
        store.require_room()
    assert str(small_disk) in str(said.value)


def test_a_read_only_store_is_refused_before_anything_is_bought(small_disk: Path) -> None:
    store = Store(small_disk / "store")
    store.temporary(".mp4")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreError, match="cannot be written"):
        store.temporary(".mp4")
    with pytest.raises(StoreError, match=r"disk is full|cannot be written"):
        store.require_room()


def test_room_is_there_on_an_ordinary_disk(store: Store) -> None:
    store.require_room()
