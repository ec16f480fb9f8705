"""Questions to fal's queue about requests that it took: where they stand, what came of them, and that they be called off.

Source: fal.ai/docs queue and cancel pages, fal-client 1.0.3, read 2026-11-20.
"""

import json
from http import HTTPStatus

from campaign.errors import ProviderBusy, ProviderThrottled
from campaign.net.exchange import Answer
from campaign.providers.answers import Members
from campaign.providers.base import Generation, GenerationState
from campaign.providers.fal_answers import called_off, failed_by_itself, has_error, refusal, result_of, status_of
from campaign.providers.fal_places import FollowUps
from campaign.providers.wire import Wire


class FalQueue:
    """The queue behind `wire`. Questions raise ProviderBusy, ProviderThrottled, ProviderBarred (the key is refused)."""

    def __init__(self, wire: Wire, places: FollowUps) -> None:
        self._wire = wire
        self._places = places
        self._called_off: set[str] = set()

    def learn(self, remote_id: str, answer: Answer) -> None:
        """A submission's answer says where to ask about it."""
        self._places.learn(remote_id, answer)

    async def look(self, remote_id: str) -> Generation:
        """One look. COMPLETED is no success yet: the result says what came of it. GONE takes two answers that say so."""
        at = self._places.of(remote_id).status
        status = await self._wire.ask("GET", at, lambda answer: status_of(answer, remote_id))
        if not isinstance(status, Generation):
            found = await self.result(remote_id, status)
            return await self.result(remote_id, status) if found.state is GenerationState.GONE else found
        if status.state is not GenerationState.GONE:
            return status
        if remote_id in self._called_off:
            return called_off(remote_id, {})
        found = await self.result(remote_id)
        if found.state not in {GenerationState.GONE, GenerationState.DONE}:
            raise self._wire.busy(f"both knows {remote_id} and does not. It is asked again.")
        return found

    async def result(self, remote_id: str, status: Members | None = None) -> Generation:
        """What came of a request, by its result and by the status that said COMPLETED.

        A server error in place of the result is transient, unless the status itself says that the request went wrong.
        """
        at, status = self._places.of(remote_id).response, status or {}
        try:
            return await self._wire.ask("GET", at, lambda answer: result_of(answer, remote_id, status))
        except ProviderThrottled:
            raise
        except ProviderBusy as busy:
            if not has_error(status) or not _is_server_error(busy):
                raise
            return failed_by_itself(remote_id, status, busy.answer)

    async def call_off(self, remote_id: str) -> None:
        """Ask that a request be called off. What has ended already, or is not known, cannot be: that is for a look to tell."""
        if await self._wire.ask("PUT", self._places.of(remote_id).cancel, _is_called_off):
            self._called_off.add(remote_id)


def _is_called_off(answer: Answer) -> bool:
    """Whether a cancel was taken: not for what has ended before (400), nor for what is not known (404)."""
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        return False
    if not answer.accepted:
        raise refusal(answer)
    return True


def _is_server_error(busy: ProviderBusy) -> bool:
    """Whether fal answered, with a 5xx."""
    return bool(busy.answer) and json.loads(busy.answer)["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR
