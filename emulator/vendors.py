"""Which vendors the emulator stands in for."""

from emulator.fal import Fal
from emulator.luma import Luma
from emulator.routes import Vendor
from emulator.runware import Runware
from emulator.world import World


def vendors(world: World) -> tuple[Vendor, ...]:
    """One of each, with what an emulator before this one kept."""
    return (Luma(world), Runware(world), Fal(world))
