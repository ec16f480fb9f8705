"""Whatever happens to jobs in whatever order: replaying the events gives the rows, and the money adds up."""

import pytest
from builders import a_planned_job
from buying_terms import intend
from histories import CAPS, wander
from sqlalchemy import text

from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState


def check_money(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        for cap, reserved, spent, overrun in connection.execute(
            text("SELECT cap, reserved, spent, overrun FROM budget")
        ):
            assert min(reserved, spent, overrun) >= 0
            assert cap is None or reserved + spent - overrun <= cap


def test_events_replay_to_rows_whatever_happened(ledger: Ledger) -> None:
    seen: set[JobState] = set()
    for seed in range(20):
        for state in wander(ledger, seed):
            seen.add(state)
            check_money(ledger)
        assert ledger.verify() == [], f"seed {seed}"
    assert seen == set(JobState)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE job SET price_final = 0 WHERE price_final > 0",
        "UPDATE job SET state = 'planned'",
        "UPDATE job SET remote_id = 'gen-9'",
        "UPDATE job SET extras = '[]'",
        "UPDATE budget SET spent = 0",
        "UPDATE event SET to_state = 'rejected' WHERE to_state = 'submitted'",
        "DELETE FROM event WHERE to_state = 'planned'",
        "DELETE FROM event",
        "DELETE FROM job",
        "DELETE FROM budget",
    ],
)
def test_a_forged_entry_is_found(ledger: Ledger, forgery: str) -> None:
    planned = a_planned_job(price="2", provider="luma")
    ledger.plan("fresh-days", [planned])
    record = intend(ledger, planned, caps=CAPS).record
    ledger.purchases.ready(ledger.purchases.submitted(record.lease, remote_id="gen-1").lease)
    assert ledger.verify() == []
    with ledger._engine.begin() as connection:
        connection.execute(text(forgery))
    assert ledger.verify() != []
