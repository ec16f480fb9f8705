"""The header Retry-After, sane and otherwise."""

import time

from emulator.faults import Faults


def retry_after(faults: Faults, vendor: str, about: str) -> str:
    """The Retry-After of a 429, as the fault of that name says; empty for none."""
    word = faults.word("retry_after", vendor)
    if word == "mixed":
        word = faults.choose("retry_after", about, ("1", "date", "absent", "huge", "negative", "words", "past"))
    moments = {"date": 2, "past": -3600}
    if word in moments:
        return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + moments[word]))
    return {"seconds": "1", "absent": "", "huge": "1000000000", "negative": "-5", "words": "soon"}.get(word, word)
