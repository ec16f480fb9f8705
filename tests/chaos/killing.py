"""Ways to kill a run: at a random moment, and at the worst ones."""

import random
import signal
import subprocess
import time
from enum import StrEnum
from pathlib import Path

from chaos.place import Place
from emulator.server import Emulator

PATIENCE_S = 180.0


class Instant(StrEnum):
    """When the run dies. Those of the vendor strike while it handles a request."""

    RANDOM = "at random"
    PRE_ACCEPT = "kill_pre_accept"
    POST_ACCEPT = "kill_post_accept"
    AFTER_REPLY = "kill_after_reply"
    DOWNLOAD = "kill_on_download"
    RENAME = "between rename and commit"


AT_THE_VENDOR = frozenset({Instant.PRE_ACCEPT, Instant.POST_ACCEPT, Instant.AFTER_REPLY, Instant.DOWNLOAD})


def kill_once(place: Place, emulator: Emulator, instant: Instant, chance: random.Random) -> bool:
    """Run the campaign and kill it; False when it came to its end before that."""
    if instant in AT_THE_VENDOR:
        return _killed_by_vendor(place, emulator, instant)
    running = place.run()
    if instant is Instant.RENAME:
        _wait_for_a_rename(running, place.store, chance)
    else:
        _wait_for_requests(running, emulator, chance)
    return _kill(running)


def _killed_by_vendor(place: Place, emulator: Emulator, instant: Instant) -> bool:
    emulator.faults.set({instant.value: 0.5})
    try:
        running = place.run()
        emulator.world.victim.name(running.pid)
        _wait(running, PATIENCE_S)
        emulator.world.victim.forget()
    finally:
        emulator.faults.set({instant.value: None})
    assert running.poll() is not None, f"{place.folder}: a run did not end within {PATIENCE_S} s"
    return running.returncode == -signal.SIGKILL


def _wait_for_a_rename(running: "subprocess.Popen[str]", store: Path, chance: random.Random) -> None:
    """Return as soon as a file has its name in the store: its commit is still to come, or has just been made."""
    known, wanted = _kept(store), chance.randint(1, 4)
    while running.poll() is None and wanted:
        now = _kept(store)
        if now - known:
            known, wanted = now, wanted - 1
        time.sleep(0.0005)
    time.sleep(chance.uniform(0, 0.003))


def _wait_for_requests(running: "subprocess.Popen[str]", emulator: Emulator, chance: random.Random) -> None:
    """Return at any moment of the run's work: counted in what it asks the vendor, since machines differ in speed."""
    known, wanted = len(emulator.books.requests()), chance.randint(0, 10)
    while running.poll() is None and len(emulator.books.requests()) - known < wanted:
        time.sleep(0.005)
    _wait(running, chance.uniform(0, 0.3) if wanted else chance.uniform(0.3, 2.5))


def _kept(store: Path) -> set[str]:
    return {path.name for path in store.glob("??/*")} if store.exists() else set()


def _wait(running: "subprocess.Popen[str]", seconds: float) -> None:
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _kill(running: "subprocess.Popen[str]") -> bool:
    if running.poll() is not None:
        return False
    running.send_signal(signal.SIGKILL)
    running.wait()
    return True
