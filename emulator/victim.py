"""The process that is killed at the worst moments."""

import os
import signal
import threading
from contextlib import suppress


class Victim:
    """One process of this user, named by its number; forgotten once it was killed. Safe from threads.

    With `group` its whole process group dies, unless that is the emulator's own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: int | None = None
        self._pid: int | None = None
        self._group: int | None = None
        self.killed: list[dict[str, object]] = []

    def name(self, pid: int, *, group: bool = False) -> None:
        """Whom to kill. Raises ValueError when there is no such process, or it is this one or not a process of its own."""
        if pid <= 1 or pid == os.getpid():
            raise ValueError(f"{pid} cannot be a victim")
        try:
            # A handle, not the number: the number may be another process's by the time of the kill.
            handle = os.pidfd_open(pid)
            its_group = os.getpgid(pid)
        except OSError as error:
            raise ValueError(f"{pid}: {error.strerror}") from None
        with self._lock:
            self._drop()
            self._handle, self._pid = handle, pid
            self._group = its_group if group and its_group != os.getpgid(0) else None

    def kill(self, instant: str) -> bool:
        """SIGKILL, if there is a victim; it is forgotten then."""
        with self._lock:
            if self._handle is None:
                return False
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
                if self._group is not None:
                    os.killpg(self._group, signal.SIGKILL)
                self.killed.append({"pid": self._pid, "instant": instant})
            self._drop()
            return True

    def is_named(self) -> bool:
        """Whether somebody is to be killed."""
        with self._lock:
            return self._handle is not None

    def forget(self) -> None:
        """Spare it."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
        self._handle, self._pid, self._group = None, None, None
