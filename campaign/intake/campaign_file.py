"""Reads campaign.toml: every fault at once, each with its key path, value and cure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from campaign.errors import InputError
from campaign.intake.catalogue import read_catalogue
from campaign.intake.elsewhere import no_campaign
from campaign.intake.matrix import Matrix
from campaign.intake.matrix_table import read_matrix
from campaign.intake.names import known_names
from campaign.intake.ratios import parse_ratio
from campaign.intake.reading import Key, Spot, read_section, unsaid
from campaign.intake.regions import read_regions
from campaign.intake.schema import (
    SECTIONS,
    ApprovalKeys,
    BudgetKeys,
    CampaignKeys,
    FileKeys,
    InputKeys,
    MachineKeys,
    ModifyKeys,
    NoticeKeys,
    OutputKeys,
    ProviderKeys,
    QcKeys,
    ReframeKeys,
    ScheduleKeys,
    Section,
)
from campaign.intake.shots import read_shots
from campaign.intake.toml_text import read_toml
from campaign.intake.values import slug
from campaign.model.campaign import Budget, Campaign, Notices, Schedule
from campaign.model.catalogue import Catalogue
from campaign.model.faults import Fault, Level
from campaign.model.jobs import How
from campaign.model.ratios import DERIVED

MASTER, SHEET, TEMPLATES = "media/master.mov", "variants.csv", "templates"
S = TypeVar("S", bound=Section)
T = TypeVar("T")
_NO_MATRIX = Matrix(columns={}, exclude=())


@dataclass(frozen=True, slots=True)
class FileReading:
    """What could be read of campaign.toml, faulty keys at their defaults; `campaign` is None when nothing could.

    With an error among `faults` the campaign is good for finding more faults, and for nothing else.
    """

    campaign: Campaign | None
    matrix: Matrix
    faults: tuple[Fault, ...]


def read_campaign_file(path: Path) -> tuple[Campaign | None, Matrix, tuple[Fault, ...]]:
    """The campaign as written, with every path absolute; None when any fault is an error. Never raises for bad input.

    Only the file itself is read: whether what it names exists is `read_brief`'s to find out.
    """
    reading = read_leniently(path, read_catalogue())
    sound = all(fault.level is not Level.ERROR for fault in reading.faults)
    return reading.campaign if sound else None, reading.matrix, reading.faults


def campaign_name(path: Path) -> str:
    """Which campaign it is, whatever else is wrong with the file. Raises InputError when it does not tell."""
    reading = read_leniently(path, read_catalogue())
    if reading.campaign is None:
        raise InputError(reading.faults)
    return reading.campaign.name


def read_leniently(path: Path, catalogue: Catalogue) -> FileReading:
    """As `read_campaign_file`, but the campaign comes with faults too, so that the other inputs can be checked."""
    file = path.absolute().parent.resolve() / path.name
    if not file.exists():
        return FileReading(None, _NO_MATRIX, (no_campaign(path),))
    raw, faults = read_toml(file, path.name)
    if raw is None:
        return FileReading(None, _NO_MATRIX, faults)
    tables = _Tables(Spot(path.name, elsewhere=_homes()), file.parent, list(faults))
    top = tables.table(FileKeys, raw)
    matrix = tables.keep(read_matrix(top.matrix, tables.spot.at("matrix")))
    campaign = _campaign(file, top, tables)
    return FileReading(campaign, matrix, (*tables.faults, *known_names(campaign, catalogue, tables.spot)))


class _Tables:
    """Reads the tables of one file one after the other and gathers their faults."""

    def __init__(self, spot: Spot, root: Path, faults: list[Fault]) -> None:
        self.spot = spot
        self.root = root
        self.faults = faults

    def table(self, model: type[S], raw: Mapping[str, Any], *keys: Key) -> S:
        """The table at `keys`."""
        return self.keep(read_section(model, raw, self.spot.at(*keys), self.root))

    def refused(self, key: str) -> bool:
        """Whether the table `key` is misspelt or no table, so that nothing in it can be asked for."""
        return any(key in (fault.place, fault.nearest) for fault in self.faults)

    def keep(self, found: tuple[T, Iterable[Fault]]) -> T:
        """What was read; its faults are kept."""
        read, faults = found
        self.faults.extend(faults)
        return read


def _campaign(file: Path, top: FileKeys, tables: _Tables) -> Campaign:
    head = tables.table(CampaignKeys, top.campaign, "campaign")
    inputs = tables.keep(_inputs(top, tables))
    output = tables.keep(_output(top, tables))
    provider = tables.table(ProviderKeys, top.provider, "provider")
    modify = tables.table(ModifyKeys, top.modify, "modify")
    reframe = tables.table(ReframeKeys, top.reframe, "reframe")
    shots, settings = tables.keep(read_shots(top.shots, tables.spot.at("shots"), file.parent))
    tables.faults += _how_faults(top.reframe, reframe, tables.spot.at("reframe", "how"))
    root = file.parent
    approval = tables.table(ApprovalKeys, top.approval, "approval")
    quality = tables.table(QcKeys, top.qc, "qc")
    return Campaign(
        file=file,
        root=root,
        name=head.name or slug(root.name) or "campaign",
        brand=head.brand,
        timezone=head.timezone,
        master=inputs.master or root / MASTER,
        cuts=inputs.cuts,
        sheet=inputs.variants if isinstance(inputs.variants, Path) else root / SHEET,
        sheet_url=inputs.variants if isinstance(inputs.variants, str) else None,
        templates=inputs.templates or root / TEMPLATES,
        assets=inputs.assets,
        fonts=inputs.fonts,
        specs=inputs.specs,
        ratios=tuple(dict.fromkeys(output.ratios)),
        placements=tuple(dict.fromkeys(output.placements)),
        name_rule=output.name,
        provider=provider.name,
        draft=provider.draft,
        final=provider.final,
        slots={(name, operation): n for name, each in provider.slots.items() for operation, n in each.items()},
        failover=tuple(dict.fromkeys(provider.failover)),
        moderation_retries=provider.moderation_retries,
        modify_template=modify.template,
        modify_controls=modify.controls(),
        reframe_template=reframe.template,
        how=reframe.how,
        focus=reframe.focus,
        shots=shots,
        shot_settings=settings,
        budget=Budget(**dict(tables.table(BudgetKeys, top.budget, "budget"))),
        draft_first=approval.draft_first,
        wait_hours=approval.wait_hours,
        regions=tables.keep(read_regions(quality.regions, tables.spot.at("qc", "regions"), root)),
        work_pool=tables.table(MachineKeys, top.machines, "machines").work_pool,
        notices=Notices(blocks=tuple(dict.fromkeys(tables.table(NoticeKeys, top.notices, "notices").blocks))),
        schedules=tuple(tables.keep(_schedules(top.schedule, tables, head.timezone))),
    )


def _inputs(top: FileKeys, tables: _Tables) -> tuple[InputKeys, Iterator[Fault]]:
    raw = top.inputs or {}
    return tables.table(InputKeys, raw, "inputs"), _unsaid_master(raw, tables)


def _unsaid_master(raw: Mapping[str, Any], tables: _Tables) -> Iterator[Fault]:
    if unsaid("master", raw, tables.faults) and not tables.refused("inputs"):
        cure = f'Name the approved cut: [inputs] master = "{MASTER}"; `fanout sample` makes one to try.'
        yield tables.spot.at("inputs", "master").fault("inputs.master is missing", cure)


def _output(top: FileKeys, tables: _Tables) -> tuple[OutputKeys, Iterator[Fault]]:
    raw = top.output or {}
    read = tables.table(OutputKeys, raw, "output")
    return read, _output_faults(raw, read, tables)


def _output_faults(raw: Mapping[str, Any], read: OutputKeys, tables: _Tables) -> Iterator[Fault]:
    at = tables.spot.at("output")
    said = any(raw.get(key) or not unsaid(key, {}, tables.faults) for key in ("ratios", "placements"))
    if not said and not tables.refused("output"):
        cure = 'Say what to make: [output] ratios = ["16:9", "9:16"].'
        yield at.at("ratios").fault("output.ratios is missing or empty", cure)
    for key, values in (("ratios", read.ratios), ("placements", read.placements)):
        for number, value in enumerate(values):
            if value in values[:number]:
                problem = f"{key} names {value} twice"
                yield at.at(key, number).fault(problem, "It is made once; delete one.", level=Level.WARNING)


def _how_faults(raw: Mapping[str, Any], read: ReframeKeys, at: Spot) -> Iterator[Fault]:
    """Ways of making a ratio that nobody has."""
    for spelt in raw.get("how", {}) if isinstance(raw.get("how"), dict) else ():
        ratio = parse_ratio(spelt)
        how = read.how.get(ratio) if ratio else None
        if how is How.DERIVE and ratio not in DERIVED:
            known = ", ".join(f"{one} from {other}" for one, other in DERIVED.items())
            problem = f"{ratio} is not cropped from any neighbour"
            yield at.at(spelt).fault(problem, f"derive makes {known}.", value=how.value)
        if how is How.GENERATE and ratio in DERIVED:
            problem = f"no provider generates {ratio}"
            yield at.at(spelt).fault(problem, f"derive crops it from {DERIVED[ratio]}.", value=how.value)


def _schedules(raw: Sequence[dict[str, Any]], tables: _Tables, timezone: str) -> tuple[list[Schedule], list[Fault]]:
    schedules: list[Schedule] = []
    faults: list[Fault] = []
    for number, table in enumerate(raw):
        keys = tables.table(ScheduleKeys, table, "schedule", number)
        for key in ("market", "cron"):
            if unsaid(key, table, tables.faults):
                cure = 'Write [[schedule]] market = "DE", cron = "0 6 * * 1-5".'
                faults.append(tables.spot.at("schedule", number, key).fault(f"{key} is missing", cure))
        if keys.market and keys.cron:
            schedules.append(Schedule(market=keys.market, cron=keys.cron, timezone=keys.timezone or timezone))
    return schedules, faults


def _homes() -> dict[str, str]:
    """For each key that exists in one table only: how that table is written."""
    homes: dict[str, list[str]] = {}
    for table, model in SECTIONS.items():
        header = f"[[{table}]]" if table in ("shots", "schedule") else f"[{table}]"
        for key in model.known_keys():
            homes.setdefault(key, []).append(header)
    top = dict.fromkeys(FileKeys.known_keys(), "the top of the file, before any [table]")
    return {**{key: tables[0] for key, tables in homes.items() if len(tables) == 1}, **top}
