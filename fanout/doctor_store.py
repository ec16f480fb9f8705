"""What `fanout doctor` looks at when the store lies beyond this machine: whether it can be reached, written, and read."""

from campaign.errors import CampaignError
from campaign.settings import Settings, shown_address
from fanout.doctor_machine import Check


def examine_store(settings: Settings) -> Check | None:
    """Puts a small file where the store lies and reads it back from there; None for a store on this machine."""
    if settings.store_url is None:
        return None
    import tempfile
    from pathlib import Path

    from campaign.store.opening import open_store

    name, place = "store", shown_address(settings.store_url)
    try:
        with tempfile.TemporaryDirectory(prefix="fanout-doctor-") as folder:
            store = open_store(settings, Path(folder) / "one")
            store.require_room()
            probe = store.temporary(".txt")
            probe.write_text("fanout doctor\n", encoding="utf-8")
            kept = store.put(probe, ".txt")
            open_store(settings, Path(folder) / "two").local(kept.sha256)
    except CampaignError as error:
        return Check(name, False, str(error), "mend that first: bought results are kept there")
    return Check(name, True, f"{place} takes files and gives them back unchanged")
