"""Where every request of a vendor's API comes in: keys, faults, books, and how an answer ends."""

import asyncio
import hashlib
import logging
import time
import uuid
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from emulator import transport
from emulator.answering import PAGE, deliver, spoil
from emulator.books import SECRET_HEADERS, Seen
from emulator.calls import PREFIXES, Answer, Call, Refused, Scope, Trouble, Troubled
from emulator.clock import iso
from emulator.noting import Ear
from emulator.retry import retry_after
from emulator.routes import Route, Vendor
from emulator.world import World

MOST_BODY = 320 * 2**20
"""200 MB of video as base64, and what stands around it."""
AUTH_FAILURES = {"401": Trouble.KEY_REVOKED, "403": Trouble.SUSPENDED, "expired": Trouble.KEY_EXPIRED}
LONG = 20_000
PAGES = {"html": (PAGE, "text/html"), "text": (b"upstream connect error", "text/plain"), "empty": (b"", "text/plain")}


class Desk:
    """The ASGI application of one route of one vendor."""

    def __init__(self, world: World, vendor: Vendor, route: Route) -> None:
        self._world = world
        self._vendor = vendor
        self._route = route

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        call = await self._read(Request(scope, receive))
        if await self._dies_early(call, scope, receive):
            return
        try:
            answer = await self._answer(call)
        except Refused as refused:
            answer = refused.answer
        except Troubled as troubled:
            answer = self._page(call, self._vendor.refusal(call, self._told(call, troubled)))
        except Exception:
            logging.getLogger("emulator").exception("a fault of the emulator itself, at %s %s", call.method, call.path)
            answer = self._vendor.refusal(call, Troubled(Trouble.OURS, "a fault of the emulator itself"))
        await self._leave(call, answer, receive, send)

    async def _read(self, request: Request) -> Call:
        headers = dict(request.headers.items())
        call = Call(
            request=request,
            vendor=self._vendor.name,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            headers=headers,
            parts=request.path_params,
            base=f"{request.url.scheme}://{headers.get('host', '127.0.0.1')}",
            request_id=headers.get("x-request-id") or str(uuid.uuid4()),
        )
        if not self._route.streams:
            call.body = await _whole(request)
            call.body_sha256 = hashlib.sha256(call.body).hexdigest()
        call.scope = self._vendor.scope(call)
        call.about = self._vendor.about(call)
        return call

    async def _dies_early(self, call: Call, scope: AsgiScope, receive: Receive) -> bool:
        """Whether the connection or its client ended before anything was done."""
        instants = {Scope.SUBMIT: "kill_pre_accept", Scope.POLL: "kill_on_poll", Scope.UPLOAD: "kill_on_upload"}
        if call.scope in instants:
            self._kill(call, instants[call.scope])
        if self._strikes(call, "pre_drop"):
            self._note(call, 0)
            await transport.reset(scope, receive)
            return True
        return False

    async def _answer(self, call: Call) -> Answer:
        """Check the key, let refusals strike, do the work."""
        self._outage(call)
        if len(call.body) > MOST_BODY:
            raise Troubled(Trouble.REFUSED, f"The request is larger than {MOST_BODY // 2**20} MB.", status=413)
        if not self._route.open:
            self._check_key(call)
        redirected = self._redirect(call)
        if redirected is not None:
            return redirected
        self._refuse_by_chance(call)
        answer = await self._route.handler(call)
        if self._strikes(call, "502_billed"):
            status = int(self._world.faults.number("billed_status", call.vendor))
            raise Troubled(Trouble.UPSTREAM, "Upstream trouble. Please try again.", status=status)
        return answer

    def _outage(self, call: Call) -> None:
        faults = self._world.faults
        down = faults.number("down", call.vendor)
        if down == 1 or (down > 1 and faults.since("down", call.vendor) < down):
            raise Troubled(Trouble.DOWN, "The service is temporarily unavailable.", status=503)

    def _check_key(self, call: Call) -> None:
        ring, faults, vendor = self._world.keyring, self._world.faults, call.vendor
        key = self._vendor.key(call)
        if not key:
            raise Troubled(Trouble.KEY_MISSING)
        rotates_at = int(faults.number("rotate", vendor))
        if (
            rotates_at
            and self._world.books.accepted(vendor) >= rotates_at
            and not ring.key(vendor).endswith("-rotated")
        ):
            ring.change(vendor, ring.key(vendor) + "-rotated")
        if not ring.is_good(vendor, key):
            raise Troubled(Trouble.KEY_REVOKED if ring.was_good(vendor, key) else Trouble.KEY_INVALID)
        refused_at = int(faults.number("auth_fail_after", vendor))
        concerns = call.scope is Scope.SUBMIT or faults.word("auth_fail_scope", vendor) == "all"
        if refused_at and concerns and self._world.books.accepted(vendor) >= refused_at:
            raise Troubled(AUTH_FAILURES[faults.word("auth_fail_with", vendor)])

    def _refuse_by_chance(self, call: Call) -> None:
        faults, vendor = self._world.faults, call.vendor
        if call.scope is Scope.SUBMIT:
            self._world.throttle.admit(vendor, int(faults.number("rpm", vendor)))
        if self._strikes(call, "429"):
            trouble = Trouble.SLOTS if faults.word("throttle", vendor) == "slots" else Trouble.RATE
            raise Troubled(trouble, retry_after=retry_after(faults, vendor, call.about))
        if self._strikes(call, "500"):
            raise Troubled(Trouble.NOT_ACCEPTED, "Temporarily unavailable; the request was not accepted.", status=503)
        if self._strikes(call, "404"):
            raise Troubled(Trouble.NOT_FOUND)
        if self._strikes(call, "401"):
            raise Troubled(Trouble.KEY_INVALID)

    def _redirect(self, call: Call) -> Answer | None:
        faults, vendor = self._world.faults, call.vendor
        status = int(faults.number("redirect", vendor)) if call.scope is Scope.SUBMIT else 0
        if not status and self._strikes(call, "redirect"):
            status = int(faults.number("redirect_status", vendor))
        if not status:
            return None
        port = call.headers.get("host", "").rpartition(":")[2]
        where = faults.word("redirect_to", vendor) or f"http://localhost:{port}/_emulator/trap{call.path}"
        return Answer(status, {"detail": "moved"}, {"location": where})

    def _told(self, call: Call, troubled: Troubled) -> Troubled:
        """With the key in the text, while the fault echo_auth says so."""
        if self._world.faults.number("echo_auth", call.vendor):
            sent = call.headers.get("authorization", "")
            troubled.text = f"{troubled.text or troubled.trouble} (Authorization: {sent}; key {self._vendor.key(call)})"
        return troubled

    def _page(self, call: Call, answer: Answer) -> Answer:
        """An error as a gateway before the vendor answers it, while the fault error_page says so."""
        word = self._world.faults.word("error_page", call.vendor)
        if answer.status < 500 or word == "json":
            return answer
        page, media_type = PAGES[word]
        return Answer(answer.status, page, answer.headers, media_type)

    async def _leave(self, call: Call, answer: Answer, receive: Receive, send: Send) -> None:
        """Send the answer, or what the faults make of it. After a submit they strike only if it bought something."""
        headers = {**self._vendor.headers(call), **answer.headers}
        ear = Ear(send, lambda status: self._note(call, status))
        send = ear.send
        if call.scope is Scope.SUBMIT and not call.accepted:
            await deliver(call.request.scope, send, answer.status, headers, answer.media_type, answer.content)
            return
        if call.accepted:
            self._kill(call, "kill_post_accept")
            odd_status = int(self._world.faults.number("ok_status", call.vendor))
            answer = replace(answer, status=odd_status) if odd_status and answer.status < 300 else answer
        await spoil(self._world.faults, call, answer, headers, receive, ear)
        if call.accepted and self._strikes(call, "kill_after_reply", bare=True):
            await asyncio.sleep(self._world.faults.draw("kill delay", call.about) * 0.004)
            self._world.victim.kill("kill_after_reply")

    def _kill(self, call: Call, instant: str) -> None:
        if self._world.victim.is_named() and self._strikes(call, instant, bare=True):
            self._world.victim.kill(instant)
            # SIGKILL is not instant: what the victim does in the meantime must not be answered.
            time.sleep(0.002)  # nothing else may go on either

    def _strikes(self, call: Call, name: str, *, bare: bool = False) -> bool:
        prefix = "" if bare else PREFIXES.get(call.scope)
        return prefix is not None and self._world.faults.strikes(prefix + name, call.vendor, call.about)

    def _note(self, call: Call, status: int) -> None:
        self._world.books.saw(
            Seen(
                vendor=call.vendor,
                method=call.method,
                path=call.path,
                query=call.query,
                headers={name: value for name, value in call.headers.items() if name not in SECRET_HEADERS},
                body=_json_of(call),
                body_sha256=call.body_sha256,
                size=len(call.body),
                keyed=bool(self._vendor.key(call)),
                at=iso(self._world.clock.now()),
                status=status,
                jobs=tuple(job.id for job in call.accepted),
            )
        )


async def _whole(request: Request) -> bytes:
    """The body; of one that is too large no more than it takes to see that."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BODY:
            break
    return bytes(content)


def _json_of(call: Call) -> Any:
    """The body for the books; long texts in it (base64) are replaced by their hashes."""
    if not call.body:
        return None
    try:
        document = call.json()
    except Troubled:
        return None
    return document if len(call.body) < LONG else _shortened(document)


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONG:
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()} of {len(value)} characters"
    if isinstance(value, dict):
        return {name: _shortened(part) for name, part in value.items()}
    return [_shortened(part) for part in value] if isinstance(value, list) else value
