"""What a run hands to the worker of a page, beside the variants on it: one value, shown as such on the page's own page."""

from dataclasses import dataclass
from uuid import UUID

from campaign.model.orders import RunOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOrder:
    """A page of a run for another machine. Plain values: it travels through the server as JSON.

    `order` is what the run was asked for, for the films of the page that are still to be made; its file is told as every
    machine sees it. `run_id` is the run's id in the ledger; `asked_by` is its flow run, which must live. `plan_sha256` is of all
    jobs of the page as the run planned them: nothing is bought where the files ask for anything else.
    """

    order: RunOrder
    run_id: str
    asked_by: UUID
    plan_sha256: str
