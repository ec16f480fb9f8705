"""Providers for those who only ask or post: nothing is packed, so there need be neither ffmpeg nor files nor memory."""

from datetime import datetime
from pathlib import Path

from campaign.media.engine import Engine
from campaign.providers import open_provider
from campaign.providers.base import Provider
from campaign.settings import Settings


def bare_provider(name: str, settings: Settings) -> Provider:
    """The provider of that name, not to be packed for or fetched from. Raises SetupError as `open_provider` does."""
    engine = Engine(Path("ffmpeg"), "")
    return open_provider(name, engine=engine, temporary=_no_file, settings=settings, shelf=_EmptyShelf())


def _no_file(suffix: str) -> Path:
    raise AssertionError("no files are made here")


class _EmptyShelf:
    """Knows of no upload and remembers none."""

    def known(self, provider: str, account: str, sha256: str) -> str | None:
        return None

    def remember(self, provider: str, account: str, sha256: str, ref: str, expires_at: datetime | None) -> None:
        """Nothing is uploaded."""

    def forget(self, provider: str, account: str, sha256: str) -> None:
        """Nothing is known."""
