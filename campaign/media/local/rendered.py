"""A look at what was just rendered: the right number of frames, or it is not handed on."""

from pathlib import Path

from campaign.errors import MediaError
from campaign.media.counting import count_frames


def require_frames(path: Path, frames: int) -> None:
    """Raises MediaError unless the film at `path` has exactly `frames` frames."""
    found = count_frames(path).frames
    if found != frames:
        raise MediaError(
            f"{path}: {found} frames were rendered instead of {frames}: the clip it was made from is shorter."
        )
