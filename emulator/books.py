"""What the emulator writes down: the bill, and every request."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from emulator.clock import iso
from emulator.journal import Journal

KEPT = 20_000
SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One accepted job on the bill. `refunded`: it failed, and the vendor gave the money back.

    `client_id` is the client's own name for it, where it gave one. `body_sha256` is the hash of the request's bytes,
    `asked` that of what was asked for without the client's names. `turn` counts jobs that asked the same, from 0.
    """

    vendor: str
    job: str
    client_id: str | None
    body_sha256: str
    asked: str
    turn: int
    operation: str
    prompt: str
    source: str
    resolution: str
    ratio: str | None
    usd: Decimal
    at: str
    refunded: bool = False

    def as_json(self) -> dict[str, Any]:
        """As control and the file of the bill show it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"usd": str(self.usd)}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, without its key. `body` is the JSON that came, None when it was none; `size` counts its bytes.

    `keyed` tells whether a key came with it, `status` what was answered (0 when there was no answer), `jobs` what it bought.
    """

    vendor: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    body_sha256: str
    size: int
    keyed: bool
    at: str
    status: int = 0
    jobs: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As control shows it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


class Books:
    """The bill and the requests of one emulator; safe from threads.

    The bill's file has a line for each charge and each refund, and is read again when the emulator starts anew. Of requests
    the newest `KEPT` stay in memory.
    """

    def __init__(self, bill: Path | None) -> None:
        self._lock = threading.Lock()
        self._journal = Journal(bill)
        self._charges: dict[tuple[str, str], Charge] = {}
        self._turns: dict[tuple[str, str], int] = {}
        self._requests: list[Seen] = []
        self._counts: dict[str, int] = {}
        self._accepted: dict[str, int] = {}
        self._spent = Decimal(0)
        for line in self._journal.kept:
            self._again(line)

    def charge(self, charge: Charge) -> None:
        """Put a job on the bill; it is there before anybody is told."""
        with self._lock:
            self._journal.append({"line": "charge"} | charge.as_json())
            self._enter(charge)

    def refund(self, vendor: str, job: str, at: float) -> None:
        """Give the money of a job back; once is enough."""
        with self._lock:
            charge = self._charges[vendor, job]
            if charge.refunded:
                return
            self._journal.append({"line": "refund", "vendor": vendor, "job": job, "at": iso(at)})
            self._back(charge)

    def turn(self, vendor: str, asked: str) -> int:
        """How often the same was bought before."""
        with self._lock:
            return self._turns.get((vendor, asked), 0)

    def bill(self) -> list[Charge]:
        """Every charge, oldest first."""
        with self._lock:
            return list(self._charges.values())

    def spent(self) -> Decimal:
        """USD, refunds taken off."""
        with self._lock:
            return self._spent

    def accepted(self, vendor: str) -> int:
        """How many jobs a vendor accepted."""
        with self._lock:
            return self._accepted.get(vendor, 0)

    def saw(self, seen: Seen) -> None:
        """Write a request down."""
        with self._lock:
            self._requests.append(seen)
            kind = f"{seen.vendor} {seen.method} {seen.status}"
            self._counts[kind] = self._counts.get(kind, 0) + 1
            if len(self._requests) > 2 * KEPT:
                del self._requests[:KEPT]

    def requests(self) -> list[Seen]:
        """The newest requests, oldest first."""
        with self._lock:
            return self._requests[-KEPT:]

    def counts(self) -> dict[str, int]:
        """How many requests of each kind there were: vendor, method, status."""
        with self._lock:
            return dict(self._counts)

    def close(self) -> None:
        """Let the file go."""
        self._journal.close()

    def _again(self, line: dict[str, Any]) -> None:
        kind = line.pop("line")
        if kind == "charge":
            self._enter(Charge(**line | {"usd": Decimal(line["usd"])}))
        elif kind == "refund" and not self._charges[line["vendor"], line["job"]].refunded:
            self._back(self._charges[line["vendor"], line["job"]])

    def _enter(self, charge: Charge) -> None:
        self._charges[charge.vendor, charge.job] = charge
        self._accepted[charge.vendor] = self._accepted.get(charge.vendor, 0) + 1
        self._turns[charge.vendor, charge.asked] = self._turns.get((charge.vendor, charge.asked), 0) + 1
        self._spent += charge.usd if not charge.refunded else 0

    def _back(self, charge: Charge) -> None:
        self._charges[charge.vendor, charge.job] = replace(charge, refunded=True)
        self._spent -= charge.usd
