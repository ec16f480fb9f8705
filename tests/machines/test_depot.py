"""The store beyond one machine, on a real S3 server: whole or absent, checked both ways, never lost to an outage."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from object_storage import ObjectStorage, object_storage

from campaign.errors import SetupError, StoreError
from campaign.settings import read_settings
from campaign.store import depot
from campaign.store.files import Store
from campaign.store.opening import open_store

FILM = b"frames" * 1000
SHA = hashlib.sha256(FILM).hexdigest()


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[ObjectStorage]:
    with object_storage(tmp_path / "server") as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depot, "_PAUSES_S", (0.05,))


def machine(storage: ObjectStorage, home: Path, **changes: str) -> Store:
    """The store as a machine with that home has it."""
    return open_store(read_settings(storage.environment() | changes), home)


def put(store: Store, content: bytes = FILM, label: str = "") -> str:
    path = store.temporary(".mp4")
    path.write_bytes(content)
    return store.put(path, ".mp4", label).sha256


def test_what_one_machine_put_another_reads(storage: ObjectStorage, tmp_path: Path) -> None:
    assert put(machine(storage, tmp_path / "one")) == SHA
    other = machine(storage, tmp_path / "two")
    assert other.exists(SHA) and other.here(SHA) is None
    path = other.local(SHA)
    assert path.read_bytes() == FILM and path.suffix == ".mp4"
    assert path.is_relative_to(tmp_path / "two") and other.here(SHA) == path
    assert list(storage.objects()) == [f"{SHA}.mp4"]


def test_a_machine_sees_what_came_after_it_looked(storage: ObjectStorage, tmp_path: Path) -> None:
    late = machine(storage, tmp_path / "two")
    assert not late.exists(SHA)
    put(machine(storage, tmp_path / "one"))
    assert late.exists(SHA)


def test_wrong_bytes_in_the_bucket_are_handed_to_nobody(storage: ObjectStorage, tmp_path: Path) -> None:
    put(machine(storage, tmp_path / "one"))
    storage.objects()[f"{SHA}.mp4"].write_bytes(b"x" * len(FILM))
    other = machine(storage, tmp_path / "two")
    with pytest.raises(StoreError, match=f"{SHA}.mp4 holds other bytes than were put. Delete it there"):
        other.local(SHA)
    assert other.here(SHA) is None and not list((tmp_path / "two/store/partial").iterdir())
    put(other)  # whoever has the right ones mends it
    assert machine(storage, tmp_path / "three").local(SHA).read_bytes() == FILM


def test_an_outage_is_told_and_the_bytes_stay_here(storage: ObjectStorage, tmp_path: Path) -> None:
    store = machine(storage, tmp_path / "one")
    store.require_room()
    storage.stop()
    with pytest.raises(StoreError, match=r"s3://films/acme: could not .*FANOUT_STORE_URL.*nothing is bought twice"):
        put(store, label="luma gen-1")
    assert not storage.objects()
    with pytest.raises(StoreError):
        store.require_room()  # nothing more is bought now
    again = machine(storage, tmp_path / "one")
    with pytest.raises(StoreError):
        again.left("luma gen-1")
    storage.start()
    kept = machine(storage, tmp_path / "one")
    found = kept.left("luma gen-1")
    assert found is not None and (found.sha256, found.bytes) == (SHA, len(FILM))
    assert list(storage.objects()) == [f"{SHA}.mp4"]
    assert kept.left("luma gen-1") is None and kept.left("luma gen-2") is None


def test_what_was_kept_before_there_was_a_bucket_is_carried_there_once(storage: ObjectStorage, tmp_path: Path) -> None:
    alone = Store(tmp_path / "one/store")
    put(alone)
    rotten = put(alone, b"others")
    alone.local(rotten).write_bytes(b"rotten")
    store = machine(storage, tmp_path / "one")
    assert store.carry() == 2
    assert list(storage.objects()) == [f"{SHA}.mp4"]
    assert store.carry() == 0


def test_a_wrong_secret_is_told_without_being_shown(storage: ObjectStorage, tmp_path: Path) -> None:
    wrong = storage.environment(secret="not-the-secret-of-anybody")
    with pytest.raises(StoreError, match="Forbidden") as caught:
        open_store(read_settings(wrong), tmp_path).require_room()
    assert "not-the-secret" not in str(caught.value)


def test_a_bucket_that_is_not_there_is_not_an_empty_one(storage: ObjectStorage, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="s3://flims/acme"):
        machine(storage, tmp_path, FANOUT_STORE_URL="s3://flims/acme").exists(SHA)


def test_a_film_in_many_parts_arrives_whole(storage: ObjectStorage, tmp_path: Path) -> None:
    long = bytes(range(256)) * 4096 * 60  # above the library's 50 MB, so a multipart upload
    sha256 = put(machine(storage, tmp_path / "one"), long)
    assert machine(storage, tmp_path / "two").local(sha256).stat().st_size == len(long)


def test_a_shared_folder_is_the_store_itself(tmp_path: Path) -> None:
    settings = read_settings({"FANOUT_STORE_URL": f"file://{tmp_path}/shared%20store"})
    put(open_store(settings, tmp_path / "one"))
    found = open_store(settings, tmp_path / "two").local(SHA)
    assert found.is_relative_to(tmp_path / "shared store")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"FANOUT_STORE_URL": "bucket/folder"}, "write s3://bucket/folder"),
        ({"FANOUT_STORE_URL": "simplecache::s3://bucket"}, "write s3://bucket/folder"),
        ({"FANOUT_STORE_URL": "nosuch://bucket"}, "nosuch"),
        ({"FANOUT_STORE_URL": "file://host/folder"}, "three slashes"),
        ({"FANOUT_STORE_URL": "s3://b/f", "FANOUT_STORE_OPTIONS": "{"}, "no JSON"),
        ({"FANOUT_STORE_URL": "s3://b/f", "FANOUT_STORE_OPTIONS": "[]"}, "no JSON object"),
    ],
)
def test_an_address_that_nobody_can_use_is_named(environment: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=told):
        open_store(read_settings(environment), tmp_path)
