"""The keys that are taken, and what becomes of them."""

import threading

from emulator.options import Keys


class Keyring:
    """One key a vendor; safe from threads. A key that was taken once and is not any more is called revoked."""

    def __init__(self, keys: Keys) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, str] = {name: getattr(keys, name) for name in Keys.__dataclass_fields__}
        self._before: dict[str, set[str]] = {name: set() for name in self._taken}

    def is_good(self, vendor: str, key: str) -> bool:
        """Whether this key opens the vendor's API now."""
        with self._lock:
            return self._taken.get(vendor) == key

    def was_good(self, vendor: str, key: str) -> bool:
        """Whether it did once."""
        with self._lock:
            return key in self._before.get(vendor, ())

    def change(self, vendor: str, key: str) -> None:
        """Take another key from now on."""
        with self._lock:
            if self._taken[vendor] != key:
                self._before[vendor].add(self._taken[vendor])
                self._before[vendor].discard(key)
                self._taken[vendor] = key

    def key(self, vendor: str) -> str:
        """The key that is taken now."""
        with self._lock:
            return self._taken[vendor]
