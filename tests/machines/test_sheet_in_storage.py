"""A sheet in object storage, on a real S3 server: read anew when it changed, and named when it cannot be read."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from object_storage import BUCKET, ObjectStorage, object_storage

from campaign.intake.brief import BriefReading, read_all
from campaign.preparing.sheets import sheet_of
from campaign.settings import read_settings

SMALL = Path(__file__).parents[1] / "fixtures" / "campaigns" / "small"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    with object_storage(tmp_path_factory.mktemp("s3") / "server") as running:
        (running.folder / "acme").mkdir()  # before anything is asked: the server remembers listings
        (running.folder / "acme" / "empty.csv").write_text("\n")
        shutil.copyfile(SMALL / "variants.csv", running.folder / "acme" / "variants.csv")
        yield running


def read(root: Path, storage: ObjectStorage, name: str = "variants.csv", **changes: str) -> BriefReading:
    text = (SMALL / "campaign.toml").read_text()
    address = f"s3://{BUCKET}/acme/{name}"
    (root / "campaign.toml").write_text(text.replace("[inputs]\n", f'[inputs]\nvariants = "{address}"\n'))
    settings = read_settings(storage.environment(**changes))
    return read_all(
        root / "campaign.toml", today=date(2026, 11, 20), obtain=lambda campaign: sheet_of(campaign, settings)
    )


def test_the_sheet_is_read_and_read_anew_when_it_changed(storage: ObjectStorage, root: Path) -> None:
    there = storage.folder / "acme" / "variants.csv"
    first, again = read(root, storage), read(root, storage)
    there.write_text(there.read_text() + "IT,winter,families,it-IT,a quiet lake\n")
    changed = read(root, storage)
    briefs = [each.brief for each in (first, again, changed)]
    assert [brief and [variant.market for variant in brief.variants] for brief in briefs] == [
        ["DE", "FR"], ["DE", "FR"], ["DE", "FR", "IT"],
    ]  # fmt: skip
    origin = briefs[2] and briefs[2].sheet_origin
    assert origin is not None
    assert origin.address == f"s3://{BUCKET}/acme/variants.csv"
    assert len(list((root / ".fanout" / "sheets").glob("*.csv"))) == 2


def test_what_cannot_be_read_is_named(storage: ObjectStorage, root: Path) -> None:
    (gone,) = read(root, storage, "none.csv").faults
    assert (gone.rule, gone.file) == ("sheet.gone", f"s3://{BUCKET}/acme/none.csv")
    (empty,) = read(root, storage, "empty.csv").faults
    assert empty.rule == "sheet.empty"
    (closed,) = read(root, storage, secret="another-secret").faults
    assert closed.rule in ("sheet.forbidden", "sheet.unreached")
    assert "another-secret" not in str(closed)
