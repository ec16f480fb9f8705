"""The shape of a vendor module.

To add one: write a class with the members of `Vendor` below, made from the `World`, in a file of its own, and name it in
`emulator.vendors.vendors`.

The core reads a request, calls `key`, `scope` and `about`, checks the key, lets the faults of that scope strike (`p_429`,
`p_500`, `p_pre_drop`, kills ...), calls the route's handler, then lets the faults strike that befall answers (`p_half`,
`p_post_drop`, `p_502_billed` ...). A handler therefore only does what the vendor does:

* check the request strictly, and raise `Refused(Answer(400, …))` in the vendor's own envelope, or `Troubled(Trouble.…, text)`
  where the vendor's `refusal` knows the envelope;
* put uploaded bytes with `world.blobs.put(bytes)` or `put_stream`, measure films with `await world.measure(blob)`
  (a `Film`; raises NotAFilm), find media that an address of ours names with `world.blob_at(call, address)`;
* buy with `world.accept(call, Work(…), client_id=…, job_id=…)`: a `Job`; the bill, credit, slots, fate and film are the
  core's; raises Troubled (OUT_OF_CREDIT, SLOTS, MODERATED, REFUSED, UNUSABLE);
* on a poll, `world.jobs.find(vendor, id)` (None: answer "unknown"), `world.jobs.state(job)` (State), `job.fate`, `job.broken`,
  `world.jobs.odd_state(job)` (a word to show instead of the state), `world.result_url(call, job)` and, for EXR,
  `world.result_url(call, job, EXR)` when `job.outputs` has it; `world.shows_output(job)` is False while a fault hides it;
  `world.odd_fields(vendor)` are fields to add to an answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from emulator.calls import Answer, Call, Scope, Troubled

Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One route. `path` may have named parts in braces (`/v1/files/{id}`, `{rest:path}`). `open`: no key is asked for.

    `streams`: the handler reads the body itself.
    """

    method: str
    path: str
    handler: Handler
    open: bool = False
    streams: bool = False


class Vendor(Protocol):
    """One vendor's protocol."""

    @property
    def name(self) -> str:
        """luma, runware or fal: the name in options, faults and the bill."""
        ...

    def routes(self) -> Sequence[Route]:
        """Every route of the vendor."""
        ...

    def key(self, call: Call) -> str | None:
        """The key that came with a request, None when none did."""
        ...

    def scope(self, call: Call) -> Scope:
        """What the request is for."""
        ...

    def about(self, call: Call) -> str:
        """What is asked, without what changes from run to run (the client's ids); faults are drawn by it."""
        ...

    def refusal(self, call: Call, troubled: Troubled) -> Answer:
        """The vendor's envelope, status and headers for a refusal of the core."""
        ...

    def headers(self, call: Call) -> dict[str, str]:
        """Headers of every answer of the vendor."""
        ...
