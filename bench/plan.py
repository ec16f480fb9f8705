"""A plan of 2,000 variants x 6 ratios, beside a bare script that reads the sheet, renders each prompt and hashes each job."""

import sys

from bench.campaigns import large_campaign
from bench.measuring import FANOUT, compare
from bench.reporting import Report

BARE = """
import hashlib, json, jinja2, pandas
rows = pandas.read_csv("variants.csv", dtype=str, keep_default_na=False).to_dict("records")
loader = jinja2.Environment(loader=jinja2.FileSystemLoader("templates"))
template = loader.from_string("{{ product }} in {{ setting }}, {{ light }}. Same identity, framing and camera as the source.")
keys = []
for row in rows:
    prompt = template.render(row)
    for segment in range(4):
        modify = hashlib.sha256(json.dumps(["modify", prompt, segment], sort_keys=True).encode()).hexdigest()
        keys.append(modify)
        for ratio in ("9:16", "1:1", "4:3", "3:4", "21:9"):
            keys.append(hashlib.sha256(json.dumps(["reframe", modify, ratio], sort_keys=True).encode()).hexdigest())
print(len(keys))
"""


def run(report: Report) -> None:
    """Report the figure; the targets are 3 s of wall time and 500 MB."""
    with large_campaign(2000) as root:
        peers = {
            "fanout plan": [*FANOUT, "plan"],
            "fanout plan --json": [*FANOUT, "plan", "--json"],
            "bare script": [sys.executable, "-c", BARE],
        }
        report.table("plan of 2,000 variants", compare(peers, cwd=root))
