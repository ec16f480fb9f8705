"""Other people's libraries, in an environment of their own: what they need does not fit what Fanout has locked."""

import subprocess
from functools import cache

from bench.campaigns import ROOT

PEERS = ROOT / ".venv" / "peers" / "bin" / "python"
"""Made by `make bench` from bench/peers.txt."""


@cache
def has(library: str) -> bool:
    """Whether a peer can be measured; says so where it cannot."""
    if PEERS.exists() and subprocess.run([PEERS, "-c", f"import {library}"], capture_output=True).returncode == 0:
        return True
    print(f"  {library} is not measured: `make bench` could not install it")
    return False
