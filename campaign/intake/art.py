"""Art of shots: found and hashed, so that a film with repainted art is finished again."""

from dataclasses import replace
from hashlib import file_digest

from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot
from campaign.model.campaign import Campaign
from campaign.model.edit import Art, Treatment
from campaign.model.faults import Fault


def with_art(campaign: Campaign) -> tuple[Campaign, tuple[Fault, ...]]:
    """The campaign with the sha256 of every piece of art, and a fault for each that is not there."""
    faults: list[Fault] = []
    spot = Spot(campaign.file.name).at("shots")
    shots = tuple(
        replace(
            each, treatment=_hashed(each.treatment, n if each.entry is None else each.entry, campaign, spot, faults)
        )
        for n, each in enumerate(campaign.shots)
    )
    settings = tuple(
        replace(each, treatment=_hashed(each.treatment, each.entry, campaign, spot, faults))
        for each in campaign.shot_settings
    )
    return replace(campaign, shots=shots, shot_settings=settings), tuple(faults)


def _hashed(treatment: Treatment, entry: int, campaign: Campaign, spot: Spot, faults: list[Fault]) -> Treatment:
    found: list[Art] = []
    for art in treatment.art:
        at = spot.at(entry, "art", art.ratio.label)
        try:
            with art.path.open("rb") as stream:
                found.append(replace(art, sha256=file_digest(stream, "sha256").hexdigest()))
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            problem = "there is no such file" if missing else f"the file cannot be read ({error.strerror})"
            cure = "Put the picture (PNG, JPEG) or film there, or correct the path."
            faults.append(at.fault(problem, cure, value=campaign.shown(art.path), nearest=_near(art)))
    return replace(treatment, art=tuple(found))


def _near(art: Art) -> str | None:
    try:
        return nearest(art.path.name, sorted(path.name for path in art.path.parent.iterdir() if path != art.path))
    except OSError:
        return None
