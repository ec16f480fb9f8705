"""Notices that a campaign's files have changed, so that forms and schedules are never those of yesterday."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
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
    return replace(reading.brief, campaign=replace(reading.brief.campaign, out_folder=settings.out))


class Watch:
    """Looks at a campaign's files. Made before `brief` was used for anything, so that no change falls in between."""

    def __init__(self, brief: Brief, campaign_file: Path, settings: Settings, read_at_ns: int) -> None:
        """`read_at_ns` is the time (as of files) at which the reading of `brief` began: what changed since is not in it."""
        self._file = campaign_file
        self._settings = settings
        self._brief = brief
        self._seen = None if _changed_since(brief, read_at_ns) else _look(brief)

    async def changes(self) -> AsyncIterator[Brief | CampaignError]:
        """The campaign anew whenever its file or its sheet has changed, or what keeps it from being read."""
        while True:
            await asyncio.sleep(LOOK_S)
            now = _look(self._brief)  # before reading: what changes meanwhile is seen the next time
            if now == self._seen:
                continue
            self._seen = now
            try:
                brief = await asyncio.to_thread(read_for_room, self._file, self._settings)
            except CampaignError as error:
                yield error
                continue
            if _places(brief) != _places(self._brief):
                self._seen = None
            self._brief = brief
            yield brief


def _places(brief: Brief) -> tuple[Path, Path, str | None]:
    campaign = brief.campaign
    return campaign.file, campaign.sheet, campaign.sheet_url


def _changed_since(brief: Brief, time_ns: int) -> bool:
    states = [_state(brief.campaign.file), _state(brief.campaign.sheet)]
    return any(state is not None and state[1] >= time_ns for state in states)


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
