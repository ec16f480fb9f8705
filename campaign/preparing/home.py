"""The folder of Fanout's memory, ready to be written into."""

import os
from pathlib import Path

from campaign.errors import SetupError
from campaign.settings import Settings


def ready_home(root: Path, settings: Settings) -> Path:
    """The folder for a campaign whose file lies in `root`, made when it is not there. Raises SetupError where it cannot be."""
    home = settings.home_of(root)
    cure = "set FANOUT_HOME to a folder that can be written"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise SetupError(f"{home}: there is a file where a folder is needed. Move that file away, or {cure}.") from None
    except OSError as error:
        raise SetupError(f"{home}: {error.strerror}. Make it writable, or {cure}.") from None
    if not os.access(home, os.W_OK):
        raise SetupError(f"{home} cannot be written. Make it writable, or {cure}.")
    return home
