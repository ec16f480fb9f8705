"""A load of two-stage jobs: a campaign of tiny clips, a vendor that answers at once and works two seconds, a warm server."""

import csv
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.campaigns import ROOT
from campaign.media.engine import find_engine
from emulator.options import Options
from emulator.server import Emulator
from flows.hosting.server import Server, server_for

RATIOS = ("9:16", "1:1", "4:3", "3:4", "21:9")
"""What is bought of each variant beside its look in 16:9."""
LOOK_SLOTS, REFRAME_SLOTS = 8, 42
"""Fifty jobs at once, in about the proportion in which they come: one look, five reframes of it."""
JOB_S = 2.0
LOCALES = {"DE": "de-DE", "FR": "fr-FR", "IT": "it-IT", "JP": "ja-JP"}
_CAMPAIGN = """
campaign = {{ name = "load", brand = "acme" }}

[inputs]
master = "master.mov"

[output]
ratios = ["16:9", {ratios}]

[provider]
name = "luma"
slots = {{ luma = {{ modify = {look}, reframe = {reframe} }} }}

[modify]
template = "look"

[reframe]
template = "reframe"

[[shots]]
id = "hero"
start = 0
end = {frames}
"""
_LOOK = """---
operation: modify
kind: global_campaign
strength: flex_1
---
A market square in {{ market }} in {{ season }} for {{ demographic }}, an ice-cold can of soda in the foreground, lit by
soft overcast daylight, wooden stalls behind it. Same identity, product, framing and camera path as the source.
"""
_REFRAME = """---
operation: reframe
kind: reframe
---
The market square in {{ market }} in {{ season }} for {{ demographic }} goes on above and below, same light, lens and texture.
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Where the campaign lies, who sells to it and which Prefect server is warm. `variants` times (1 + RATIOS) jobs."""

    folder: Path
    emulator: Emulator
    server: Server
    variants: int

    @property
    def jobs(self) -> int:
        """How many jobs there are."""
        return self.variants * (1 + len(RATIOS))

    def environment(self) -> dict[str, str]:
        """What a process needs to be led here."""
        assert self.server.auth is not None
        return self.emulator.environment() | {
            "PREFECT_API_URL": self.server.api_url,
            "PREFECT_API_AUTH_STRING": self.server.auth,
        }


@contextmanager
def a_load(
    variants: int,
    takes_s: float = JOB_S,
    *,
    frames: int = 24,
    markets: tuple[str, ...] = ("DE",),
    work_pool: str | None = None,
) -> Iterator[Load]:
    """A load that nobody has worked on yet; server and vendor end with the block. `work_pool` is handed its pages; a clip
    has `frames` frames, 24 a second."""
    busy_s = takes_s / 1.1  # the vendor lets a job wait for a tenth of that first
    slots: Mapping[str, int] = {"luma": LOOK_SLOTS + REFRAME_SLOTS, "runware": 1, "fal": 1}
    with tempfile.TemporaryDirectory(prefix="fanout-load-") as name:
        folder = Path(name)
        _lay_out(folder, variants, frames, markets, work_pool)
        with (
            Emulator(Options(fast=True, takes_s=(busy_s, busy_s), slots=slots)) as emulator,
            server_for(folder / "room", lambda _: None) as server,
        ):
            yield Load(folder, emulator, server, variants)


def _lay_out(folder: Path, variants: int, frames: int, markets: tuple[str, ...], work_pool: str | None) -> None:
    ratios = ", ".join(f'"{ratio}"' for ratio in RATIOS)
    text = _CAMPAIGN.format(ratios=ratios, frames=frames, look=LOOK_SLOTS, reframe=REFRAME_SLOTS)
    if work_pool is not None:
        text += f'\n[machines]\nwork_pool = "{work_pool}"\n'
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    (folder / ".fanout").mkdir(mode=0o700)
    templates = folder / "templates"
    templates.mkdir()
    (templates / "look.j2").write_text(_LOOK, encoding="utf-8")
    (templates / "reframe.j2").write_text(_REFRAME, encoding="utf-8")
    looks = (ROOT / "templates" / "looks.toml").read_text(encoding="utf-8")
    (templates / "looks.toml").write_text(looks, encoding="utf-8")
    with (folder / "variants.csv").open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet)
        writer.writerow(("market", "locale", "season", "demographic"))
        for number in range(variants):
            market = markets[number % len(markets)]
            writer.writerow((market, LOCALES[market], "winter", f"crowd {number:04d}"))
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=24:duration={frames / 24}"]
    codec = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run([find_engine().path, "-v", "error", *picture, *codec, folder / "master.mov"], check=True)
