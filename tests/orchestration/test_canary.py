"""Keys like no other text are given by every way there is; nothing that is said, written or started may show one.

Looked through, also for URL-encoded and base64: stdout and stderr of every command, all files that they leave (ledger,
Prefect's database, gallery), the command lines of all processes of this machine and the environments of all but our own.
"""

import base64
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fakes.emulation import quick
from orchestration.paid_campaign import PaidCampaign

from emulator.options import Keys
from flows.hosting.server import server_for

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

NAMES = ("LUMA_AGENTS_API_KEY", "RUNWARE_API_KEY", "FAL_KEY")


def a_key(begin: str) -> str:
    """Nobody's key; with signs that are written otherwise in an address."""
    return f"{begin}CANARY/{secrets.token_hex(6)}+{secrets.token_hex(4)}="


class Canary:
    """A campaign with canary keys, and everything that it shows."""

    def __init__(self, folder: Path, paid: PaidCampaign, keys: Keys, *, ours_too: bool = False) -> None:
        """`ours_too`: nor may the process of the command have a key in its environment."""
        self.folder = folder
        self.paid = paid
        self.told: dict[str, bytes] = {}
        self.seen: dict[str, bytes] = {}
        self._ours_too = ours_too
        secret_parts = [keys.luma, keys.runware, keys.fal, keys.fal.partition(":")[2]]
        self.pattern = re.compile(b"|".join(sorted({re.escape(s) for key in secret_parts for s in spellings(key)})))

    def do(self, *arguments: str, code: int | None = None) -> str:
        """A command to its end, watched from outside; what it said on stderr."""
        running = self.paid.start(*arguments)
        with self._watched(running.pid):
            out, err = running.communicate(timeout=240)
        name = f"{' '.join(arguments)} [{len(self.told)}]"
        self.told[name] = f"{out}\n{err}".encode()
        assert code is None or running.returncode == code, err
        return err

    def leaks(self) -> list[str]:
        """Where a key can be read."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and path.name != ".env")
        texts = {**self.told, **self.seen, **{str(path.relative_to(self.folder)): path.read_bytes() for path in files}}
        return sorted(name for name, text in texts.items() if self.pattern.search(text))

    def is_silent(self) -> None:
        """Nothing told a key, and enough was looked at to say so."""
        assert len(self.seen) > 20, "the processes of the machine were seen"
        assert any("flows.hosting.process" in name for name in self.seen), "Prefect's server among them"
        assert re.search(rb"Max core file size\s+0\s", self.seen["limits"]), "a crash writes no image of the memory"
        assert self.leaks() == []

    def _watched(self, own: int) -> "Watch":
        return Watch(own, self.seen, self._ours_too)


class Watch:
    """Reads, while the block runs, what the machine shows of every process."""

    def __init__(self, own: int, seen: dict[str, bytes], ours_too: bool) -> None:
        self._own = own
        self._seen = seen
        self._ours_too = ours_too
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    self._read(process)
            time.sleep(0.15)

    def _read(self, process: Path) -> None:
        try:
            command = (process / "cmdline").read_bytes()
            # A child that is only just being made still looks like its parent.
            ours = process.name == str(self._own) or b"\0fanout\0" in command
            environment = b"" if ours and not self._ours_too else (process / "environ").read_bytes()
            limits = (process / "limits").read_bytes() if process.name == str(self._own) else b""
        except OSError:
            return
        self._seen[f"/proc/{process.name} {command[:120]!r}"] = command + b"\0\0" + environment
        if limits:
            self._seen["limits"] = limits


def spellings(secret: str) -> Iterator[bytes]:
    """The secret as it stands, as an address holds it, and what stays of it in the base64 of anything around it."""
    yield secret.encode()
    yield quote(secret).encode()
    yield quote(secret, safe="").encode()
    for shift in range(3):
        told = base64.b64encode(b"x" * shift + secret.encode())
        yield told[4 if shift else 0 : -4]


@pytest.fixture
def keys() -> Keys:
    return Keys(luma=a_key("luma-api-"), runware=a_key("rw-"), fal=f"{secrets.token_hex(8)}:{a_key('')}")


def test_no_key_of_the_environment_is_shown_by_anything_that_a_campaign_says_writes_or_starts(
    tmp_path: Path, keys: Keys
) -> None:
    with quick(keys=keys) as emulator:
        paid = PaidCampaign(tmp_path, emulator)
        canary = Canary(tmp_path, paid, keys)
        for words in (["--help"], ["check"], ["doctor"]):
            canary.do(*words, code=0)
        canary.do("plan", "--provider", "luma", "--json", code=0)
        canary.do("run", "--provider", "luma", "--max-usd", "ten", code=2)

        # The vendors tell our key in their errors, and the run comes to nothing.
        emulator.faults.set({"echo_auth": 1, "p_401": 1})
        err = canary.do("run", "--provider", "luma", "--draft", "--yes", code=3)
        assert "[hidden]" in err, "what the vendor said is told, without the key"
        canary.do("doctor", "--json")
        canary.do("jobs", "resolve", "0", "--paid", "x", "--json", code=2)
        emulator.faults.set({"p_401": 0, "reject": "a"})
        with server_for(tmp_path / ".fanout", lambda note: None):
            for provider in ("runware", "fal"):
                canary.do("run", "--provider", provider, "--draft", "--yes", "--json", code=3)
            emulator.faults.clear()
            canary.do("run", "--provider", "luma", "--draft", "--yes", code=0)
        for words in (["status"], ["status", "--json"], ["jobs", "list"], ["ledger", "export"], ["report"]):
            canary.do(*words, code=0)
        key = paid.exported("stored")[0]["work_key"]
        for words in (
            ["jobs", "show", key],
            ["jobs", "show", key, "--json"],
            ["stills", "--frames", "0"],
            ["ledger", "verify"],
        ):
            canary.do(*words, code=0)
        canary.do("cancel", code=2)
    canary.is_silent()


def test_no_key_of_a_file_is_shown_either_and_no_process_has_it_in_its_environment(tmp_path: Path, keys: Keys) -> None:
    with quick(keys=keys, faults={"echo_auth": 1, "p_404": 1}) as emulator:
        paid = PaidCampaign(tmp_path, emulator)
        canary = Canary(tmp_path, paid, keys, ours_too=True)
        lines = [f"{name}='{paid.environment.pop(name)}'\n" for name in NAMES]
        (tmp_path / ".env").touch(mode=0o600)
        (tmp_path / ".env").write_text("".join(lines), encoding="utf-8")
        canary.do("doctor", code=0)
        canary.do("run", "--provider", "fal", "--draft", "--yes", code=3)
        emulator.faults.clear()
        canary.do("run", "--provider", "luma", "--draft", "--yes", "--json", code=0)
        canary.do("status", "--json", code=0)
    assert paid.bill()
    canary.is_silent()


def test_the_canary_sings(tmp_path: Path, keys: Keys) -> None:
    with quick(keys=keys) as emulator:
        canary = Canary(tmp_path, PaidCampaign(tmp_path, emulator), keys)
    secret = keys.fal.partition(":")[2]
    (tmp_path / "plain.log").write_text(f"... {keys.luma} ...", encoding="utf-8")
    (tmp_path / "link.html").write_text(f"?key={quote(keys.luma, safe='')}", encoding="utf-8")
    for before in ("", "a", "ab", keys.fal.partition(":")[0] + ":"):
        told = base64.b64encode(f"{before}{secret} and more".encode())
        (tmp_path / f"basic-{len(before)}").write_bytes(told)
    canary.seen["/proc/1"] = b"tool\0--key\0" + keys.fal.encode()
    assert len(canary.leaks()) == 2 + 4 + 1
    assert os.environ.get("FAL_KEY") is None
