"""How long a conversation with a vendor may take, and how much it may say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one conversation, in seconds and bytes.

    `ask_s` is for a free request with all its repeats, `try_s` for each of them; `send_s` for the paid one from its first
    look-up to the last byte of its answer, of which `answer_s` may pass in silence. A Retry-After of up to `patience_s`
    is waited for inside a free request; a longer one is for the caller.
    """

    connect_s: float = 10.0
    try_s: float = 30.0
    ask_s: float = 60.0
    answer_s: float = 75.0
    send_s: float = 100.0
    upload_s: float = 900.0
    patience_s: float = 5.0
    most_bytes: int = 8 << 20


USUAL = Limits()
