"""Which shots the master has: written by hand, else read from the edit list, else detected; with their settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from campaign.errors import MediaError
from campaign.intake.cuts import read_cuts
from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot
from campaign.model.campaign import Campaign
from campaign.model.edit import Art, MasterEdit, Shot, ShotSettings
from campaign.model.faults import Fault, Level
from campaign.model.ratios import frame_size, same_shape


def settle_shots(campaign: Campaign, master: MasterEdit) -> tuple[MasterEdit, tuple[Fault, ...]]:
    """The master with its shots and what campaign.toml says of them, and every fault found on the way.

    `master` has the shots that were written by hand, or those that were detected. With an error among the faults its
    shots are good for finding more faults, and for nothing else.
    """
    if campaign.shots:
        return master, (*_overruled(campaign), *_art_faults(campaign, master))
    joined: Mapping[str, str] = {}
    faults: tuple[Fault, ...] = ()
    if campaign.cuts is None:
        faults = (_only_detected(campaign, master),)
    elif campaign.cuts.is_file():  # that it is not has been said
        listed, faults = read_cuts(campaign.cuts, campaign.shown(campaign.cuts), master.rate, master.frames)
        if listed is None:
            return master, faults
        master, joined = replace(master, shots=listed.shots), listed.joined
    settling = _Settling(campaign, master.shots, joined)
    settled = replace(master, shots=settling.shots())
    return settled, (*faults, *settling.faults, *_art_faults(campaign, settled))


def _art_faults(campaign: Campaign, master: MasterEdit) -> Iterator[Fault]:
    """Art that cannot take its shot's place. What is not there has been said."""
    for shot in master.shots:
        for art in shot.treatment.art:
            at = Spot(campaign.file.name).at("shots", shot.entry or 0, "art", art.ratio.label)
            if art.sha256 and (wrong := _unfit(campaign, master, shot, art)):
                yield at.fault(*wrong, value=campaign.shown(art.path))


def _unfit(campaign: Campaign, master: MasterEdit, shot: Shot, art: Art) -> tuple[str, str] | None:
    from campaign.media.master.art import look_at_art

    try:
        facts = look_at_art(art.path, master.rate)
    except MediaError as error:
        return str(error).replace(str(art.path), campaign.shown(art.path)), "Name another picture or film."
    if not same_shape(facts.size.shape, art.ratio.value):
        problem = f"the art is {facts.size}, which is not {art.ratio}"
        return problem, f"Export it as {frame_size(art.ratio.value, '1080p')}, or name the file made for {art.ratio}."
    if facts.frames is not None and facts.frames < shot.frames:
        problem = f"the film has {facts.frames} frames at the master's rate, shot {shot.id} has {shot.frames}"
        return problem, f"Make it at least {shot.frames} frames long, or name a still."
    return None


def _overruled(campaign: Campaign) -> Iterator[Fault]:
    if campaign.cuts is not None:
        problem = "cuts is not read: the [[shots]] with start and end say where the cuts are"
        cure = "Delete the key, or take start and end out of every [[shots]]."
        yield Spot(campaign.file.name).at("inputs", "cuts").fault(problem, cure, level=Level.WARNING)


def _only_detected(campaign: Campaign, master: MasterEdit) -> Fault:
    count = len(master.shots) - 1
    found = "no cut was" if not count else "1 cut was" if count == 1 else f"{count} cuts were"
    problem = f"{found} found in the picture (by scdet); no detector finds dissolves and wipes"
    cure = "Where the edit has any, name its EDL or OpenTimelineIO file as inputs.cuts, or write [[shots]] with start and end."
    return Spot(campaign.file.name).at("inputs", "cuts").fault(problem, cure, level=Level.INFO, rule="shots.detected")


@dataclass(slots=True)
class _Found:
    """A shot while settings find it."""

    shot: Shot
    by: ShotSettings | None = None


class _Settling:
    """Lays settings over shots; `faults` are those of settings that mean no shot, or one that another has taken."""

    def __init__(self, campaign: Campaign, shots: tuple[Shot, ...], joined: Mapping[str, str]) -> None:
        self._spot = Spot(campaign.file.name).at("shots")
        self._found = [_Found(shot) for shot in shots]
        self._joined = {name.casefold(): other for name, other in joined.items()}
        self._frames = shots[-1].end_frame if shots else 0
        self.faults: list[Fault] = []
        for settings in sorted(campaign.shot_settings, key=lambda each: each.entry):
            self._lay(settings)
        self._require_unlike()

    def shots(self) -> tuple[Shot, ...]:
        """The shots as they are to be."""
        return tuple(_settled(each) for each in self._found)

    def _lay(self, settings: ShotSettings) -> None:
        found = self._at(settings) if settings.at is not None else self._called(settings)
        if found is None:
            return
        if found.by is not None:
            problem = f"means shot {found.shot.id}, of which shots[{found.by.entry}] tells already"
            self._fault(settings, "id" if settings.at is None else "at", problem, "Write all of it into one [[shots]].")
            return
        found.by = settings

    def _at(self, settings: ShotSettings) -> _Found | None:
        for found in self._found:
            if settings.at is not None and found.shot.start_frame <= settings.at < found.shot.end_frame:
                return found
        problem, cure = f"the master has frames 0 to {self._frames - 1}", "Name a frame of the shot that is meant."
        self._fault(settings, "at", problem, cure, value=str(settings.at))
        return None

    def _called(self, settings: ShotSettings) -> _Found | None:
        name = settings.id or ""
        for found in self._found:
            if found.shot.id.casefold() == name.casefold():
                return found
        if other := self._joined.get(name.casefold()):
            problem = f"a transition makes {name} one shot with {other}"
            self._fault(settings, "id", problem, f"Set id = {other!r}, for both.", value=name)
            return None
        known = [found.shot.id for found in self._found]
        cure = f"Shots are {_some(known)}; `at` = a frame of the shot means it whatever it is called."
        self._fault(settings, "id", "there is no such shot", cure, value=name, nearest=nearest(name, known))
        return None

    def _require_unlike(self) -> None:
        ids = {each.shot.id.casefold(): each for each in self._found}
        for each in self._found:
            name = each.by.id if each.by is not None and each.by.at is not None else None
            if each.by is None or name is None:
                continue
            other = ids.get(name.casefold())
            renamed = other is not None and other.by is not None and other.by.at is not None and other.by.id
            if other is not None and other is not each and not renamed:
                problem = f"another shot (frames {other.shot.start_frame} to {other.shot.end_frame}) has this id"
                self._fault(each.by, "id", problem, "Choose another.", value=name)

    def _fault(self, settings: ShotSettings, key: str, problem: str, cure: str, **rest: str | None) -> None:
        self.faults.append(self._spot.at(settings.entry, key).fault(problem, cure, **rest))


def _settled(found: _Found) -> Shot:
    said = found.by
    if said is None:
        return found.shot
    return replace(
        found.shot,
        id=said.id if said.at is not None and said.id else found.shot.id,
        treatment=said.treatment,
        entry=said.entry,
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
