"""Running emulators for tests: quick ones, and clients of their control."""

import ssl
from types import TracebackType
from typing import Any, Self

import httpx

from emulator.options import Options
from emulator.server import Emulator

PLAIN: dict[str, Any] = {"trust_env": False, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
"""What httpx is told for plain http: no proxies, and no authorities, whose reading costs each client 40 ms of CPU."""


def quick(**options: Any) -> Emulator:
    """An emulator whose jobs take a tenth of a second and share films; `with quick(faults={...}) as emulator:`."""
    return Emulator(Options(**{"fast": True, "takes_s": (0.05, 0.1), **options}))


def control(emulator: Emulator) -> httpx.Client:
    """A client of /_emulator: `control(emulator).get("/bill").json()`."""
    return httpx.Client(base_url=f"{emulator.url}/_emulator", timeout=20, **PLAIN)


class VendorClient:
    """A client that signs every request with `authorization`; `http` sends them."""

    def __init__(self, emulator: Emulator, authorization: str) -> None:
        headers = {"authorization": authorization}
        self.http = httpx.Client(base_url=emulator.url, headers=headers, timeout=20, **PLAIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
