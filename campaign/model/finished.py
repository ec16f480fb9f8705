"""A film that was finished: what the file is and what quality control said."""

from dataclasses import dataclass
from datetime import datetime

from campaign.model.qc import FileFacts, QCReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The record of one finished output, kept in the ledger by the output's key.

    `sha256` and `poster_sha256` name the film and its poster (JPEG) in the store; a film that failed QC is kept there
    too, and just not delivered.
    """

    key: str
    campaign: str
    variant: str
    ratio: str
    placement: str | None
    sha256: str
    poster_sha256: str
    facts: FileFacts
    report: QCReport
    made_at: datetime
