"""Finds the job that a person means."""

from typing import TYPE_CHECKING

from fanout.endings import Refused

if TYPE_CHECKING:
    from campaign.ledger.ledger import Ledger
    from campaign.ledger.records import JobRecord


def the_job(ledger: "Ledger", key: str) -> "JobRecord":
    """The one job whose key begins with `key`. Raises Refused for none, or several."""
    if not key.strip():
        raise Refused("No job has an empty key; `fanout jobs list` shows all.")
    found = ledger.matching(key.strip().lower())
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"No job in the ledger has a key that begins with {key!r}; `fanout jobs list` shows all.")
    keys = ", ".join(record.key[: len(key) + 4] for record in found[:3])
    raise Refused(f"{len(found)} jobs or more have a key that begins with {key!r} ({keys}, ...): give more digits.")
