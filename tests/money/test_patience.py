"""What a run says of a provider that keeps it waiting."""

from campaign.buying.patience import TOLD_AFTER_S, TOLD_EVERY_S, Patience


def test_trouble_is_told_when_it_lasts_and_not_all_the_time() -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    told = []
    for now in range(200):
        if patience.is_worth_telling("luma"):
            told.append(now)
    assert told == [TOLD_AFTER_S, TOLD_AFTER_S + TOLD_EVERY_S, TOLD_AFTER_S + 2 * TOLD_EVERY_S, 195]


def test_a_provider_that_answers_again_is_in_no_trouble() -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    for cured in (patience.taken, patience.answered):
        assert not patience.is_worth_telling("luma")
        now += TOLD_AFTER_S
        cured("luma")
        assert not patience.is_worth_telling("luma")
        now += TOLD_AFTER_S
        assert patience.is_worth_telling("luma")
        cured("luma")
