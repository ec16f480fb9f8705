"""A film decoded to its last frame: what its headers promise and its bytes do not keep shows only there."""

from pathlib import Path

from av.error import FFmpegError

from campaign.errors import MediaError
from campaign.media.counting import count_frames
from campaign.media.probe import moving_picture, opened


def decode_through(path: Path) -> int:
    """Decode every frame, keep none, and return how many there are.

    Raises MediaError for a film that is cut short or damaged: fewer frames come out than its index lists, or one that the
    decoder itself calls corrupt.
    """
    promised, decoded = count_frames(path).frames, 0
    with opened(path) as container:
        stream = moving_picture(container, path)
        stream.thread_type = "AUTO"
        try:
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    raise MediaError(f"{path}: damaged: frame {decoded} cannot be decoded whole.")
                decoded += 1
        except FFmpegError as error:
            reason = error.strerror or type(error).__name__
            raise MediaError(f"{path}: damaged at frame {decoded} ({reason}).") from None
    if decoded < max(1, promised):
        raise MediaError(f"{path}: cut short: its index lists {promised} frames, {decoded} can be decoded.")
    return decoded
