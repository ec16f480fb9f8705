"""The operations room of a campaign: its server, what can be started there, and whoever starts it."""

import asyncio
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from prefect.client.orchestration import get_client

from campaign.errors import InputError, SetupError
from campaign.intake.brief import read_brief
from campaign.model.campaign import Brief
from campaign.settings import Settings
from flows.connecting import connected, seated
from flows.deployments import apply, deployments_of
from flows.saying import sparingly
from flows.seats import room_lock, try_lock
from flows.server import Server
from flows.serving import Serving
from flows.stopping import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAddress:
    """Where an open room is. `password_file` None = the server is the person's own."""

    campaign: str
    url: str
    password_file: Path | None
    deployments: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """As one JSON document; no password in it."""
        file = str(self.password_file) if self.password_file else None
        return asdict(self) | {"password_file": file, "deployments": list(self.deployments), "pid": os.getpid()}


async def keep_open(
    campaign_file: Path,
    settings: Settings,
    *,
    stop: Stop,
    opened: Callable[[RoomAddress], None],
    say: Callable[[str], None],
) -> None:
    """Open the room, keep it until `stop`, end its runs in good order. Raises InputError, SetupError."""
    home = settings.home_of(campaign_file.absolute().parent)
    brief = await asyncio.to_thread(_read, campaign_file)
    async with seated(home, sparingly(say)) as seat:
        server = await seat
        held = try_lock(room_lock(home / "prefect", brief.campaign.name))
        if held is None:
            raise SetupError(f"a room of {brief.campaign.name} is open already, at {server.url}. Nothing was started.")
        with closing(held), connected(server, home):
            await _serve(brief, server, stop=stop, opened=opened)


async def _serve(brief: Brief, server: Server, *, stop: Stop, opened: Callable[[RoomAddress], None]) -> None:
    serving = Serving()
    deployments = deployments_of(brief)
    async with get_client() as client:
        standing = [(each.name, await apply(each, client)) for each in deployments]
    await serving.look_after(standing)
    opened(
        RoomAddress(
            campaign=brief.campaign.name,
            url=server.url,
            password_file=server.password_file,
            deployments=tuple(each.name for each in deployments),
        )
    )
    try:
        await stop.wait()
    finally:
        await serving.stop()


def _read(campaign_file: Path) -> Brief:
    brief, faults = read_brief(campaign_file, skip_bad=True)
    if brief is None:
        raise InputError(faults)
    return brief
