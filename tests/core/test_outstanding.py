"""What a run still has to do: what vendors have already comes first, what nobody can mend not at all."""

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import a_variant
from plans import a_brief, a_campaign, a_plan

from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Plan
from campaign.model.standing import FilmStanding, JobStanding, Standing
from tasks.outstanding import Outstanding, outstanding

ROWS = ("one", "two", "three", "four", "five")


@pytest.fixture(scope="module")
def plan() -> Plan:
    variants = [
        a_variant(key=name, demographic=name, line=2 + n, priority=n, values=(("setting", name), ("light", "dusk")))
        for n, name in enumerate(ROWS)
    ]
    return a_plan(a_brief(*variants, campaign=a_campaign(ratios=a_campaign().ratios[:2])))


def left(plan: Plan, states: dict[str, tuple[JobState, Reason | None, str]], *, elsewhere: bool = False) -> Outstanding:
    """What is left when the first modify of each row is in the state given, at the provider given."""
    jobs: dict[str, JobStanding] = {}
    for row, (state, reason, provider) in states.items():
        key = next(key for key, job in plan.jobs.items() if job.variants[0] == row and job.job.parent is None)
        jobs[key] = JobStanding(
            state=state, reason=reason, provider=provider, remote_id=None, price_reserved_usd=Decimal(1),
            price_final_usd=None, artifact_sha256=None, note="as they said",
        )  # fmt: skip
    blank = FilmStanding(film=plan.films[0], status=None, reason=None, sentence="", todo=())
    films = tuple(replace(blank, film=film, todo=film.jobs) for film in plan.films)
    standing = Standing(films=films, jobs=jobs, finished={}, changes=None)
    return outstanding(plan, standing, plan.films, elsewhere=elsewhere)


def test_the_nearer_to_the_store_the_earlier_then_by_priority(plan: Plan) -> None:
    states = {
        "one": (JobState.INTENT, None, "luma"),
        "two": (JobState.READY, None, "luma"),
        "four": (JobState.SUBMITTED, None, "luma"),
    }
    assert list(left(plan, states).works) == ["two", "four", "one", "five", "three"]
    assert list(left(plan, {}).works) == ["five", "four", "three", "two", "one"]


@pytest.mark.parametrize(
    ("state", "reason", "provider", "elsewhere", "hopeless"),
    [
        (JobState.REJECTED, Reason.REJECTED, "luma", False, True),
        (JobState.REJECTED, Reason.REJECTED, "luma", True, False),
        (JobState.REJECTED, Reason.REJECTED, "fal", False, False),
        (JobState.REJECTED, Reason.MODERATED, "luma", True, True),
        (JobState.REJECTED, Reason.MODERATED, "fal", True, True),
        (JobState.IN_DOUBT, Reason.IN_DOUBT, "luma", True, True),
        (JobState.BUDGET, Reason.BUDGET, "luma", False, False),
        (JobState.CANCELLED, Reason.CANCELLED, "luma", False, False),
    ],
)
def test_what_no_run_can_mend_is_settled(
    plan: Plan, state: JobState, reason: Reason, provider: str, elsewhere: bool, hopeless: bool
) -> None:
    found = left(plan, {"one": (state, reason, provider)}, elsewhere=elsewhere)
    assert ("one" not in found.works) == hopeless
    assert {end.film.variant.key for end in found.settled} == ({"one"} if hopeless else set())
