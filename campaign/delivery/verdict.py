"""What quality control said of a film, as the manifest tells it."""

from typing import Any

from campaign.model.finished import Finished


def verdict_of(done: Finished | None) -> dict[str, Any] | None:
    """Whether it passed, and every finding; None before it was made."""
    if done is None:
        return None
    findings = [
        {
            "check": finding.check,
            "severity": finding.severity,
            "message": finding.message,
            "measured": finding.measured,
            "expected": finding.expected,
            "frame": finding.frame,
            "waived_by": finding.waiver.by if finding.waiver else None,
            "waived_at": finding.waiver.at.isoformat() if finding.waiver else None,
            "waived_for": finding.waiver.note if finding.waiver else None,
        }
        for finding in done.report.findings
    ]
    return {"passed": done.report.passed, "findings": findings}
