"""What was uploaded to providers, so that the same bytes go out once however many jobs start from them."""

from datetime import datetime
from hashlib import sha256 as hash_of

from sqlalchemy import ColumnElement, Engine, and_, delete, select

from campaign.ledger.clock import SECOND, Clock, micro
from campaign.ledger.database import named, snapshot
from campaign.ledger.rows import replacing
from campaign.ledger.tables import upload
from campaign.ledger.transaction import Tx, Writer

MARGIN_S = 300
"""An upload that expires sooner counts as gone: the job that names it has yet to be sent and begun."""

_LONGEST = 64


class LedgerShelf:
    """Providers' names for uploaded bytes, by provider, account (a fingerprint of the key) and sha256. Safe from threads.

    A `sha256` may have a recipe behind it: how the bytes were changed on their way out.
    """

    def __init__(self, engine: Engine, writer: Writer, where: str, clock: Clock) -> None:
        self._engine = engine
        self._writer = writer
        self._where = where
        self._clock = clock

    def known(self, provider: str, account: str, sha256: str) -> str | None:
        """The provider's name for these bytes; None when they were not uploaded, or have expired there, or soon will."""
        living = upload.c.expires_at.is_(None) | (upload.c.expires_at > self._clock() + MARGIN_S * SECOND)
        wanted = select(upload.c.ref).where(_of(provider, account, sha256), living)
        with named(self._where), snapshot(self._engine) as connection:
            return connection.execute(wanted).scalar()

    def remember(self, provider: str, account: str, sha256: str, ref: str, expires_at: datetime | None) -> None:
        """Keep the name for the next job, and for the next run."""
        expires = None if expires_at is None else micro(expires_at)
        values = {"provider": provider, "account": account, "sha256": _mark(sha256), "ref": ref, "expires_at": expires}

        def keep(tx: Tx) -> None:
            tx.connection.execute(replacing(tx.connection, upload), values)

        self._writer.write(keep)

    def forget(self, provider: str, account: str, sha256: str) -> None:
        """It is no longer there."""

        def drop(tx: Tx) -> None:
            tx.connection.execute(delete(upload).where(_of(provider, account, sha256)))

        self._writer.write(drop)


def _of(provider: str, account: str, sha256: str) -> ColumnElement[bool]:
    return and_(upload.c.provider == provider, upload.c.account == account, upload.c.sha256 == _mark(sha256))


def _mark(sha256: str) -> str:
    """What stands in the column, which takes 64 characters: with a recipe behind it the hash of both."""
    return sha256 if len(sha256) <= _LONGEST else hash_of(sha256.encode()).hexdigest()
