"""The operations room of a campaign: its server, what can be started there, whoever starts it, and its gallery."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from prefect.client.orchestration import get_client

from campaign.errors import CampaignError, SetupError
from campaign.model.campaign import Brief
from campaign.settings import Settings
from flows.control.saying import sparingly
from flows.control.stopping import Stop
from flows.hosting.connecting import connected, seated
from flows.hosting.seats import room_lock, try_lock
from flows.hosting.server import Server
from flows.hosting.sweeping import sweep_below, sweep_room
from flows.room.automations import apply_automations, automations_of
from flows.room.deployments import Deployment, apply, deployments_of, keep_schedules
from flows.room.gallery_server import shown
from flows.room.hook_server import hooks_heard
from flows.room.missed import skip_missed
from flows.room.notices import blocks_of
from flows.room.serving import Serving, waiting_for_a_person
from flows.room.watching import Watch, read_for_room
from flows.showing.gallery_links import GalleryAddress, address_file

TIDY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAddress:
    """Where an open room is. `password_files` hold the login of Prefect's pages (None: the server is the person's own) and of
    the gallery."""

    campaign: str
    url: str
    gallery: str
    password_file: Path | None
    gallery_password_file: Path
    deployments: tuple[str, ...]
    schedules: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """As one JSON document; no password in it."""
        return {
            **asdict(self),
            "password_file": str(self.password_file) if self.password_file else None,
            "gallery_password_file": str(self.gallery_password_file),
            "pid": os.getpid(),
        }


async def keep_open(
    campaign_file: Path,
    settings: Settings,
    *,
    stop: Stop,
    opened: Callable[[RoomAddress], None],
    say: Callable[[str], None],
) -> None:
    """Open the room, keep it until `stop`, end its runs in good order. Raises InputError, SetupError."""
    began = time.time_ns()
    brief = await asyncio.to_thread(read_for_room, campaign_file, settings)
    watch = Watch(brief, campaign_file, settings, began)
    home = settings.home_of(brief.campaign.root)
    async with seated(home, sparingly(say)) as seat:
        server = await seat
        with closing(await _key(home / "prefect", brief.campaign.name, server)), connected(server, home):
            own = server.auth if server.password_file is not None else None
            async with (
                shown(brief.campaign.out, home, brief.campaign.name, own) as gallery,
                hooks_heard(settings, brief.campaign.root) as hooks,
            ):
                room = Room(brief, watch, home, say)
                await room.set_up()
                opened(room.address(server, gallery))
                if hooks is not None:
                    say(f"providers tell of their work at {settings.webhook_url}: lead that to {hooks}")
                await room.work_until(stop)


async def _key(folder: Path, campaign: str, server: Server) -> BinaryIO:
    """The room's lock. Asked for a few times: whoever only looks whether the room is open holds it for an instant."""
    for _ in range(10):
        if (held := try_lock(room_lock(folder, campaign))) is not None:
            return held
        await asyncio.sleep(0.1)
    raise SetupError(
        f"the room of {campaign} is open already, with the server at {server.url}. Nothing was started: use that one, "
        "or close it by Ctrl-C where it runs."
    )


class Room:
    """What the server knows of a campaign, kept in line with its files, and the runs that are started from there."""

    def __init__(self, brief: Brief, watch: Watch, home: Path, say: Callable[[str], None]) -> None:
        self._brief = brief
        self._watching = watch
        self._home = home
        self._say = say
        self._standing: dict[str, UUID] = {}
        self._lacking: tuple[str, ...] = ()
        self._behind = False
        self._serving = Serving(say, self._lost)

    async def set_up(self) -> None:
        """Tell the server what there is; end what died with an earlier room."""
        await self._offer()
        await asyncio.to_thread(sweep_room, self._home / "prefect", tuple(self._standing.values()))
        await self._tidy()

    def address(self, server: Server, gallery: GalleryAddress) -> RoomAddress:
        """Where the room is, for a person and for scripts."""
        campaign = self._brief.campaign
        offered = self._offered()
        return RoomAddress(
            campaign=campaign.name,
            url=server.url,
            gallery=gallery.url,
            password_file=server.password_file,
            gallery_password_file=address_file(self._home, campaign.name),
            deployments=tuple(each.name for each in offered),
            schedules=tuple(
                f"{timed.slug}: {timed.cron} {timed.timezone}" for each in offered for timed in each.schedules
            ),
        )

    async def work_until(self, stop: Stop) -> None:
        """Start what is due, keep server and files in line; on `stop` end the runs under way in good order."""
        self._serving.look_after(self._standing.items())
        async with _beside(self._watch(), self._keep_tidy()):
            try:
                await stop.wait()
            finally:
                await self._serving.stop()

    def _offered(self) -> tuple[Deployment, ...]:
        return deployments_of(self._brief)

    async def _offer(self) -> None:
        """Deployments, schedules and automations, as the campaign's files want them now."""
        campaign = self._brief.campaign
        async with get_client() as client:
            applied = [(each, await apply(each, client)) for each in self._offered()]
            self._standing = {each.name: deployment_id for each, deployment_id in applied if each.pool is None}
            blocks, lacking = await blocks_of(campaign.notices.blocks, client)
            await apply_automations(
                campaign.name, automations_of(campaign.name, tuple(self._standing.values()), blocks), client
            )
        for sentence in lacking:
            if sentence not in self._lacking:
                self._say(sentence)
        self._lacking = lacking

    async def _watch(self) -> None:
        async for found in self._watching.changes():
            if isinstance(found, CampaignError):
                first, *_ = str(found).splitlines()
                self._say(f"the campaign cannot be read now, and the forms stay as they were: {first}")
                continue
            if found.campaign.name != self._brief.campaign.name:
                self._say(f"the campaign is called {found.campaign.name} now: close the room and open it again")
                continue
            self._brief = found
            self._behind = not await self._patiently(self._offer())
            if not self._behind:
                self._say("campaign.toml or the sheet has changed: forms and schedules are in line with it")

    async def _keep_tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            await self._patiently(self._tidy())
            if self._lacking or self._behind:
                self._behind = not await self._patiently(self._offer())

    async def _tidy(self) -> None:
        ids = tuple(self._standing.values())
        async with get_client() as client:
            for each in self._offered():
                if each.name in self._standing:
                    await keep_schedules(self._standing[each.name], each.schedules, client)
            await skip_missed(client, ids)
            self._serving.let_wait(await waiting_for_a_person(client, ids))
        await asyncio.to_thread(sweep_below, ids)

    async def _lost(self, deployment_id: UUID) -> None:
        await asyncio.to_thread(sweep_room, self._home / "prefect", (deployment_id,))

    async def _patiently(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do it, or say why not and go on: the server may be gone for a moment, and the room does not close for that."""
        try:
            await work
        except Exception as error:
            self._say(f"the server could not be brought in line ({type(error).__name__}: {error}); it is tried again")
            return False
        return True


@asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on while the block lasts."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
