"""A run with nothing to do, beside the plan of the same campaign: what is done must cost nothing but reading."""

from bench.campaigns import sample_campaign
from bench.measuring import FANOUT, compare, measure
from bench.reporting import Report


def run(report: Report) -> None:
    """Make a small part of the sample once, then report what running it again costs."""
    part = ["--draft", "--only", "market=BR,ratio=16:9,ratio=9:16"]
    with sample_campaign() as root:
        first = {"first run, two films": measure([*FANOUT, "run", *part], cwd=root)}
        peers = {"run again": [*FANOUT, "run", *part], "fanout plan": [*FANOUT, "plan", *part]}
        report.table("a run with nothing to do", first | compare(peers, cwd=root))
