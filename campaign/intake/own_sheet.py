"""Reads a sheet that is a file on this machine."""

from campaign.errors import InputError
from campaign.model.campaign import Campaign
from campaign.model.faults import Fault
from campaign.model.sheets import SheetCopy


def own_sheet(campaign: Campaign) -> SheetCopy:
    """The sheet as it is now. Raises InputError with the fault that keeps it from being read."""
    try:
        return SheetCopy(campaign.sheet.read_bytes(), campaign.sheet)
    except OSError as error:
        fault = Fault(
            file=campaign.shown(campaign.sheet),
            place="",
            problem=f"the sheet cannot be read: {error.strerror}",
            cure="Check the path and its permissions.",
            rule="csv.file",
        )
        raise InputError((fault,)) from None
