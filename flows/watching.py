"""Notices that a campaign's files have changed, so that forms and schedules are never those of yesterday."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from campaign.errors import CampaignError, InputError
from campaign.intake.brief import read_all
from campaign.model.campaign import Brief
from campaign.preparing.sheets import sheet_of
from campaign.settings import Settings

LOOK_S = 2.0
ELSEWHERE_S = 300.0
"""Seconds between two looks at a sheet that lies elsewhere; its server is asked whether it is still the same."""


def read_for_room(campaign_file: Path, settings: Settings) -> Brief:
    """The campaign as the room shows it; faulty rows are left out. Blocks. Raises InputError, SetupError."""
    reading = read_all(campaign_file, skip_bad=True, obtain=partial(sheet_of, settings=settings))
    if reading.brief is None or not reading.sound:
        raise InputError(reading.faults)
    return reading.brief


async def changes(campaign_file: Path, settings: Settings, brief: Brief) -> AsyncIterator[Brief | CampaignError]:
    """The campaign anew whenever its file or its sheet has changed, or what keeps it from being read. `brief` is known."""
    seen = _look(brief)
    while True:
        await asyncio.sleep(LOOK_S)
        now = _look(brief)
        if now == seen:
            continue
        seen = now
        try:
            brief = await asyncio.to_thread(read_for_room, campaign_file, settings)
            seen = _look(brief)  # the sheet may lie elsewhere now
            yield brief
        except CampaignError as error:
            yield error


def _look(brief: Brief) -> tuple[object, ...]:
    """What changes when one of the files does; for a sheet from elsewhere, the time to ask again."""
    campaign = brief.campaign
    if campaign.sheet_url is not None:
        return _state(campaign.file), int(time.monotonic() / ELSEWHERE_S)
    return _state(campaign.file), _state(campaign.sheet)


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
