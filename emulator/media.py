"""Serves films and uploads by their addresses, or what the faults make of them."""

import asyncio

from starlette.requests import Request
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from emulator import transport
from emulator.answering import ODD_HEADERS, PAGE, Strikes, begin, deliver
from emulator.job import Job
from emulator.links import DeadLink
from emulator.noting import Ear, note
from emulator.retry import retry_after
from emulator.sending import CUTS, FILM_TYPE, refuse, send_blob, send_cut, send_endless
from emulator.works import Blob
from emulator.world import World

REFUSALS = (
    ("403", 403, "AccessDenied"),
    ("404", 404, "NoSuchKey"),
    ("401", 401, "Unauthorized"),
    ("429", 429, "SlowDown"),
    ("500", 503, "ServiceUnavailable"),
    ("502_billed", 502, "BadGateway"),
)
PAGES = {
    "xml": (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code></Error>', "application/xml"),
    "html": (PAGE, "text/html"),
    "json": (b'{"detail": "try again"}', "application/json"),
    "empty": (b"", FILM_TYPE),
}
NOWHERE = "http://169.254.169.254/latest/meta-data/"


class Media:
    """The ASGI application of /media: GET and HEAD."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        await self._serve(request, receive, Ear(send, lambda status: note(self._world, request, "media", status)))

    async def _serve(self, request: Request, receive: Receive, ear: Ear) -> int:
        scope, send = request.scope, ear.send
        try:
            name = self._world.links.read(request.url.path, request.url.query, "GET")
            blob = self._world.object(name)
        except DeadLink as dead:
            code, text = ("AccessDenied", "Request has expired") if dead.expired else ("NoSuchKey", "No such key")
            return await refuse(scope, send, 403 if dead.expired else 404, code, text)
        if "authorization" in request.headers:
            # Storage takes one kind of proof only; so does the real one, and a key must never come here.
            return await refuse(scope, send, 400, "InvalidArgument", "Only one auth mechanism allowed")
        return await _Serving(self._world, request, receive, ear, name, blob).serve()


class _Serving:
    """One download. Each step returns the status that was sent (0: none), or None when the next one is to go on."""

    def __init__(self, world: World, request: Request, receive: Receive, ear: Ear, name: str, blob: Blob) -> None:
        self._world, self._faults = world, world.faults
        self._request, self._receive, self._send, self._ear = request, receive, ear.send, ear
        self._scope = request.scope
        self._name, self._blob = name, blob
        self._vendor = name.split("/")[1] if name.startswith("job/") else ""
        self._about = f"download {self._what()}"

    async def serve(self) -> int:
        """Send the bytes unless a fault strikes."""
        if self._faults.strikes("kill_on_download", self._vendor, self._about):
            return await self._killed_halfway()
        if not self._faults.any_set():
            return await self._whole()
        if self._strikes("pre_drop"):
            self._ear.tell(0)
            await transport.reset(self._scope, self._receive)
            return 0
        await self._wait()
        for step in (self._refused, self._ended, self._wrong):
            if (status := await step(self._strikes)) is not None:
                return status
        return await self._whole()

    async def _wait(self) -> None:
        wait = self._faults.number("stall_s", self._vendor) if self._strikes("stall") else 0
        wait += self._faults.number("slow_s", self._vendor) if self._strikes("slow") else 0
        if wait:
            await asyncio.sleep(wait)

    async def _refused(self, strikes: Strikes) -> int | None:
        """Something else than a film."""
        for fault, status, code in REFUSALS:
            if strikes(fault):
                pause = retry_after(self._faults, self._vendor, self._about) if status == 429 else ""
                headers = {"retry-after": pause} if pause else {}
                return await refuse(self._scope, self._send, status, code, code, headers)
        if strikes("redirect"):
            where = self._faults.word("redirect_to", self._vendor) or NOWHERE
            await deliver(self._scope, self._send, 302, {"location": where}, "text/html", PAGE)
            return 302
        if strikes("page") or strikes("badjson"):
            content, media_type = PAGES[self._word("dl_page", tuple(PAGES))]
            await deliver(self._scope, self._send, 200, {}, media_type, content)
            return 200
        return None

    async def _ended(self, strikes: Strikes) -> int | None:
        """Too early, or never."""
        if strikes("trunc"):
            await send_cut(self._scope, self._receive, self._send, self._blob, self._word("dl_trunc", CUTS))
        elif strikes("half") or strikes("post_drop"):
            await send_cut(self._scope, self._receive, self._send, self._blob, "reset")
        elif strikes("endless") or strikes("bomb"):
            await send_endless(self._send, self._blob)
        elif strikes("close"):
            self._ear.tell(0)
            await transport.hang_up(self._scope, self._receive)
            return 0
        else:
            return None
        return 200

    async def _wrong(self, strikes: Strikes) -> int | None:
        """Wrong bytes, or the right ones very slowly."""
        if strikes("flip"):
            content = bytearray(self._blob.read())
            content[len(content) // 2] ^= 0xFF
            await deliver(self._scope, self._send, 200, {}, FILM_TYPE, bytes(content))
        elif strikes("noise"):
            noise = self._faults.chance("noise", self._about).randbytes(self._blob.size)
            await deliver(self._scope, self._send, 200, {}, FILM_TYPE, noise)
        elif strikes("drip") or self._faults.number("drip", self._vendor) > 0:
            await begin(self._send, 200, {"content-length": str(self._blob.size)}, FILM_TYPE)
            await transport.drip(self._send, self._blob.read(), self._faults.number("drip_bps", self._vendor))
        elif strikes("other"):
            self._blob = self._other()
            return None
        else:
            return None
        return 200

    async def _whole(self) -> int:
        """The film, perhaps under odd headers."""
        status = await send_blob(
            self._request,
            self._send,
            self._name,
            self._blob,
            chunked=self._strikes("chunked"),
            media_type="text/plain" if self._strikes("wrong_type") else None,
            extra=ODD_HEADERS if self._strikes("headers") else {},
        )
        if status == 200 and self._request.method == "GET":
            self._count()
        return status

    async def _killed_halfway(self) -> int:
        """Kill the victim when half of the film is out; without one, all of it arrives."""
        await begin(self._send, 200, {"content-length": str(self._blob.size)}, FILM_TYPE)
        content, half = self._blob.read(), self._blob.size // 2
        await self._send({"type": "http.response.body", "body": content[:half], "more_body": True})
        await asyncio.sleep(0.01)
        if self._world.victim.kill("kill_on_download"):
            await transport.reset(self._scope, self._receive)
            return 0
        await self._send({"type": "http.response.body", "body": content[half:]})
        self._count()
        return 200

    def _other(self) -> Blob:
        """Another job's film, when there is one."""
        films = (job.outputs["film"] for job in self._world.jobs.all() if job.outputs)
        return next((film for film in films if film.sha256 != self._blob.sha256), self._blob)

    def _count(self) -> None:
        if (job := self._job()) is not None:
            job.downloads += 1

    def _what(self) -> str:
        """What is downloaded, without ids that differ from run to run."""
        job = self._job()
        return self._name if job is None else f"{job.vendor} {job.work.asked} {self._name.rpartition('/')[2]}"

    def _job(self) -> Job | None:
        if not self._name.startswith("job/"):
            return None
        _, vendor, job_id, _ = self._name.split("/", 3)
        return self._world.jobs.known(vendor, job_id)

    def _strikes(self, fault: str) -> bool:
        return self._faults.strikes(f"p_dl_{fault}", self._vendor, self._about)

    def _word(self, name: str, among: tuple[str, ...]) -> str:
        word = self._faults.word(name, self._vendor)
        return self._faults.choose(name, self._about, among) if word == "mixed" else word
