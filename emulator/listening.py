"""The socket that connections arrive at, and the times when they do not."""

import socket
from contextlib import suppress

BACKLOG = 1024


def bound(host: str, port: int) -> socket.socket:
    """A socket that nobody listens at yet. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: only then does asyncio switch Nagle's delay off, without which an answer takes 40 ms.
    ours = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        ours.bind((host, port))
    except OSError:
        ours.close()
        raise
    return ours


class Silence:
    """A port that takes connections and never answers: its queue is full, so that further ones are not even taken."""

    def __init__(self, host: str, port: int) -> None:
        self._listening = bound(host, port)
        self._listening.listen(0)
        self._waiting = [self._knock(host, port) for _ in range(4)]

    def close(self) -> None:
        """Give the port back."""
        for one in (*self._waiting, self._listening):
            one.close()

    def _knock(self, host: str, port: int) -> socket.socket:
        one = socket.socket(self._listening.family, socket.SOCK_STREAM)
        one.setblocking(False)
        with suppress(OSError):  # in progress, for ever
            one.connect((host, port))
        return one
