"""Guide pictures, known by their first bytes."""

from emulator.works import Blob

_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


def is_picture(blob: Blob) -> bool:
    """Whether the bytes begin as those of a PNG, JPEG or WebP."""
    with blob.path.open("rb") as file:
        return file.read(12).startswith(_MAGIC)
