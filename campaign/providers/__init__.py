"""One file a vendor, one shape for all, and the table of those that are built."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.errors import SetupError

if TYPE_CHECKING:
    from campaign.media.engine import Engine
    from campaign.providers.base import Provider
    from campaign.providers.uploads import Shelf
    from campaign.settings import Settings

BUILT = ("local", "luma", "runware", "fal")
"""Providers that can be bought from."""


def open_provider(
    name: str, *, engine: "Engine", temporary: Callable[[str], Path], settings: "Settings", shelf: "Shelf"
) -> "Provider":
    """The provider of that name, ready for use. Nothing is asked of it yet.

    Raises SetupError for one that is not built, and for one whose key is missing or plainly not its own.
    """
    match name:
        case "local":
            from campaign.providers.local import local_provider

            return local_provider(engine, temporary)
        case "luma":
            from campaign.providers.luma import luma_provider

            return luma_provider(settings, shelf)
        case "runware":
            from campaign.providers.runware import runware_provider

            return runware_provider(settings, shelf)
        case "fal":
            from campaign.providers.fal import fal_provider

            return fal_provider(settings, shelf, engine, temporary)
    raise SetupError(f"There is no provider {name!r}: there are {', '.join(BUILT)}.")
