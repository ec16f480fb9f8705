"""Results that further work starts from at the vendor that made them, without an upload."""

from campaign.providers.base import Order


class Parents:
    """One vendor's generations as starting points. One that it refuses is not named again: its result is uploaded instead."""

    def __init__(self) -> None:
        self._refused: set[str] = set()

    def of(self, order: Order) -> str | None:
        """The generation that an order may start from, None when its clip has to be uploaded."""
        parent = order.parent_remote_id
        return None if parent in self._refused else parent

    def refuse(self, remote_id: str | None) -> bool:
        """Nothing starts from it any more. Whether that helps: not, when there is none or it was known."""
        if remote_id is None or remote_id in self._refused:
            return False
        self._refused.add(remote_id)
        return True
