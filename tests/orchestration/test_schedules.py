"""Schedules as the server counts them: local time, daylight saving included; one run makes up for those that were missed."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from orchestration.small_campaign import SmallCampaign
from prefect import State
from prefect.client.schemas.objects import CreatedBy, FlowRun
from prefect.context import FlowRunContext
from prefect.server.schemas.schedules import CronSchedule
from prefect.states import Completed

from campaign.errors import SetupError
from campaign.model.campaign import Schedule
from flows import fulfilling
from flows.approvals.wishes import Wish
from flows.control.timetable import Timed, selectors_of, timed
from flows.fan_out import fan_out
from flows.room.missed import superseded


def test_slugs_stay_while_the_entries_of_a_market_keep_their_order() -> None:
    berlin, tokyo = "Europe/Berlin", "Asia/Tokyo"
    made = timed(
        (
            Schedule(market="DE", cron="0 6 * * *", timezone=berlin),
            Schedule(market="JP", cron="0 6 * * *", timezone=tokyo),
            Schedule(market="DE", cron="0 18 * * *", timezone=berlin),
        )
    )
    assert [each.slug for each in made] == ["de-1", "jp-1", "de-2"]
    assert [each.parameters["only"] for each in made] == [["market=DE"], ["market=JP"], ["market=DE"]]


@pytest.mark.parametrize(
    ("zone", "cron", "start", "utc_hours"),
    [
        ("Europe/Berlin", "0 6 * * *", datetime(2027, 3, 27, tzinfo=UTC), [5, 4, 4]),
        ("Europe/Berlin", "0 6 * * *", datetime(2026, 10, 24, tzinfo=UTC), [4, 5, 5]),
        ("America/New_York", "0 9 * * *", datetime(2027, 3, 13, tzinfo=UTC), [14, 13, 13]),
        ("Australia/Sydney", "0 20 * * *", datetime(2027, 4, 3, tzinfo=UTC), [9, 10, 10]),
        ("Asia/Tokyo", "30 9 * * *", datetime(2027, 3, 27, tzinfo=UTC), [0, 0, 0]),
    ],
)
def test_a_morning_stays_a_morning_when_the_clocks_change(
    zone: str, cron: str, start: datetime, utc_hours: list[int]
) -> None:
    sent = Timed(slug="x-1", cron=cron, timezone=zone).schedule.model_dump(mode="json")
    dates = asyncio.run(CronSchedule.model_validate(sent).get_dates(3, start=start))
    assert [date.astimezone(UTC).hour for date in dates] == utc_hours
    assert len({date.astimezone(ZoneInfo(zone)).strftime("%H:%M") for date in dates}) == 1


def a_run(deployment: UUID, schedule: UUID | None, hour: int) -> FlowRun:
    due = datetime(2026, 11, 20, hour, tzinfo=UTC)
    maker = CreatedBy(id=schedule, type="SCHEDULE") if schedule else None
    return FlowRun(
        flow_id=uuid4(),
        deployment_id=deployment,
        name=f"{hour}",
        expected_start_time=due,
        auto_scheduled=schedule is not None,
        created_by=maker,
    )


def test_of_the_runs_that_a_schedule_missed_the_latest_is_left() -> None:
    deployment, de, jp = uuid4(), uuid4(), uuid4()
    late = [a_run(deployment, de, hour) for hour in (3, 1, 2)] + [a_run(deployment, jp, 1)]
    assert sorted(run.name for run in superseded(late)) == ["1", "2"]
    assert all(run.created_by is not None and run.created_by.id == de for run in superseded(late))


def test_what_a_person_asked_for_is_never_skipped() -> None:
    deployment = uuid4()
    assert superseded([a_run(deployment, None, hour) for hour in (1, 2, 3)]) == []


def test_a_run_whose_schedule_lost_its_market_is_of_that_market_all_the_same() -> None:
    schedules = [Schedule(market=name, cron="0 6 * * *", timezone="UTC") for name in ("DE", "JP")]

    def begun_by(maker: CreatedBy | None) -> tuple[str, ...]:
        return selectors_of(a_run(uuid4(), None, 6).model_copy(update={"created_by": maker}), schedules)

    assert begun_by(CreatedBy(id=uuid4(), type="SCHEDULE", display_value="jp-1")) == ("market=JP",)
    assert begun_by(CreatedBy(id=uuid4(), type="USER", display_value="jp-1")) == ()
    assert begun_by(None) == ()


@pytest.mark.parametrize("slug", ["jp-1", "CronSchedule", None])
def test_a_run_whose_schedule_is_unknown_and_was_told_nothing_is_refused(slug: str | None) -> None:
    maker = CreatedBy(id=uuid4(), type="SCHEDULE", display_value=slug)
    run = a_run(uuid4(), None, 6).model_copy(update={"created_by": maker})
    with pytest.raises(SetupError, match=r"Nothing was made or bought\. Write its market under \[\[schedule\]\]"):
        selectors_of(run, [Schedule(market="DE", cron="0 6 * * *", timezone="UTC")])


def test_such_a_run_ends_failed_before_anything_is_planned_and_one_that_was_told_all_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = SmallCampaign(tmp_path)
    run = a_run(uuid4(), uuid4(), 6)
    meant: list[tuple[str, ...]] = []

    async def fulfil(wish: Wish, quality: object) -> State[None]:
        meant.append(wish.order.only)
        return Completed()

    def made(**told: Any) -> State[None]:
        with FlowRunContext.model_construct(flow_run=run):
            return asyncio.run(fan_out.fn(small.folder / "campaign.toml", **told))

    monkeypatch.setattr(fulfilling, "fulfil", fulfil)
    refused = made()
    assert (refused.type, "does not say what its runs are of" in (refused.message or "")) == ("FAILED", True)
    (small.folder / "campaign.toml").write_text("schema = 2", encoding="utf-8")
    assert "campaign.toml" in (made().message or ""), "its faults, and nothing of schedules"
    assert not meant
    made(only=["market=DE"])
    made(only=[])
    assert meant == [("market=DE",), ()], "nobody schedules the whole campaign but by saying so"
