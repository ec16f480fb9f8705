"""The house keeps its storeys: imports go downwards, every library has its door."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STOREYS = {
    "campaign.model": 1,
    "campaign.errors": 1,
    "campaign.secrets": 1,
    "campaign.settings": 1,
    "campaign.data": 1,
    "campaign.planning": 2,
    "campaign.prompts": 2,
    "campaign.intake": 2,
    "campaign.media": 2,
    "campaign.ledger": 2,
    "campaign.store": 2,
    "campaign.net": 2,
    "campaign.providers": 3,
    "campaign.delivery": 3,
    "campaign.preparing": 3,
    "campaign.buying": 4,
    "campaign.gathering": 4,
    "tasks": 5,
    "flows": 6,
    "emulator": 6,
    "fanout": 7,
}
MEDIA_STOREYS = {
    "campaign.media": 1,
    "campaign.media.detection": 2,
    "campaign.media.local": 2,
    "campaign.media.spot": 2,
    "campaign.media.master": 3,
    "campaign.media.film": 4,
    "campaign.media.quality": 5,
}
FLOWS_STOREYS = {
    "flows.hosting": 1,
    "flows.showing": 2,
    "flows.control": 3,
    "flows.approvals": 4,
    "flows.markets": 4,
    "flows": 5,
    "flows.room": 6,
    "flows.terminal": 7,
}
SAME_ROOM_ALLOWED = {
    "campaign.errors": {"campaign.model"},
    "campaign.settings": {"campaign.errors", "campaign.secrets"},
}
DOORS = {
    "prefect": {"flows", "tasks"},
    "httpx": {"campaign.providers", "campaign.net", "emulator"},
    "starlette": {"emulator", "flows"},
    "cryptography": {"campaign.net", "emulator"},
    "uvicorn": {"emulator", "flows"},
    "dotenv": {"campaign.settings"},
    "fsspec": {"campaign.store"},
    "ffmpeg": {"campaign.media"},
    "imageio_ffmpeg": {"campaign.media", "emulator"},
    "av": {"campaign.media"},
    "PIL": {"campaign.media"},
    "numpy": {"campaign.media"},
    "pandas": {"campaign.intake", "campaign.delivery"},
    "pydantic": {"campaign.intake"},
    "yaml": {"campaign.intake"},
    "opentimelineio": {"campaign.intake", "campaign.delivery"},
    "otio_cmx3600_adapter": {"campaign.intake", "campaign.delivery"},
    "babel": {"campaign.intake"},
    "jinja2": {"campaign.prompts", "campaign.delivery"},
    "sqlalchemy": {"campaign.ledger"},
    "click": {"fanout"},
    "rich": {"fanout"},
}
ENVIRONMENT_DOORS = {"campaign.settings"}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    for package in ("campaign", "emulator", "fanout", "flows", "tasks"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, path, ast.parse(path.read_text(encoding="utf-8"))


def room_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] in STOREYS:
        return parts[0]
    room = ".".join(parts[:2])
    return room if room in STOREYS else None


def imports_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the storey"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((name, node.lineno) for name in names)


MODULES = list(modules())


@pytest.mark.parametrize(("name", "path", "tree"), MODULES, ids=[name for name, _, _ in MODULES])
def test_imports_go_downwards_and_through_the_doors(name: str, path: Path, tree: ast.Module) -> None:
    here = room_of(name)
    wrong = []
    for target, line in imports_of(tree):
        there = room_of(target)
        library = target.split(".")[0]
        if library in DOORS and here not in DOORS[library]:
            wrong.append(f"{path.name}:{line}: {library} has its door in {sorted(DOORS[library])}")
        if here is None or there is None or here == there:
            continue
        allowed = STOREYS[there] < STOREYS[here] or there in SAME_ROOM_ALLOWED.get(here, set())
        if not allowed:
            wrong.append(f"{path.name}:{line}: {here} may not import {there}")
    assert not wrong


@pytest.mark.parametrize(
    ("house", "storeys"), [("campaign.media", MEDIA_STOREYS), ("flows", FLOWS_STOREYS)], ids=["media", "flows"]
)
def test_inside_the_large_rooms_too(house: str, storeys: dict[str, int]) -> None:
    wrong = []
    for name, path, tree in MODULES:
        if room_of(name) != house:
            continue
        here = ".".join(path.relative_to(ROOT).parts[:-1])
        for target, line in imports_of(tree):
            if room_of(target) != house:
                continue
            there = max((room for room in storeys if f"{target}.".startswith(f"{room}.")), key=len)
            if here != there and storeys[there] >= storeys[here]:
                wrong.append(f"{path.name}:{line}: {here} may not import {there}")
    assert not wrong


@pytest.mark.parametrize(("name", "path", "tree"), MODULES, ids=[name for name, _, _ in MODULES])
def test_the_environment_is_read_in_one_place(name: str, path: Path, tree: ast.Module) -> None:
    if room_of(name) in ENVIRONMENT_DOORS:
        return
    reads = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and node.attr in {"environ", "getenv"}
    ]
    assert not reads, f"{path}: lines {reads}: use campaign.settings"


def test_the_ground_floor_needs_nothing_but_the_standard_library() -> None:
    allowed: dict[str, set[str]] = {
        "campaign.model": set(),
        "campaign.errors": set(),
        "campaign.secrets": set(),
        "campaign.settings": {"dotenv"},
    }
    for name, path, tree in MODULES:
        room = room_of(name)
        if room not in allowed:
            continue
        foreign = {
            target.split(".")[0]
            for target, _ in imports_of(tree)
            if target.split(".")[0] not in sys.stdlib_module_names and not target.startswith("campaign")
        }
        assert foreign <= allowed[room], f"{path}: {foreign}"


def test_no_flow_or_task_file_shadows_something_importable() -> None:
    taken = set(sys.stdlib_module_names) | set(DOORS) | {"campaign", "flows", "tasks", "fanout"}
    for package in ("flows", "tasks"):
        clash = {path.stem for path in (ROOT / package).iterdir()} & taken
        assert not clash, f"{package}/: {clash} would shadow a module, since Prefect puts this folder first on sys.path"


def test_the_emulator_and_the_product_share_nothing() -> None:
    """Its rules and prices are transcribed a second time, so that one mistake cannot hide in both."""
    product = {"campaign", "fanout", "flows", "tasks"}
    wrong = []
    for name, path, tree in MODULES:
        for target, line in imports_of(tree):
            library = target.split(".")[0]
            if name.startswith("emulator") and library in product:
                wrong.append(f"{path.name}:{line}: the emulator may not import {target}")
            if not name.startswith("emulator") and library == "emulator" and name != "fanout.emulate":
                wrong.append(f"{path.name}:{line}: only fanout.emulate may import {target}")
        if name.startswith("emulator") and "providers.toml" in path.read_text(encoding="utf-8"):
            wrong.append(f"{path.name}: the emulator has a price list of its own")
    assert not wrong


def test_every_room_is_on_the_map() -> None:
    rooms = {name.split(".")[1] for name, _, _ in MODULES if name.startswith("campaign.")}
    assert {f"campaign.{room}" for room in rooms} <= set(STOREYS)
