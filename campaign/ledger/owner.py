"""Who holds a lease: a process, named so that its death can be proved on the same machine."""

import os
import platform
import secrets
from pathlib import Path

_PROC = Path("/proc")


def new_owner() -> str:
    """A name for one buyer in this process: `machine:pid:start-time:token`, never used twice."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_start_time(pid)}:{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether the process is provably gone: it ran on this machine, and its pid is free or another process's.

    False means only that nothing is proved; then the lease must expire.
    """
    match owner.split(":"):
        case [machine, pid, started, _] if machine == _machine() and pid.isdecimal():
            return _start_time(int(pid)) != started
        case _:
            return False


def _machine() -> str:
    """This host, boot and process-id namespace: only inside one of them does a pid mean anything."""
    boot = _read(_PROC / "sys/kernel/random/boot_id")[:8] or "0"
    try:
        namespace = str((_PROC / "self/ns/pid").stat().st_ino)
    except OSError:
        namespace = "0"
    return f"{platform.node().replace(':', '-') or 'host'}/{boot}/{namespace}"


def _start_time(pid: int) -> str:
    """When a process started, in the kernel's ticks; "alive" where the system does not tell; "" when there is none."""
    if _PROC.joinpath("self/stat").exists():
        return _ticks(_read(_PROC / str(pid) / "stat"))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"


def _ticks(stat: str) -> str:
    """Field 22 of /proc/PID/stat; a zombie has ended, whatever its entry says."""
    fields = stat.rpartition(")")[2].split()  # the name, in brackets, may hold anything
    if len(fields) < 20 or fields[0] in "ZX":
        return ""
    return fields[19]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
