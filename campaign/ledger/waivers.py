"""Errors of quality control that a person lets pass. Rows are only added, and each holds for one file alone."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from sqlalchemy import Connection, insert, select

from campaign.ledger.clock import micro, moment
from campaign.ledger.rows import among
from campaign.ledger.tables import waiver
from campaign.ledger.transaction import Tx
from campaign.model.finished import Finished
from campaign.model.qc import Finding, QCReport, Waiver

Known = Mapping[tuple[str, str, str], Waiver]
"""(output key, sha256 of the film, check) to the last waiver of it."""


def waive(tx: Tx, waivers: Iterable[Waiver]) -> None:
    """Write waivers down, in their order."""
    rows = [{**asdict(one), "at": micro(one.at)} for one in waivers]
    if rows:
        tx.connection.execute(insert(waiver), rows)


def read_waivers(connection: Connection, keys: Iterable[str]) -> tuple[Waiver, ...]:
    """Every waiver about the outputs `keys`, oldest first."""
    rows = connection.execute(select(waiver).where(among(connection, waiver.c.key, keys)).order_by(waiver.c.seq))
    return tuple(
        Waiver(**{**{name: row[name] for name in row if name != "seq"}, "at": moment(row["at"])})
        for row in rows.mappings()
    )


def with_waivers(connection: Connection, films: Mapping[str, Finished]) -> dict[str, Finished]:
    """The films, their errors marked where a person waived them in these very bytes."""
    failed = [film.key for film in films.values() if not film.report.passed]
    if not failed:
        return dict(films)
    known = {(one.key, one.sha256, one.check): one for one in read_waivers(connection, failed)}
    return {key: replace(film, report=_marked(film, known)) if known else film for key, film in films.items()}


def _marked(film: Finished, known: Known) -> QCReport:
    return QCReport(tuple(_let_pass(film, finding, known) for finding in film.report.findings))


def _let_pass(film: Finished, finding: Finding, known: Known) -> Finding:
    waiver = known.get((film.key, film.sha256, finding.check))
    return replace(finding, waiver=waiver) if finding.severity == "error" else finding
