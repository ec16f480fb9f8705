"""A campaign small enough to be run whole by a test: a second of 160x90, two rows, two ratios, four jobs, four films."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from footage import a_film

ROOT = Path(__file__).parent.parent.parent
CAMPAIGN = """
campaign = { name = "small", brand = "acme" }

[inputs]
master = "master.mov"

[output]
ratios = ["16:9", "9:16"]

[provider]
name = "local"

[modify]
template = "global_campaign"

[reframe]
template = "reframe"

[[shots]]
id = "hero"
start = 0
end = 16

[[shots]]
id = "end-card"
start = 16
end = 24
modify = false
fit = "pad"
"""


class SmallCampaign:
    """The folder of a campaign, and the `fanout` command at work in it, in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out" / "small"
        self.home = folder / ".fanout"
        (folder / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
        shutil.copytree(ROOT / "templates", folder / "templates")
        with (ROOT / "variants.csv").open(encoding="utf-8", newline="") as sheet:
            rows = {row["market"]: row for row in csv.DictReader(sheet) if row["template"] == ""}
        self.rows = [rows["DE"], rows["JP"]]
        self.write_rows()
        a_film(folder / "master.mov")

    def write_rows(self) -> None:
        """Write the sheet anew from `rows`."""
        with (self.folder / "variants.csv").open("w", encoding="utf-8", newline="") as sheet:
            writer = csv.DictWriter(sheet, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command, its output in pipes."""
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, "-m", "fanout", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def do(self, *arguments: str, code: int = 0) -> Any:
        """A command to its end; the one JSON document that it printed."""
        running = self.start(*arguments, "--json")
        out, err = running.communicate(timeout=240)
        assert running.returncode == code, err
        assert "Traceback" not in err
        assert out.count("\n") == 1, out
        return json.loads(out)

    def jobs(self) -> Counter[str]:
        """How often each job was attempted."""
        out, _ = self.start("ledger", "export").communicate(timeout=60)
        return Counter(json.loads(line)["work_key"] for line in out.splitlines())

    def films(self) -> dict[str, str]:
        """The delivered files, by path relative to out/<campaign>: their hashes."""
        files = (self.out / "deliverables").rglob("*.mp4")
        return {str(file.relative_to(self.out)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    def manifest(self) -> dict[str, Any]:
        found = json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found

    def promised(self) -> dict[str, str]:
        """What the manifest says is delivered."""
        return {item["file"]: item["sha256"] for item in self.manifest()["items"] if item["status"] == "delivered"}
