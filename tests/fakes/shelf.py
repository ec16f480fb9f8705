"""A shelf of uploads that lasts as long as a test."""

from datetime import UTC, datetime


class MemoryShelf:
    """Remembers what was uploaded; `refs` is what it holds, by provider, account and mark."""

    def __init__(self) -> None:
        self.refs: dict[tuple[str, str, str], str] = {}
        self._until: dict[tuple[str, str, str], datetime | None] = {}

    def known(self, provider: str, account: str, sha256: str) -> str | None:
        until = self._until.get((provider, account, sha256))
        return None if until is not None and until <= datetime.now(UTC) else self.refs.get((provider, account, sha256))

    def remember(self, provider: str, account: str, sha256: str, ref: str, expires_at: datetime | None) -> None:
        self.refs[provider, account, sha256] = ref
        self._until[provider, account, sha256] = expires_at

    def forget(self, provider: str, account: str, sha256: str) -> None:
        self.refs.pop((provider, account, sha256), None)
