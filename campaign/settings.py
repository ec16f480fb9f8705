"""The only door for environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Addresses and keys of providers join here with their adapters.

    `home` replaces `.fanout/` beside campaign.toml (FANOUT_HOME); `database_url` moves the ledger
    (FANOUT_DATABASE_URL); `ffmpeg` names a binary to use (FFMPEG); `allow_hosts` are `host:port` that may be reached
    although they are loopback or plain http (FANOUT_ALLOW_HOSTS); `user` is who gives the orders.
    """

    home: Path | None = None
    database_url: str | None = None
    ffmpeg: Path | None = None
    allow_hosts: tuple[str, ...] = ()
    user: str = "unknown"

    def home_of(self, root: Path) -> Path:
        """The folder of Fanout's memory for a campaign whose file lies in `root`."""
        return self.home or root / ".fanout"

    def ledger_url(self, root: Path) -> str:
        """The SQLAlchemy URL of the ledger for a campaign whose file lies in `root`."""
        return self.database_url or f"sqlite:///{self.ledger_file(root)}"

    def ledger_file(self, root: Path) -> Path:
        """Where the ledger lies for a campaign whose file lies in `root`, unless `database_url` moves it."""
        return self.home_of(root) / "ledger.sqlite3"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: the process's own)."""
    env = os.environ if environ is None else environ
    home, ffmpeg = env.get("FANOUT_HOME"), env.get("FFMPEG")
    return Settings(
        home=Path(home).absolute() if home else None,
        database_url=env.get("FANOUT_DATABASE_URL") or None,
        ffmpeg=Path(ffmpeg) if ffmpeg else None,
        allow_hosts=tuple(part.strip() for part in env.get("FANOUT_ALLOW_HOSTS", "").split(",") if part.strip()),
        user=env.get("USER") or env.get("LOGNAME") or "unknown",
    )


def preset(defaults: Mapping[str, str]) -> None:
    """Set environment variables that a library reads while it is imported, where the person has not set them."""
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
