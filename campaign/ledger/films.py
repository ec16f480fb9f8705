"""Finished films in the ledger: what each file is and what quality control said of it."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from campaign.ledger.clock import micro, moment
from campaign.ledger.rows import among
from campaign.ledger.tables import finished
from campaign.ledger.transaction import Tx
from campaign.ledger.waivers import with_waivers
from campaign.model.finished import Finished
from campaign.model.qc import FileFacts, Finding, QCReport

_FINDING = ("check", "severity", "message", "measured", "expected", "frame")


def record_films(tx: Tx, made: Iterable[Finished]) -> None:
    """Keep what was made for outputs; what was there before for the same keys is replaced."""
    for film in made:
        tx.connection.execute(delete(finished).where(finished.c.key == film.key))
        tx.connection.execute(insert(finished), _row(film))


def _row(film: Finished) -> dict[str, Any]:
    report = {
        "judged_by": film.judged_by,
        "findings": [_told(finding) for finding in film.report.findings],
        "told": [_told(finding) for finding in film.told],
    }
    return {
        "key": film.key,
        "campaign": film.campaign,
        "variant": film.variant,
        "ratio": film.ratio,
        "placement": film.placement,
        "sha256": film.sha256,
        "poster_sha256": film.poster_sha256,
        "facts": json.dumps({**asdict(film.facts), "rate": str(film.facts.rate)}),
        "report": json.dumps(report),
        "made_at": micro(film.made_at),
    }


def read_films(connection: Connection, keys: Iterable[str]) -> dict[str, Finished]:
    """The finished films among the output keys, with what persons let pass."""
    statement = select(finished).where(among(connection, finished.c.key, keys))
    return with_waivers(connection, {row["key"]: _film(row) for row in connection.execute(statement).mappings()})


def _told(finding: Finding) -> dict[str, Any]:
    """A finding without its waiver, which has rows of its own."""
    return {name: getattr(finding, name) for name in _FINDING}


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(**{name: told[name] for name in _FINDING})


def _film(row: Any) -> Finished:
    facts, report = json.loads(row["facts"]), json.loads(row["report"])
    if isinstance(report, list):  # as it was written before it said by which limits
        report = {"judged_by": "", "findings": report, "told": []}
    return Finished(
        key=row["key"],
        campaign=row["campaign"],
        variant=row["variant"],
        ratio=row["ratio"],
        placement=row["placement"],
        sha256=row["sha256"],
        poster_sha256=row["poster_sha256"],
        facts=FileFacts(**{**facts, "rate": Fraction(facts["rate"]), "colour": tuple(facts["colour"])}),
        report=QCReport(tuple(_finding(told) for told in report["findings"])),
        made_at=moment(row["made_at"]),
        told=tuple(_finding(told) for told in report["told"]),
        judged_by=report["judged_by"],
    )
