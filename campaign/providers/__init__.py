"""One file a vendor, one shape for all, and the table of those that are built."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.errors import SetupError

if TYPE_CHECKING:
    from campaign.media.engine import Engine
    from campaign.providers.base import Provider

BUILT = ("local",)
"""Providers that can be bought from. Planning knows the prices and limits of more."""


def open_provider(name: str, *, engine: "Engine", temporary: Callable[[str], Path]) -> "Provider":
    """The provider of that name, ready for use. Raises SetupError for one that is not built."""
    match name:
        case "local":
            from campaign.providers.local import local_provider

            return local_provider(engine, temporary)
    raise SetupError(
        f"Provider {name!r} can be planned and priced, not bought from yet. Run with --provider {BUILT[0]}."
    )
