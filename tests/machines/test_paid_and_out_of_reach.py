"""What is paid while the bucket is out of reach: told, kept on this machine, and in the bucket as soon as that answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from machines.test_depot import machine
from object_storage import ObjectStorage, object_storage
from shops import Shop, a_wanted_job, open_shop

from campaign.errors import StoreError
from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState
from campaign.settings import read_settings
from campaign.store import depot
from fanout.doctor_store import examine_store


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[ObjectStorage]:
    with object_storage(tmp_path / "server") as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, ledger: Ledger, storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(depot, "_PAUSES_S", (0.05,))
    found = open_shop(tmp_path, ledger)
    found.store = machine(storage, tmp_path / "home")
    return found


def test_a_result_that_the_vendor_has_forgotten_by_then_is_not_lost(
    shop: Shop, storage: ObjectStorage, tmp_path: Path
) -> None:
    fetch = shop.provider.fetch

    async def fetch_then_outage(*arguments: object) -> None:
        await fetch(*arguments)  # type: ignore[arg-type]
        storage.stop()

    shop.provider.fetch = fetch_then_outage  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="could not keep it"):
        shop.buy(a_wanted_job("one"))
    assert shop.record(a_wanted_job("one")).state is JobState.READY
    with pytest.raises(StoreError, match="could not reach it"):
        shop.buy(a_wanted_job("two"))
    assert shop.billed() == 1, "something was bought that could not have been kept"
    storage.start()
    shop.vendor.forget("gen-1")
    shop.store = machine(storage, tmp_path / "home")
    bought = shop.buy(a_wanted_job("one"))
    assert (bought.state, shop.billed()) == (JobState.STORED, 1)
    other = machine(storage, tmp_path / "elsewhere")
    assert other.local(str(bought.sha256)).read_bytes() == b"film gen-1"


def test_a_parent_that_another_machine_bought_is_fetched_to_start_from(
    shop: Shop, storage: ObjectStorage, tmp_path: Path
) -> None:
    bought = shop.buy(a_wanted_job())
    shop.store = machine(storage, tmp_path / "elsewhere")
    assert shop.buy(a_wanted_job()).sha256 == bought.sha256
    assert shop.billed() == 1 and shop.vendor.downloads == 1


def test_the_doctor_puts_a_file_there_and_reads_it_back(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depot, "_PAUSES_S", (0.05,))
    settings = read_settings(storage.environment())
    check = examine_store(settings)
    assert check is not None and check.ok and check.found.startswith("s3://films/acme")
    storage.stop()
    check = examine_store(settings)
    assert check is not None and not check.ok and "could not reach it" in check.found
    assert examine_store(read_settings({})) is None
