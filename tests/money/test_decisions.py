"""Decisions about drafts: all of them are kept, the newest counts."""

from dataclasses import replace
from datetime import timedelta

from builders import an_approval

from campaign.ledger.ledger import Ledger
from campaign.model.approvals import Verdict


def test_every_decision_is_kept_in_order_and_the_newest_of_each_film_counts(ledger: Ledger) -> None:
    first = an_approval(note="the light is right")
    other = an_approval(ratio="9:16", takes=())
    later = replace(first, verdict=Verdict.REJECTED, by="Kim", at=first.at + timedelta(hours=1), note="")
    foreign = an_approval(campaign="another")
    ledger.decide([first, other])
    ledger.decide([later, foreign])
    assert ledger.decisions("fresh-days") == (first, other, later)
    assert ledger.approvals("fresh-days") == {(first.variant, "16:9"): later, (first.variant, "9:16"): other}
    assert ledger.decisions("never-seen") == ()
