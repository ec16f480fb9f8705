"""When Prefect starts what is scheduled: computed by its own scheduler, over the nights on which clocks change."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prefect.client.schemas.schedules import CronSchedule as Asked
from prefect.server.schemas.schedules import CronSchedule

from campaign.intake.cron import cron_problem

TIMES = {
    # Spring: a time that the night does not have comes an hour early, once; others keep to the clock on the wall.
    ("30 2 * * *", "Europe/Berlin", "2026-03-28"): ["28T02:30+01:00", "29T01:30+01:00", "30T02:30+02:00"],
    ("0 6 * * *", "Europe/Berlin", "2026-03-28"): ["28T06:00+01:00", "29T06:00+02:00", "30T06:00+02:00"],
    ("30 2 * * *", "America/New_York", "2026-03-07"): ["07T02:30-05:00", "08T01:30-05:00", "09T02:30-04:00"],
    # Where midnight itself is left out, its run falls on the day before.
    ("0 0 * * *", "America/Havana", "2026-03-07"): ["07T00:00-05:00", "07T23:00-05:00", "09T00:00-04:00"],
    # Autumn: a time that the night has twice comes once, the first time.
    ("30 2 * * *", "Europe/Berlin", "2026-10-24"): ["24T02:30+02:00", "25T02:30+02:00", "26T02:30+01:00"],
    ("30 1 * * *", "America/New_York", "2026-10-31"): ["31T01:30-04:00", "01T01:30-04:00", "02T01:30-05:00"],
    ("15 2 * * *", "Australia/Lord_Howe", "2026-04-04"): ["04T02:15+11:00", "05T02:15+10:30", "06T02:15+10:30"],
    ("0 6 * * 1-5", "Europe/Berlin", "2026-10-23"): ["23T06:00+02:00", "26T06:00+01:00", "27T06:00+01:00"],
}


def starts(cron: str, timezone: str, day: str, count: int) -> list[datetime]:
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(timezone))
    return asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(n=count, start=start))


@pytest.mark.parametrize(("asked", "times"), TIMES.items())
def test_daily_runs_come_once_a_day_in_the_market_s_own_time(asked: tuple[str, str, str], times: list[str]) -> None:
    found = starts(*asked, len(times))
    assert [moment.isoformat(timespec="minutes")[8:] for moment in found] == times


@pytest.mark.parametrize("timezone", ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"])
@pytest.mark.parametrize("hour", [0, 1, 2, 3, 12, 23])
def test_a_year_of_daily_runs_has_one_for_every_day(timezone: str, hour: int) -> None:
    found = starts(f"20 {hour} * * *", timezone, "2026-01-01", 365)
    assert len({moment.date() for moment in found}) == 365


FIELDS = st.tuples(
    st.sampled_from(["0", "*/15", "5,35", "0-30/10", "59"]),
    st.sampled_from(["6", "*", "*/4", "8-18", "0,23"]),
    st.sampled_from(["*", "1", "1-7", "*/10", "15,31"]),
    st.sampled_from(["*", "1", "jan", "JAN-MAR", "*/3", "2,11"]),
    st.sampled_from(["*", "0", "7", "1-5", "mon", "MON-FRI", "sun", "1,3,5", "5-7", "*/2", "sat,sun"]),
)


@settings(deadline=None, max_examples=150)
@given(FIELDS)
def test_whatever_we_call_good_prefect_takes(fields: tuple[str, ...]) -> None:
    line = " ".join(fields)
    assert cron_problem(line) is None
    Asked(cron=line, timezone="Europe/Berlin")
    assert starts(line, "Europe/Berlin", "2026-01-01", 1)
