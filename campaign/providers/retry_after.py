"""How long a vendor asks us to wait, as far as it can be believed."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 600.0
"""No answer keeps a provider waiting for longer: a typing error of theirs must not end a campaign."""

_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait, 0 to 600, from a Retry-After header: a number or a date (RFC 9110, 10.2.3). None = nothing usable.

    More than ten minutes becomes ten minutes; what is negative, wordy, or a date gone by counts as not said.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_S)
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    seconds = (date - (now or datetime.now(UTC))).total_seconds()
    return min(seconds, LONGEST_S) if seconds > 0 else None
