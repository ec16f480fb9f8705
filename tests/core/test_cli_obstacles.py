"""What `fanout status` says stands in the way: moderation with row and words, stopped providers, money in doubt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_variant, an_approval
from standings import a_campaign_in, a_job_standing, a_standing, refused

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Outcome
from campaign.model.outcomes import JobState, Reason, Status
from fanout.obstacles import (
    decisions,
    held_in_doubt,
    moderated,
    say_decisions,
    say_doubts,
    say_moderated,
    say_stopped,
    stopped,
)


def test_a_refusal_by_moderation_names_the_row_and_the_words_once_for_all_its_ratios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = a_campaign_in(tmp_path, a_variant(line=7))
    modify = next(key for key, planned in plan.jobs.items() if planned.job.parent is None)
    standing = a_standing(plan, jobs={modify: refused(Reason.MODERATED, "content_moderated: a brand is seen")})
    (found,) = moderated(plan, standing, standing.films)
    assert (found.key, found.line, found.provider) == (modify, 7, "luma")
    assert found.ratios == ("16:9", "9:16")
    assert found.prompt == plan.jobs[modify].job.prompt.text
    say_moderated([found], "variants.csv")
    err = capsys.readouterr().err
    assert "variants.csv:7" in err
    assert "content_moderated: a brand is seen" in err
    assert "the same words would be refused again" in err


def test_other_failures_are_no_moderation(tmp_path: Path) -> None:
    plan = a_campaign_in(tmp_path)
    standing = a_standing(plan, jobs={key: refused(Reason.REJECTED, "too long") for key in plan.jobs})
    assert moderated(plan, standing, standing.films) == ()


def test_money_in_doubt_is_counted_and_each_job_has_its_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = a_campaign_in(tmp_path)
    first, second, *_ = plan.jobs
    doubt = a_job_standing(JobState.IN_DOUBT, reason=Reason.IN_DOUBT, price_reserved_usd=Decimal("1.08"))
    going = a_job_standing(JobState.SUBMITTED, price_reserved_usd=Decimal(2))
    standing = a_standing(plan, jobs={first: doubt, second: going})
    assert held_in_doubt(standing) == Decimal("1.08")
    say_doubts(plan, standing)
    err = capsys.readouterr().err
    assert "1 job may have been paid, 1.08 USD are held" in err
    assert f"fanout jobs resolve {first[:8]} --paid REMOTE_ID" in err
    assert second[:8] not in err


def test_what_is_stopped_is_told_with_its_reason_and_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as ledger:
        assert stopped(ledger) == ()
        ledger.heard("fal", "modify", Outcome.BARRED, "the key is refused (401)")
        ledger.heard("runware", "modify", Outcome.THROTTLED, "too many requests", retry_after_s=300)
        for _ in range(5):
            ledger.heard("luma", "reframe", Outcome.FAILED, "502 Bad Gateway")
        found = {each.provider: each for each in stopped(ledger)}
    assert (found["fal"].state, found["fal"].why) == ("barred", "the key is refused (401)")
    assert (found["luma"].state, found["luma"].operation) == ("open", "reframe")
    assert found["runware"].state == "throttled"
    said = found["runware"].cure.removeprefix("nothing to do: it goes on by itself at ").removesuffix(" UTC")
    until = datetime.combine(datetime.now(UTC).date(), datetime.strptime(said, "%H:%M:%S").time(), UTC)
    assert timedelta(seconds=280) < (until - datetime.now(UTC)) % timedelta(days=1) <= timedelta(seconds=300)
    say_stopped(found.values())
    assert "the next `fanout run` tries it once" in " ".join(capsys.readouterr().err.split())


def test_drafts_that_wait_for_a_decision_are_counted_where_one_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = a_campaign_in(tmp_path, ratios=("16:9", "9:16", "1:1"))
    films = tuple(replace(film, status=Status.DELIVERED) for film in a_standing(plan).films)
    decided = {(films[0].film.variant.key, "16:9"): an_approval(ratio="16:9")}
    assert decisions(films, decided, asked=True) == {"approved": 1, "rejected": 0, "waiting": 2}
    assert decisions(films, decided, asked=False)["waiting"] == 0
    say_decisions(decisions(films, decided, asked=True))
    assert "drafts: 1 approved, 2 waiting; look at them, then `fanout approve`" in capsys.readouterr().err


def test_segments_of_a_row_that_share_refused_words_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = a_campaign_in(tmp_path, a_variant(line=7))
    modifies = [key for key, planned in plan.jobs.items() if planned.job.parent is None]
    assert len({plan.jobs[key].job.prompt.sha256 for key in modifies}) == 1 < len(modifies)
    standing = a_standing(plan, jobs={key: refused(Reason.MODERATED, "a brand is seen") for key in modifies})
    (found,) = moderated(plan, standing, standing.films)
    assert (found.key, found.keys) == (modifies[0], tuple(modifies))
    assert found.segments == tuple(plan.jobs[key].job.segment.name for key in modifies)
    say_moderated([found], "variants.csv")
    assert " ".join(found.segments) in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("does not take the key: 401", "luma does not take the key: 401"),
        ("refused it (HTTP 400)", "luma refused it (HTTP 400)"),
        ("refused by moderation", "refused by moderation"),
    ],
)
def test_what_a_provider_did_has_its_subject(tmp_path: Path, note: str, told: str) -> None:
    plan = a_campaign_in(tmp_path)
    standing = a_standing(plan, jobs=dict.fromkeys(plan.jobs, refused(Reason.REJECTED, note)))
    assert standing.films[0].sentence.endswith(f": {told}")
