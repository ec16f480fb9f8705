"""What an emulator is started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that the emulator takes, one a vendor. They open nothing but an emulator."""

    luma: str = "luma-api-rehearsal-not-a-real-key"
    runware: str = "runware-rehearsal-not-a-real-key"
    fal: str = "rehearsal:not-a-real-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an emulator behaves. Raises ValueError when an option makes no sense.

    `port` 0 takes any free one. A job takes between the two numbers of `takes_s` (seconds), chosen by `seed` and by what is
    asked. `fast` shares one film among all jobs of the same source, ratio and resolution instead of rendering each. `credit_usd`
    is all that may be spent (None: no end). `bill` is a file of JSON lines; with one, jobs and media lie beside it in
    `<bill>.d/` and the emulator goes on where it stopped. `tls` names a certificate and its key. `slots` is how many jobs of a
    vendor run at once: Luma refuses more, the others queue them.
    """

    host: str = "127.0.0.1"
    port: int = 0
    takes_s: tuple[float, float] = (0.5, 1.0)
    fast: bool = False
    seed: int = 0
    faults: Mapping[str, float | str] = field(default_factory=dict)
    keys: Keys = Keys()
    credit_usd: Decimal | None = None
    bill: Path | None = None
    tls: tuple[Path, Path] | None = None
    slots: Mapping[str, int] = field(default_factory=lambda: {"luma": 10, "runware": 100, "fal": 10})

    def __post_init__(self) -> None:
        least, most = self.takes_s
        if self.host not in LOOPBACK:
            raise ValueError(f"host {self.host}: an emulator listens on this machine only: {', '.join(LOOPBACK)}")
        if not 0 <= least <= most:
            raise ValueError(f"takes {least:g},{most:g}: two numbers of seconds, the smaller one first")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port}: 0 (any free one) to 65535")
        if any(slots < 1 for slots in self.slots.values()):
            raise ValueError("slots: at least one job of a vendor must be able to run")
