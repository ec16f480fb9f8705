"""The ledger: what was planned, bought, paid, made. Its room is the only door for SQLAlchemy.

Synchronous and thread-safe; every write is on disk when it returns. Everything raises LedgerBusy (nothing was written:
repeat it) or LedgerError (a person must look).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import QueuePool

from campaign.ledger import (
    approvals,
    brakes,
    budgets,
    doubts,
    editions,
    export,
    films,
    hints,
    planned,
    reading,
    routes,
    runs,
    spending,
    verify,
)
from campaign.ledger.clock import Clock, wall_clock
from campaign.ledger.database import disposed_on_error, named, open_engine, snapshot
from campaign.ledger.owner import new_owner
from campaign.ledger.purchases import Purchases
from campaign.ledger.records import Cap, Event, Hint, JobRecord, Money, Outcome, RouteRecord, RunRecord
from campaign.ledger.rows import read_records, record_of
from campaign.ledger.shelf import LedgerShelf
from campaign.ledger.transaction import Tx
from campaign.ledger.waivers import waive
from campaign.ledger.writers import open_writer
from campaign.model.approvals import Approval, SpendApproval
from campaign.model.finished import Finished
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState
from campaign.model.qc import Waiver

T = TypeVar("T")

LAST_CALL_S = 10.0
"""How long closing waits for calls under way."""


class Ledger:
    """The memory of one campaign folder, or of one server.

    `purchases` holds what a job goes through while it is bought, `shelf` what was uploaded to providers.
    """

    def __init__(self, engine: Engine, purchases: Purchases, where: str, clock: Clock = wall_clock) -> None:
        self._engine = engine
        self._writer = purchases.writer
        self._where = where
        self._owner = new_owner()
        self.purchases = purchases
        self.shelf = LedgerShelf(engine, purchases.writer, where, clock)

    @classmethod
    def open(cls, url: str, *, busy_s: float = 60, clock: Clock = wall_clock) -> Self:
        """Open the ledger at an SQLAlchemy URL (`sqlite:////home/me/.fanout/ledger.sqlite3`, `postgresql://host/name`).

        Made when there has never been one. Raises LedgerError, with the cure, for one that is broken, truncated, gone or
        older than what was written to it; LedgerBusy after `busy_s` seconds behind another process.
        """
        engine, path, shown = open_engine(url, busy_s)
        with disposed_on_error(engine):
            return cls(engine, Purchases(open_writer(engine, path, clock)), shown, clock)

    def close(self) -> None:
        """Give all connections back. A call that a cancelled coroutine left behind in its thread is waited for."""
        self._writer.close()
        pool, deadline = self._engine.pool, time.monotonic() + LAST_CALL_S
        while isinstance(pool, QueuePool) and pool.checkedout() and time.monotonic() < deadline:
            time.sleep(0.01)
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def plan(self, campaign: str, jobs: Iterable[PlannedJob]) -> int:
        """Add the jobs that are not known yet; returns how many. Known ones stay as they are."""
        listed = tuple(jobs)
        return self._writer.write(lambda tx: planned.add_jobs(tx, campaign, listed, self._owner))

    def records(self, keys: Iterable[str]) -> dict[str, JobRecord]:
        """The jobs among `keys` that are known, by key; one SELECT however many are asked for."""
        return self._read(lambda connection: read_records(connection, keys))

    def record(self, key: str) -> JobRecord | None:
        """One job, None when it was never planned."""
        return self.records([key]).get(key)

    def matching(self, prefix: str) -> tuple[JobRecord, ...]:
        """The jobs whose key begins with `prefix`, as people quote keys; at most 20."""
        return self._read(lambda connection: reading.records_with(connection, prefix))

    def records_in(self, campaign: str, states: Iterable[JobState]) -> tuple[JobRecord, ...]:
        """The jobs of a campaign that are in one of `states`."""
        return self._read(lambda connection: reading.records_in(connection, campaign, states))

    def intents_of(self, owner: str) -> tuple[JobRecord, ...]:
        """The jobs that an owner holds an intent for, and no answer yet."""
        return self._read(lambda connection: reading.intents_of(connection, owner))

    def history(self, key: str) -> tuple[Event, ...]:
        """Everything that ever happened to a job, oldest first."""
        return self._read(lambda connection: reading.history_of(connection, key))

    def editions(self, campaign: str) -> dict[tuple[str, str], int]:
        """The edition of each (variant key, ask_key) that was regenerated; all others are at 1."""
        return self._read(lambda connection: editions.read_editions(connection, campaign))

    def next_editions(self, asks: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """The editions that `bump` would give to each (variant key, ask_key) now; nothing is written."""
        chosen = tuple(asks)
        return self._read(lambda connection: editions.next_editions(connection, chosen))

    def bump(self, campaign: str, seen: Mapping[tuple[str, str], int], by: str) -> dict[tuple[str, str], int]:
        """Give each (variant key, ask_key) that is still at the edition `seen` a new one, above the highest of that ask anywhere.

        Returns those given: where another run was faster, what that one asked for stands, and nothing is bought twice.
        """
        return self._writer.write(lambda tx: editions.bump(tx, campaign, seen, by))

    def finished(self, keys: Iterable[str]) -> dict[str, Finished]:
        """The finished films among output keys, by key."""
        return self._read(lambda connection: films.read_films(connection, keys))

    def record_finished(self, *made: Finished) -> None:
        """Keep what was made for outputs, replacing what was made for the same keys before."""
        self._writer.write(lambda tx: films.record_films(tx, made))

    def waive(self, waivers: tuple[Waiver, ...]) -> None:
        """Write down which errors of quality control persons let pass; `finished` then tells who."""
        self._writer.write(lambda tx: waive(tx, waivers))

    def set_caps(self, caps: Iterable[Cap]) -> tuple[str, ...]:
        """Set the limits of budgets; returns a sentence for each that already holds more than its limit."""
        listed = tuple(caps)
        return tuple(self._writer.write(lambda tx: budgets.set_caps(tx, listed)))

    def money(self, campaign: str) -> Money:
        """What a campaign has reserved and spent, over all its runs."""
        return self.budget(campaign_scope(campaign))

    def budget(self, scope: str) -> Money:
        """What one budget holds."""
        return self._read(lambda connection: budgets.read_money(connection, scope))

    def brakes(self) -> dict[str, str]:
        """The providers at which nothing is bought until a person has looked, each with the reason."""
        return self._read(brakes.read_brakes)

    def thaw(self, provider: str) -> None:
        """Buy at a provider again, after a person has looked: neither frozen nor barred any more."""

        def both(tx: Tx) -> None:
            routes.reopen(tx, provider)
            brakes.thaw(tx, provider)

        self._writer.write(both)

    def heard(
        self, provider: str, operation: str, outcome: Outcome, note: str = "", retry_after_s: float | None = None
    ) -> None:
        """What came of asking `provider` for `operation`: it opens, closes, slows or bars the route for all who buy there.

        `retry_after_s` is the provider's own wish with THROTTLED; at most ten minutes of it are granted.
        """
        if self._read(lambda connection: routes.changes_nothing(connection, provider, operation, outcome)):
            return
        self._writer.write(lambda tx: routes.heard(tx, provider, operation, outcome, note, retry_after_s))

    def routes(self) -> tuple[RouteRecord, ...]:
        """How it stands with buying at each provider, and with each operation there, of which there is anything to tell."""
        return self._read(routes.read_routes)

    def reopen(self, provider: str | None = None) -> None:
        """Let one job try a provider that was barred (None: each that was): a new run begins, or a person has acted."""
        self._writer.write(lambda tx: routes.reopen(tx, provider))

    def resolve_paid(self, key: str, remote_id: str, by: str) -> JobRecord:
        """A person found the job that is in doubt at its provider, as `remote_id`: SUBMITTED, for the next run to collect.

        This and the two below raise LedgerError, with what to do, for a job that is not IN_DOUBT.
        """
        return record_of(self._writer.write(lambda tx: doubts.paid(tx, key, remote_id, by)))

    def resolve_not_paid(self, key: str, by: str) -> JobRecord:
        """A person saw that the provider never took it: PLANNED, the same attempt, its money free."""
        return record_of(self._writer.write(lambda tx: doubts.not_paid(tx, key, by)))

    def resubmit(self, key: str, by: str) -> JobRecord:
        """A person wants it anyway: the attempt in doubt is DEAD and counts as spent, the next one is PLANNED."""
        return record_of(self._writer.write(lambda tx: doubts.resubmit(tx, key, by)))

    def hint(self, provider: str, intent_id: str, remote_id: str) -> bool:
        """A provider said that there is news of an intent, which it calls `remote_id`. False when it had said so before."""
        return self._writer.write(lambda tx: hints.add_hint(tx, provider, intent_id, remote_id))

    def newest_hint(self) -> int:
        """The number of the last hint, 0 when there was none."""
        return self._read(hints.newest)

    def hints_after(self, number: int) -> tuple[Hint, ...]:
        """The hints that came after the one of this number, oldest first."""
        return self._read(lambda connection: hints.hints_after(connection, number))

    def hints_of(self, intent_id: str) -> tuple[Hint, ...]:
        """What was said of an intent, oldest first."""
        return self._read(lambda connection: hints.hints_of(connection, intent_id))

    def decide(self, decisions: Iterable[Approval]) -> None:
        """Write down what persons decided about drafts."""
        listed = tuple(decisions)
        self._writer.write(lambda tx: approvals.decide(tx, listed))

    def approvals(self, campaign: str) -> dict[tuple[str, str], Approval]:
        """The newest decision about each (variant key, ratio label) of a campaign."""
        return self._read(lambda connection: approvals.read_approvals(connection, campaign))

    def decisions(self, campaign: str) -> tuple[Approval, ...]:
        """Every decision that was ever made about drafts of a campaign, oldest first."""
        return self._read(lambda connection: approvals.read_decisions(connection, campaign))

    def say_of_spending(self, approval: SpendApproval) -> None:
        """Write down what was said about buying a plan."""
        self._writer.write(lambda tx: spending.say_of_spending(tx, approval))

    def answer_spending(self, answer: SpendApproval) -> bool:
        """Write an answer down, unless somebody was faster: then its plan waits no more. Whether it was written."""
        return self._writer.write(lambda tx: spending.answer_spending(tx, answer))

    def spend_answer(self, campaign: str, plan_sha256: str) -> SpendApproval | None:
        """The newest answer about buying a plan, None when there is none."""
        return self._read(lambda connection: spending.read_answer(connection, campaign, plan_sha256))

    def waiting_to_spend(self, campaign: str) -> tuple[SpendApproval, ...]:
        """The plans that were asked about and not answered yet, oldest first."""
        return self._read(lambda connection: spending.read_waiting(connection, campaign))

    def begin_run(
        self, run_id: str, campaign: str, *, order: Mapping[str, object], snapshot: Mapping[str, object]
    ) -> None:
        """Write down that a run begins: what was asked for, and the plan in short. The same id twice is one run."""
        self._writer.write(lambda tx: runs.begin_run(tx, run_id, campaign, order, snapshot, self._owner))

    def end_run(self, run_id: str, outcome: str) -> None:
        """Write down how a run ended."""
        self._writer.write(lambda tx: runs.end_run(tx, run_id, outcome))

    def last_run(self, campaign: str) -> RunRecord | None:
        """The latest run of a campaign, ended or not."""
        return self._read(lambda connection: runs.read_last_run(connection, campaign))

    def export(
        self, campaign: str | None = None, *, locate: Callable[[str], Path | None] | None = None
    ) -> Iterator[dict[str, Any]]:
        """One object for each attempt at each job, fields in the order scripts depend on; prices are JSON numbers.

        `locate` gives the path of a sha256 (None when it is not in the store); without it `artifact_path` is None.
        """
        with named(self._where), snapshot(self._engine) as connection:
            yield from export.export_attempts(connection, campaign, locate)

    def verify(self, *, deep: bool = False, store: verify.Files | None = None) -> list[str]:
        """Everything that does not add up, in sentences: rows against events, budgets, files (`deep`: their bytes)."""
        with named(self._where), snapshot(self._engine) as connection:
            found = [*verify.verify_database(connection), *verify.verify_jobs(connection)]
            if store is not None:
                found += verify.verify_files(connection, store, deep=deep)
        return found

    def _read(self, read: Callable[[Connection], T]) -> T:
        with named(self._where), snapshot(self._engine) as connection:
            return read(connection)


def campaign_scope(campaign: str) -> str:
    """The budget that counts all that a campaign spends."""
    return f"campaign:{campaign}"
