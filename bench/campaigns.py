"""Campaigns to measure on: the repository's sample, and a large one made from it, in a folder of their own."""

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measuring import FANOUT

ROOT = Path(__file__).parent.parent
MASTER = Path("media/master.mov")
NAME = '[output]\nname = "{brand}_{variant}_{ratio}_v{edition}"'


@contextmanager
def sample_campaign() -> Iterator[Path]:
    """A copy of the sample campaign with its master, in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="fanout-bench-") as folder:
        root = Path(folder)
        for name in ("campaign.toml", "variants.csv"):
            shutil.copy(ROOT / name, root / name)
        shutil.copytree(ROOT / "templates", root / "templates")
        if (ROOT / MASTER).exists():
            (root / MASTER).parent.mkdir()
            shutil.copy(ROOT / MASTER, root / MASTER)
        else:
            subprocess.run([*FANOUT, "sample"], cwd=root, check=True, capture_output=True)
        yield root


@contextmanager
def large_campaign(rows: int) -> Iterator[Path]:
    """The sample with `rows` rows, each with a place of its own, so that no two share a job."""
    with sample_campaign() as root:
        sheet = root / "variants.csv"
        with sheet.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            names, sample = list(reader.fieldnames or ()), list(reader)
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["variant_id", *names])
            writer.writeheader()
            for number in range(rows):
                row = sample[number % len(sample)]
                place = f"{row['setting']}, corner {number}"
                writer.writerow({**row, "variant_id": f"v{number:05}", "setting": place})
        campaign = root / "campaign.toml"
        campaign.write_text(campaign.read_text(encoding="utf-8").replace("[output]", NAME, 1), encoding="utf-8")
        yield root
