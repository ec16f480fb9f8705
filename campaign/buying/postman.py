"""A run's postman: a small process that makes the paid requests nobody could ask about, and survives the run's SIGKILL.

Where a vendor can tell nothing of a lost answer, a run that dies between request and answer leaves a doubt. The postman
does not die with it: he receives the answer and writes it down (`post_office.py` is what he does).
"""

import asyncio
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from campaign.buying.letters import Goodbye, Hello, Letter, Ready, Reply, Written, hear, sealed
from campaign.errors import ProviderBusy, ProviderError, SubmissionUnknown
from campaign.ledger.records import Lease
from campaign.providers.base import Generation, Parcel, Posts, Provider, Recall
from campaign.providers.departure import SendBy
from campaign.providers.posting import heeded
from campaign.settings import Settings, environment_without_keys

READY_S = 20.0
"""So long may he take to begin; after that the run posts for itself."""
_PARTING_S = 2.0
_START = "import sys; sys.path[:] = sys.argv[2:]; from campaign.buying.post_office import main; main(int(sys.argv[1]))"


class Postman:
    """Posts for one run, on one event loop, to those of `providers` that are his business. Starts with `begin`.

    His business are those that take money and can tell nothing of a lost answer. `ledger_url` is where he writes answers down.
    """

    def __init__(
        self, settings: Settings, ledger_url: str, providers: Iterable[Provider], ready_s: float = READY_S
    ) -> None:
        self.name: str | None = None
        """The owner that holds the intents he posts; known from the moment he is ready."""
        self._hello = Hello(settings, ledger_url, tuple(each.name for each in providers if _is_his(each)))
        self._ready_s = ready_s
        self._ready: asyncio.Future[None] | None = None
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._pending: dict[Lease, asyncio.Future[Generation | ProviderError | None]] = {}
        self._unwritten: set[Lease] = set()
        self._speaking = threading.Lock()

    def serves(self, provider: Provider) -> bool:
        """Whether he posts to this provider, as things stand."""
        return provider.name in self._hello.providers and not self._over

    def begin(self) -> asyncio.Future[None]:
        """Start him if that was not done yet; he gets ready while the caller goes on."""
        if self._ready is None:
            loop = asyncio.get_running_loop()
            self._ready = loop.create_future()
            self._line, theirs = socket.socketpair()
            self._thread = threading.Thread(target=self._attend, args=(theirs, loop), name="postman", daemon=True)
            self._thread.start()
        return self._ready

    async def owner(self) -> str | None:
        """Under which name an intent is to be held that he posts; None when the run must post for itself."""
        ready = self.begin()
        if not ready.done():
            await asyncio.wait({ready}, timeout=self._ready_s)
        if self.name is None:
            self._give_up("did not get ready")
        return None if self._over else self.name

    async def post(self, provider: Posts, lease: Lease, parcel: Parcel, send_by: SendBy) -> Generation:
        """`provider.submit`, made by him: what it returns and raises. SubmissionUnknown too when he dies over it."""
        told: asyncio.Future[Generation | ProviderError | None] = asyncio.get_running_loop().create_future()
        if self._over or not self._say(Letter(lease, provider.name, parcel, send_by)):
            self._give_up("is gone")  # a letter that was torn is never read
            raise ProviderBusy(provider.name, "not sent: the process that posts has ended. The job is tried again.")
        self._pending[lease] = told
        try:
            async with asyncio.timeout(provider.traits.send_s + provider.traits.settle_s):
                answer = await told
        except TimeoutError:
            raise SubmissionUnknown(provider.name, "the process that posts did not answer in time.") from None
        finally:
            self._pending.pop(lease, None)
        if answer is None:
            raise SubmissionUnknown(provider.name, "the process that posts died before it had told the answer.")
        return heeded(await provider.heed(parcel, answer))

    def written(self, lease: Lease) -> None:
        """The answer to an intent is in the ledger. What this is not said of he writes down himself, once the run is dead."""
        if lease in self._unwritten:
            self._unwritten.discard(lease)
            self._say(Written(lease))

    def close(self) -> None:
        """Let him go. While requests are under way he stays, until they are answered and written down."""
        if self._ready is None:
            return
        waited_for = tuple(self._pending.values())
        if self.name is None:
            self._give_up("")
        self._over = True
        for told in waited_for:
            told.cancel()
        self._say(Goodbye())
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)
        self._thread.join(0.0 if waited_for else _PARTING_S)

    def _attend(self, theirs: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own: start him, listen to him, bury him."""
        with self._line, suppress(RuntimeError):  # of an event loop that is no more
            try:
                with theirs:
                    self._process = _start(theirs.fileno())
                self._say(self._hello)
                with self._line.makefile("rb") as heard:
                    while (said := hear(heard)) is not None:
                        loop.call_soon_threadsafe(self._heard, said)
                loop.call_soon_threadsafe(self._ended)
            except OSError:
                loop.call_soon_threadsafe(self._ended)
            finally:
                if self._process is not None:
                    self._process.wait()

    def _heard(self, said: Ready | Reply) -> None:
        match said:
            case Ready():
                self.name = said.owner
                self._awake()
            case Reply():
                told = self._pending.get(said.lease)
                if told is not None and not told.done():  # else it is too late here, and he writes it down
                    self._unwritten.add(said.lease)
                    told.set_result(said.answer)

    def _ended(self) -> None:
        self._give_up("has ended")
        self._awake()
        for told in self._pending.values():
            if not told.done():
                told.set_result(None)

    def _awake(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _give_up(self, why: str) -> None:
        """The run posts for itself from now on."""
        if self._over:
            return
        self._over = True
        if self.name is None and self._process is not None:
            self._process.kill()  # he has posted nothing yet
        if why:
            logging.getLogger(__name__).warning(
                "The process that posts %s: this run makes its paid requests itself. Should it be killed, jobs may be "
                "left in doubt.", why
            )  # fmt: skip

    def _say(self, message: object) -> bool:
        """Whether it got through, whole."""
        try:
            with self._speaking:
                self._line.sendall(sealed(message))
        except OSError:
            return False
        return True


def _is_his(provider: Provider) -> bool:
    return provider.traits.recall is Recall.NOTHING and not provider.traits.free and isinstance(provider, Posts)


def _start(descriptor: int) -> "subprocess.Popen[bytes]":
    """In a session of his own, where neither a terminal's signals nor those to our process group reach him."""
    roots = [str(Path(root).absolute()) for root in sys.path]
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _START, str(descriptor), *roots],
        env=environment_without_keys(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # whoever waits for the end of our output must not wait for his
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        start_new_session=True,
    )
