"""One file of other people's in object storage: never more of it in memory than is allowed, whatever its server tells of it."""

from io import BytesIO
from typing import Any

import fsspec
import pytest

from campaign.errors import StoreError
from campaign.settings import Settings
from campaign.store.objects import read_object

MOST = 1000
URL = "reticent://acme/sheet.csv"


class Reticent:
    """A storage that tells no sizes, and hands over in pieces as a network does."""

    def __init__(self, data: bytes, size: int | None = None) -> None:
        self.data = data
        self.size = size
        self.handed_over = 0

    def info(self, path: str) -> dict[str, Any]:
        return {"name": path, "size": self.size}

    def open(self, path: str, mode: str) -> "Pieces":
        return Pieces(self)


class Pieces(BytesIO):
    def __init__(self, storage: Reticent) -> None:
        super().__init__(storage.data)
        self._storage = storage

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(min(size or 0, 300))
        self._storage.handed_over += len(data)
        return data


def read(storage: Reticent, monkeypatch: pytest.MonkeyPatch) -> bytes | None:
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url, **options: (storage, "acme/sheet.csv"))
    return read_object(URL, Settings(), most_bytes=MOST).data


@pytest.mark.parametrize("size", [0, 1, 301, MOST])
def test_a_file_whose_size_nobody_tells_is_read_whole(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(Reticent(b"x" * size), monkeypatch) == b"x" * size


@pytest.mark.parametrize(("told", "handed_over"), [(None, MOST + 1), (1, MOST + 1), (MOST * 100, 0)])
def test_one_that_is_too_large_is_refused_before_it_is_in_memory(
    told: int | None, handed_over: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Reticent(b"x" * MOST * 100, told)
    with pytest.raises(StoreError, match=r"^reticent://acme/sheet\.csv is larger than 1,000 bytes\.$"):
        read(storage, monkeypatch)
    assert storage.handed_over == handed_over
