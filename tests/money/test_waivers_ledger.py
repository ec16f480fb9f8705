"""Waivers in the ledger: they hold for one check of one file of one output, and for nothing else."""

from dataclasses import replace

from builders import a_finished, a_waiver
from sqlalchemy import text

from campaign.ledger.ledger import Ledger
from campaign.model.qc import Finding, QCReport

FRAMES = Finding(check="frames", severity="error", message="too short", measured="191", expected="192", frame=190)
SEAM = replace(FRAMES, check="seam", frame=96)
FILM = a_finished(report=QCReport((FRAMES, SEAM, replace(SEAM, severity="warning"))))


def told(ledger: Ledger) -> QCReport:
    return ledger.finished([FILM.key])[FILM.key].report


def test_a_film_passes_once_all_its_errors_are_waived_by_somebody(ledger: Ledger) -> None:
    ledger.record_finished(FILM)
    assert [error.check for error in told(ledger).errors] == ["frames", "seam"]
    ledger.waive((a_waiver(FILM),))
    assert [error.check for error in told(ledger).errors] == ["seam"]
    ledger.waive((a_waiver(FILM, check="seam", by="ben"),))
    assert told(ledger).passed
    assert [finding.waiver and finding.waiver.by for finding in told(ledger).findings] == ["Maria", "ben", None]


def test_one_changed_byte_voids_it(ledger: Ledger) -> None:
    ledger.record_finished(FILM)
    ledger.waive((a_waiver(FILM), a_waiver(FILM, check="seam")))
    ledger.record_finished(replace(FILM, sha256="9" * 64))
    assert len(told(ledger).errors) == 2


def test_another_output_with_the_same_bytes_is_judged_by_its_own_spec(ledger: Ledger) -> None:
    other = replace(FILM, key="e" * 64)
    ledger.record_finished(FILM)
    ledger.waive((a_waiver(other), a_waiver(other, check="seam")))
    assert not told(ledger).passed


def test_what_was_waived_does_not_stick_to_the_record(ledger: Ledger) -> None:
    waived = replace(FILM, report=QCReport((replace(FRAMES, waiver=a_waiver(FILM)),)))
    ledger.record_finished(waived)
    assert not told(ledger).passed


def test_waivers_are_only_added_and_do_not_disturb_what_is_verified(ledger: Ledger) -> None:
    ledger.record_finished(FILM)
    ledger.waive((a_waiver(FILM), a_waiver(FILM, by="ben")))
    ledger.waive(())
    with ledger._engine.connect() as connection:
        kept = connection.execute(text('SELECT "by" FROM waiver ORDER BY seq')).scalars().all()
    assert kept == ["Maria", "ben"]
    assert told(ledger).findings[0].waiver == a_waiver(FILM, by="ben")
    assert ledger.verify() == [] and list(ledger.export("fresh-days")) == []
