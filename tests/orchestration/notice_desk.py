"""Whoever hears the notices of a campaign: an address on loopback, and what was posted there."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID, uuid4

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.events import AutomationCore, EventTrigger, Posture, SendNotification, emit_event
from prefect.events.schemas.events import ResourceSpecification
from prefect.events.worker import EventsWorker
from waiting import until

from flows.room.automations import apply_automations, automations_of
from flows.room.notices import blocks_of

CANARY = "canary"
DRAIN_S = 10


class Desk:
    """A webhook receiver, and the notification block of a real server that posts there."""

    def __init__(self, port: int, notices: list[dict[str, str]]) -> None:
        self._port = port
        self._notices = notices

    @property
    def heard(self) -> list[dict[str, str]]:
        """Subject and body of all that was posted."""
        return [notice for notice in self._notices if notice["subject"] != CANARY]

    async def block(self) -> tuple[tuple[UUID, ...], tuple[str, ...]]:
        """What leads here, as the room finds it at the server."""
        block = CustomWebhookNotificationBlock(
            name="ops",
            url=f"http://127.0.0.1:{self._port}/ops",
            method="POST",
            json_data={"subject": "{{subject}}", "body": "{{body}}"},
        )
        await block.save("ops", overwrite=True)
        async with get_client() as client:
            return await blocks_of(("custom-webhook/ops",), client)

    async def listen(self, campaign: str, deployment: UUID, **windows: float) -> None:
        """Set up a campaign's automations. Returns when the server has taken them up, and all that was told before."""
        blocks, lacking = await self.block()
        assert not lacking
        async with get_client() as client:
            await apply_automations(campaign, automations_of(campaign, [deployment], blocks, **windows), client)
            await apply_automations(
                CANARY, [_canary(blocks)], client
            )  # after the others: the server takes them in turn
        self.settle()

    def listen_to(self, campaign: str) -> None:
        """Hear of a campaign whose runs are started by hand, and belong to no deployment."""
        asyncio.run(self.listen(campaign, uuid4()))

    def settle(self) -> None:
        """Return when what was told until now has been posted: the canary, told last, is heard."""
        song = uuid4().hex

        def sung() -> bool:
            emit_event("canary.sang", resource={"prefect.resource.id": CANARY}, payload={"text": song})
            time.sleep(0.3)
            return any(notice["body"] == song for notice in self._notices)

        until(sung, within_s=90)


def _canary(blocks: tuple[UUID, ...]) -> AutomationCore:
    return AutomationCore(
        name=f"fanout: {CANARY}: sings",
        trigger=EventTrigger(
            expect={"canary.sang"},
            match=ResourceSpecification({"prefect.resource.id": CANARY}),
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(block_document_id=block, subject=CANARY, body="{{ event.payload.text }}")
            for block in blocks
        ],
    )


@contextmanager
def own_events() -> Iterator[None]:
    """What this process tells goes to the server that it is connected to now: Prefect's sender stays with its first one."""
    EventsWorker.drain_all(timeout=DRAIN_S)
    yield
    EventsWorker.drain_all(timeout=DRAIN_S)


@contextmanager
def a_desk() -> Iterator[Desk]:
    """A desk that hears while the block lasts."""
    notices: list[dict[str, str]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notices.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Desk(server.server_port, notices)
    finally:
        server.shutdown()
        server.server_close()
