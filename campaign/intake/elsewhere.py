"""The fault of a campaign.toml that is not there; light to import, for commands that read nothing else."""

from pathlib import Path

from campaign.model.faults import Fault


def no_campaign(file: Path) -> Fault:
    """What to say when there is no campaign file at `file`."""
    return Fault(
        file=str(file),
        place="",
        problem="there is no such file",
        cure="Change to the campaign's folder, or give --campaign PATH.",
        rule="toml.missing",
    )
