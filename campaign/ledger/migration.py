"""Bringing an older ledger up to this schema, in place: one transaction, so that it is the old one or the new one.

Each step is written out as it was when its version was new, and stays so when the tables change again.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select, update

from campaign.ledger.tables import VERSION, meta

_TO_2 = (
    "ALTER TABLE job ADD COLUMN extras TEXT",
    "ALTER TABLE event ADD COLUMN answer TEXT",
    "CREATE INDEX job_route ON job (provider, operation, state)",
    "CREATE TABLE route (provider TEXT NOT NULL, operation VARCHAR(16) NOT NULL, state VARCHAR(16) NOT NULL, "
    "recent VARCHAR(20) NOT NULL, trips INTEGER NOT NULL, waits INTEGER NOT NULL, until BIGINT, probe_until BIGINT, "
    "note TEXT NOT NULL, PRIMARY KEY (provider, operation))",
    "CREATE TABLE upload (provider TEXT NOT NULL, account VARCHAR(64) NOT NULL, sha256 VARCHAR(64) NOT NULL, "
    "ref TEXT NOT NULL, expires_at BIGINT, PRIMARY KEY (provider, account, sha256))",
    "CREATE TABLE approval (seq {counted}, campaign TEXT NOT NULL, variant TEXT NOT NULL, ratio VARCHAR(16) NOT NULL, "
    "verdict VARCHAR(16) NOT NULL, file TEXT NOT NULL, file_sha256 VARCHAR(64) NOT NULL, prompt_sha256 VARCHAR(64) NOT NULL, "
    'model TEXT NOT NULL, takes TEXT NOT NULL, "by" TEXT NOT NULL, at BIGINT NOT NULL, note TEXT NOT NULL)',
    "CREATE INDEX approval_of ON approval (campaign, variant, ratio, seq)",
)
_TO_3 = (
    "CREATE TABLE waiver (seq {counted}, campaign TEXT NOT NULL, key VARCHAR(64) NOT NULL, sha256 VARCHAR(64) NOT NULL, "
    '"check" TEXT NOT NULL, "by" TEXT NOT NULL, at BIGINT NOT NULL, note TEXT NOT NULL)',
    "CREATE INDEX waiver_of ON waiver (key, sha256)",
)
_TO_4 = (
    "CREATE TABLE spend_approval (seq {counted}, campaign TEXT NOT NULL, plan_sha256 VARCHAR(64) NOT NULL, "
    "verdict VARCHAR(16) NOT NULL, price BIGINT NOT NULL, jobs INTEGER NOT NULL, left_out TEXT NOT NULL, "
    '"by" TEXT NOT NULL, at BIGINT NOT NULL, note TEXT NOT NULL)',
    "CREATE INDEX spend_approval_of ON spend_approval (campaign, plan_sha256, seq)",
    "CREATE TABLE hint (seq {counted}, provider TEXT NOT NULL, intent_id VARCHAR(36) NOT NULL, remote_id TEXT NOT NULL, "
    "at BIGINT NOT NULL)",
    "CREATE UNIQUE INDEX hint_of ON hint (intent_id, remote_id)",
)
_STEPS: Mapping[int, Sequence[str]] = {1: _TO_2, 2: _TO_3, 3: _TO_4}
"""From each version to the next."""

_COUNTED = {
    "sqlite": "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
    "postgresql": "BIGSERIAL NOT NULL PRIMARY KEY",
}


def migrate(connection: Connection) -> None:
    """Bring the schema up to ours; nothing when it is that already, or one that we cannot bring there.

    The caller holds the lock under which schemas are changed: two processes may begin at once.
    """
    found = read_version(connection)
    while found in _STEPS:
        for statement in _STEPS[found]:
            connection.exec_driver_sql(statement.format(counted=_COUNTED[connection.dialect.name]))
        found += 1
        connection.execute(update(meta).where(meta.c.name == "version").values(value=str(found)))


def read_version(connection: Connection) -> int:
    """The version of the schema that is there."""
    return int(connection.execute(select(meta.c.value).where(meta.c.name == "version")).scalar_one())


def is_old(version: int) -> bool:
    """Whether `migrate` would change a ledger of this version."""
    return version < VERSION and version in _STEPS
