"""Art of shots: found and hashed, so that a film with repainted art is finished again."""

from dataclasses import replace
from hashlib import file_digest

from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot
from campaign.model.campaign import Campaign
from campaign.model.edit import Art, Shot, ShotSettings
from campaign.model.faults import Fault


def with_art(campaign: Campaign) -> tuple[Campaign, tuple[Fault, ...]]:
    """The campaign with the sha256 of every piece of art, and a fault for each that is not there."""
    faults: list[Fault] = []
    spot = Spot(campaign.file.name).at("shots")
    shots = tuple(replace(each, art=_hashed(each, n, campaign, spot, faults)) for n, each in enumerate(campaign.shots))
    settings = tuple(
        replace(each, art=_hashed(each, each.entry, campaign, spot, faults)) for each in campaign.shot_settings
    )
    return replace(campaign, shots=shots, shot_settings=settings), tuple(faults)


def _hashed(
    shot: Shot | ShotSettings, entry: int, campaign: Campaign, spot: Spot, faults: list[Fault]
) -> tuple[Art, ...]:
    found: list[Art] = []
    for art in shot.art:
        at = spot.at(entry if shot.entry is None else shot.entry, "art", art.ratio.label)
        try:
            with art.path.open("rb") as stream:
                found.append(replace(art, sha256=file_digest(stream, "sha256").hexdigest()))
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            problem = "there is no such file" if missing else f"the file cannot be read ({error.strerror})"
            cure = "Put the picture (PNG, JPEG) or film there, or correct the path."
            faults.append(at.fault(problem, cure, value=campaign.shown(art.path), nearest=_near(art)))
    return tuple(found)


def _near(art: Art) -> str | None:
    try:
        return nearest(art.path.name, sorted(path.name for path in art.path.parent.iterdir() if path != art.path))
    except OSError:
        return None
