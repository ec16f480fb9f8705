"""Hints in the ledger: kept once however often they are said, and nothing else moves."""

from campaign.ledger.ledger import Ledger

INTENT, OTHER = "0c5b2f2e-7f0a-5e5b-9b7e-6d6f4c2b1a00", "1c5b2f2e-7f0a-5e5b-9b7e-6d6f4c2b1a00"


def test_a_hint_said_ten_times_is_one(ledger: Ledger) -> None:
    before = ledger.newest_hint()
    assert [ledger.hint("fal", INTENT, "req-1") for _ in range(10)] == [True, *[False] * 9]
    assert ledger.hint("fal", OTHER, "req-2")
    found = ledger.hints_after(before)
    assert [(each.provider, each.intent_id, each.remote_id) for each in found] == [
        ("fal", INTENT, "req-1"),
        ("fal", OTHER, "req-2"),
    ]
    assert ledger.hints_after(found[0].number) == found[1:]
    assert ledger.newest_hint() == found[-1].number
    assert ledger.hints_of(OTHER) == found[1:]
    assert ledger.verify() == []
