"""A person's answer that is given elsewhere while a run waits for it."""

import asyncio
from uuid import uuid4

import pytest

from campaign.errors import LedgerError
from flows.approvals import asking
from flows.approvals.asking import Answer


def test_a_ledger_that_is_out_of_reach_for_a_moment_ends_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    yes, looks = Answer(your_name="Ada", approve="yes"), list[None]()

    def look() -> Answer:
        looks.append(None)
        if len(looks) == 1:
            raise LedgerError("the server is being started again")
        return yes

    async def resumed(flow_run_id: object, answer: Answer) -> bool:
        return answer is yes

    monkeypatch.setattr(asking, "LOOK_S", 0.01)
    monkeypatch.setattr(asking, "_resumed", resumed)
    assert asyncio.run(asking._elsewhere(uuid4(), look, 60)) is yes
    assert len(looks) == 2
