"""A file that somebody has changed."""

from pathlib import Path


def spoil(path: Path) -> None:
    """Flip a bit in the middle of a file; once more, and it is what it was."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
