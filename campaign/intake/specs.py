"""Reads a campaign's own specs folder: TOML files that add specs and placements, or lay numbers over those of campaign/data."""

from dataclasses import replace
from pathlib import Path

from campaign.intake.catalogue import shipped_tables
from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot
from campaign.intake.spec_book import Tables, placements_of, read_tables, specs_of
from campaign.intake.toml_text import read_toml
from campaign.model.catalogue import Catalogue
from campaign.model.faults import Fault, Level

MOST = 100
"""Files that are read; a folder with more of them is another folder."""
_ID = "abcdefghijklmnopqrstuvwxyz0123456789_."


def with_own_specs(
    folder: Path | None, catalogue: Catalogue, campaign_file: str = "campaign.toml"
) -> tuple[Catalogue, tuple[Fault, ...]]:
    """The catalogue with what the campaign's folder says, and what is wrong in it. No folder, no change."""
    if folder is None or not folder.is_dir():
        return catalogue, ()
    files = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and path.is_file())
    faults = list(_folder_faults(folder, files, campaign_file))
    own = Tables({}, {})
    for path in files[:MOST]:
        own, found = _read(path, f"{folder.name}/{path.name}", own)
        faults += found
    tables = shipped_tables().under(own)
    specs, spec_faults = specs_of(tables)
    placements, placement_faults = placements_of(tables, specs)
    changed = replace(catalogue, specs=specs, placements=placements)
    return changed, (*faults, *spec_faults, *placement_faults)


def _read(path: Path, file: str, before: Tables) -> tuple[Tables, list[Fault]]:
    raw, broken = read_toml(path, file)
    spot = Spot(file, rule="specs")
    read, found = read_tables(raw or {}, spot, own=True)
    faults = [*broken, *found]
    for noun, mine, known in (
        ("specs", read.specs, before.specs),
        ("placements", read.placements, before.placements),
    ):
        for id_ in mine:
            at = spot.at(noun, id_)
            if id_ in known:
                where = known[id_].spot.file
                faults.append(at.fault(f"{id_} is described in {where} too", "Keep one of the two tables.", value=id_))
            if not id_ or set(id_) - set(_ID) or id_.strip("._") != id_:
                cure = "Use a-z, 0-9, _ and dots inside: client.screen."
                faults.append(at.fault("this name cannot be part of a file name", cure, value=id_))
    return before.under(read), faults


def _folder_faults(folder: Path, files: list[Path], campaign_file: str) -> list[Fault]:
    spot = Spot(campaign_file).at("inputs", "specs")
    if len(files) > MOST:
        return [spot.fault(f"specs holds {len(files)} files", f"At most {MOST} are read: join them.")]
    if files:
        return []
    others = sorted(path.name for path in folder.iterdir())
    near = nearest("specs.toml", others)
    cure = "Put .toml files in it, or delete the key."
    return [spot.fault("specs holds no .toml file", cure, nearest=near, level=Level.WARNING)]
