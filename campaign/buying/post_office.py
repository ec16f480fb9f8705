"""The postman's own process: makes the paid requests of one run, and outlives it until they are answered and written down.

Started by `postman.py`. Whatever kills the run leaves this process alone: it is in a session of its own and deaf to signals.
"""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from campaign.buying.letters import Goodbye, Hello, Letter, Ready, Reply, Written, hear, sealed
from campaign.errors import FenceLost, LedgerBusy, LedgerError, ProviderError, SubmissionUnknown
from campaign.ledger.ledger import Ledger
from campaign.ledger.owner import new_owner
from campaign.ledger.purchases import Purchases
from campaign.ledger.records import Lease
from campaign.model.outcomes import JobState, Reason
from campaign.providers.bare import bare_provider
from campaign.providers.base import Generation, GenerationState, Posts
from campaign.secrets import redact

LAST_S = 180
"""So long after the run this process is gone, whatever hangs: the longest request (100 s) and a ledger that is busy for a
minute fit in."""
_TRIES = 5


class PostOffice:
    """Posts the letters of one run. `answers` are those that the run has not said to have written down."""

    def __init__(self, line: socket.socket, heard: BinaryIO, hello: Hello) -> None:
        self._line = line
        self._heard = heard
        self._hello = hello
        self._owner = new_owner()
        self._providers = {name: bare_provider(name, hello.settings) for name in hello.providers}
        self._letters: dict[Lease, Letter] = {}
        self._answers: dict[Lease, Generation | ProviderError] = {}
        self._speaking = threading.Lock()

    async def serve(self) -> None:
        """Post what comes until the run is gone, wait for the answers, write down what it did not."""
        said: object = None
        await asyncio.to_thread(self._tell, Ready(self._owner))
        async with asyncio.TaskGroup() as posts:
            while (heard := await asyncio.to_thread(hear, self._heard)) is not None:
                said = heard
                match heard:
                    case Letter():
                        self._letters[heard.lease] = heard
                        posts.create_task(self._post(heard))
                    case Written():
                        self._letters.pop(heard.lease, None)
                        self._answers.pop(heard.lease, None)
            signal.alarm(LAST_S)
        if self._answers or not isinstance(said, Goodbye):
            await asyncio.to_thread(self._write_down)

    async def _post(self, letter: Letter) -> None:
        provider = self._providers[letter.provider]
        try:
            if not isinstance(provider, Posts):
                raise TypeError(f"{letter.provider} cannot be posted to")
            answer: Generation | ProviderError = await provider.post(letter.parcel, letter.send_by)
        except ProviderError as error:
            answer = error
        except Exception as error:  # a fault of ours must not take the other letters with it
            answer = SubmissionUnknown(letter.provider, redact(f"the request may have left: {error!r}"))
        self._answers[letter.lease] = answer
        await asyncio.to_thread(self._tell, Reply(letter.lease, answer))

    def _tell(self, message: object) -> None:
        try:
            with self._speaking:
                self._line.sendall(sealed(message))
        except OSError:
            return  # the run is dead: the end of what it says shows it too

    def _write_down(self) -> None:
        """The ledger as the run would have left it, had it lived until its answers were there."""
        with Ledger.open(self._hello.ledger_url) as ledger:
            for lease, answer in self._answers.items():
                _insist(partial(self._write, ledger.purchases, self._letters[lease], answer))
            for record in ledger.intents_of(self._owner):
                if record.lease not in self._letters:
                    _insist(partial(ledger.purchases.unsent, record.lease, "Its run ended before it was sent."))

    def _write(self, purchases: Purchases, letter: Letter, answer: Generation | ProviderError) -> None:
        """An acceptance is kept whoever has the job by now; anything else only under the fence that it was sent with."""
        lease = letter.lease
        match answer:
            case SubmissionUnknown():
                purchases.reconciling(lease, answer.detail, answer=answer.answer)
            case ProviderError():  # of what was refused for good the next run makes what is to be made of it
                purchases.unsent(lease, answer.detail)
            case Generation(state=GenerationState.MODERATED):
                note = f"refused by moderation: {answer.detail}"
                purchases.ended(lease, JobState.REJECTED, reason=Reason.MODERATED, note=note, answer=answer.answer)
            case Generation():
                self._accepted(purchases, letter, answer)

    def _accepted(self, purchases: Purchases, letter: Letter, taken: Generation) -> None:
        try:
            record = purchases.submitted(
                letter.lease, remote_id=taken.remote_id, request_id=taken.request_id, answer=taken.answer
            )
            purchases.release(record.lease)
        except FenceLost:
            purchases.adopt(
                letter.lease.key,
                intent_id=letter.parcel.order.intent_id,
                remote_id=taken.remote_id,
                request_id=taken.request_id,
                owner=self._owner,
                lease_s=0.0,
                answer=taken.answer,
            )


def _insist(change: Callable[[], object]) -> None:
    for turn in range(_TRIES):
        try:
            change()
        except LedgerBusy:
            time.sleep(1 << turn)
        except LedgerError:
            return  # it was written after all, or is another's: then there is a doubt, or none
        else:
            return


def main(descriptor: int) -> None:
    """Serve the run at the other end of the socket, and leave without looking back."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    try:
        line = socket.socket(fileno=descriptor)
        heard = line.makefile("rb")
        hello = hear(heard)
        if isinstance(hello, Hello):
            asyncio.run(PostOffice(line, heard, hello).serve())
    finally:
        os._exit(0)  # no thread that still waits for a resolver keeps it
