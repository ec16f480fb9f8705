"""The shapes of campaign.toml's tables and of a template's front matter. A door for pydantic.

Every field has a default, so that what is good in a table can be read although something else in it is not;
`campaign_file` asks for the few keys that must be said.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from campaign.intake import values
from campaign.model.controls import POSES, STRENGTHS, Controls
from campaign.model.jobs import How, Operation
from campaign.model.ratios import RESOLUTIONS, AspectRatio

FITS = ("pad", "crop", "blur")
KINDS = (
    "motion_transfer",
    "camera_motion_transfer",
    "character_transformation",
    "visual_effects",
    "environment_change",
    "wardrobe_change",
    "relighting",
    "product_swap",
    "global_campaign",
    "reframe",
)
"""The transformations a template can be for; they decide which lint rules hold."""

Text = Annotated[str, AfterValidator(values.plain_text)]
Name = Annotated[str, AfterValidator(values.file_name)]
Zone = Annotated[str, AfterValidator(values.time_zone)]
Cron = Annotated[str, AfterValidator(values.cron_line)]
Place = Annotated[Path, PlainValidator(values.local_path)]
SheetPlace = Annotated[Path | str, PlainValidator(values.sheet_place)]
Below = Annotated[Path, PlainValidator(values.path_below)]
Ratio = Annotated[AspectRatio, PlainValidator(values.ratio)]
Money = Annotated[Decimal, PlainValidator(values.money)]
PositiveMoney = Annotated[Decimal, PlainValidator(values.positive_money)]
Focus = Annotated[tuple[float, float], PlainValidator(values.focus)]
Hold = Annotated[int, BeforeValidator(values.off_is_zero), Field(ge=0, le=9)]
Frame = Annotated[int, Field(ge=0)]
Hours = Annotated[float, Field(gt=0, le=720)]
Slots = Annotated[int, Field(ge=1, le=1000)]
FewRetries = Annotated[int, Field(ge=0, le=2)]


def _one_of(choices: tuple[str, ...]) -> PlainValidator:
    return PlainValidator(values.choice(choices))


Strength = Annotated[str, _one_of(STRENGTHS)]
Pose = Annotated[str, _one_of(POSES), BeforeValidator(values.false_is_off)]
Fit = Annotated[str, _one_of(FITS)]
Resolution = Annotated[str, _one_of(tuple(RESOLUTIONS))]
OperationName = Annotated[str, _one_of(tuple(each.value for each in Operation))]
Kind = Annotated[str, _one_of(KINDS)]
HowName = Annotated[How, PlainValidator(values.choice(tuple(each.value for each in How), How))]
Twinless = BeforeValidator(values.no_twin_ratios)


class Section(BaseModel):
    """A table in which an unknown key is an error and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=False)

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """The keys a person may write."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class ControlKeys(Section):
    """How much of the source a modify keeps: by one dial, by holds, or left to the model."""

    strength: Strength | None = None
    hold_motion: Hold | None = None
    hold_structure: Hold | None = None
    auto: bool | None = None
    faces: bool | None = None
    bodies: bool | None = None
    pose: Pose | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if found := values.rival_controls(self):
            rivals, problem, cure = found
            raise values.wrong(problem, cure, keys=rivals)
        return self

    def controls(self) -> Controls:
        """As planning takes them."""
        return Controls(**{name: getattr(self, name) for name in ControlKeys.model_fields})

    def controls_said(self) -> list[str]:
        """The controls that are not left to a later layer."""
        return [name for name in ControlKeys.model_fields if getattr(self, name) is not None]


class CampaignKeys(Section):
    """`campaign = { name, brand, timezone }`."""

    name: Name | None = None
    brand: Text = "brand"
    timezone: Zone = "UTC"


class InputKeys(Section):
    """`[inputs]`: files and folders."""

    master: Place | None = None
    cuts: Place | None = None
    variants: SheetPlace | None = None
    templates: Place | None = None
    assets: Place | None = None
    fonts: Place | None = None
    specs: Place | None = None


class OutputKeys(Section):
    """`[output]`: what is to be made and how it is named."""

    ratios: list[Ratio] = []
    placements: list[Text] = []
    name: Annotated[str, AfterValidator(values.name_rule)] = (
        "{brand}_{campaign}_{market}_{locale}_{season}_{demographic}_{seconds}s_{ratio}_v{edition}"
    )


class ProviderKeys(Section):
    """`[provider]`: who generates, at which tiers, how many at a time, and who else may where the first cannot."""

    name: Text = "local"
    draft: Resolution | None = None
    final: Resolution = "720p"
    slots: dict[str, dict[OperationName, Slots]] = {}
    failover: list[Text] = []
    moderation_retries: FewRetries = 0


class ModifyKeys(ControlKeys):
    """`[modify]`: the campaign's template and controls."""

    template: Text | None = None


class ReframeKeys(Section):
    """`[reframe]`: how the other ratios are made."""

    template: Text = "reframe"
    how: Annotated[dict[Ratio, HowName], Twinless] = {}
    focus: Focus = (0.5, 0.5)


class ShotKeys(ControlKeys):
    """One `[[shots]]`: frames [start, end) of the master; without them, settings of the shot called `id` or with frame `at`."""

    id: Name | None = None
    start: Frame | None = None
    end: Frame | None = None
    at: Frame | None = None
    modify: bool = True
    fit: Fit = "pad"
    template: Text | None = None
    focus: Focus | None = None
    art: Annotated[dict[Ratio, Below], Twinless] = {}


class BudgetKeys(Section):
    """`[budget]`: caps in USD."""

    campaign_usd: PositiveMoney | None = None
    day_usd: PositiveMoney | None = None
    market_usd: PositiveMoney | None = None
    ask_above_usd: Money | None = None


class ApprovalKeys(Section):
    """`[approval]`."""

    draft_first: bool = False
    wait_hours: Hours = 24.0


class ScheduleKeys(Section):
    """One `[[schedule]]`."""

    market: Text | None = None
    cron: Cron | None = None
    timezone: Zone | None = None


class QcKeys(Section):
    """`[qc]`: what quality control looks at besides; `regions` are read one by one (regions.py)."""

    regions: list[dict[str, Any]] = []


class MachineKeys(Section):
    """`[machines]`: who else works on a campaign."""

    work_pool: Text | None = None


class NoticeKeys(Section):
    """`[notices]`: whom the operations room tells."""

    blocks: list[Annotated[str, AfterValidator(values.block_name)]] = []


class FileKeys(Section):
    """The whole file: its tables, not yet looked into."""

    version: Annotated[int, PlainValidator(values.schema_version), Field(alias="schema")] = 1
    campaign: dict[str, Any] = {}
    inputs: dict[str, Any] | None = None
    matrix: dict[str, Any] = {}
    output: dict[str, Any] | None = None
    provider: dict[str, Any] = {}
    modify: dict[str, Any] = {}
    reframe: dict[str, Any] = {}
    shots: list[dict[str, Any]] = []
    budget: dict[str, Any] = {}
    approval: dict[str, Any] = {}
    qc: dict[str, Any] = {}
    schedule: list[dict[str, Any]] = []
    machines: dict[str, Any] = {}
    notices: dict[str, Any] = {}


class FrontMatter(ControlKeys):
    """What stands between the `---` lines of a template."""

    operation: OperationName | None = None
    kind: Kind | None = None
    keyframes: Annotated[tuple[tuple[int, str], ...], PlainValidator(values.keyframes)] = ()
    hdr: bool = False
    exr: bool = False

    @model_validator(mode="after")
    def _exr_needs_hdr(self) -> Self:
        if self.exr and not self.hdr:
            raise values.wrong("needs hdr", "Add `hdr: true`, or delete exr.", keys=["exr"])
        return self


SECTIONS: Mapping[str, type[Section]] = {
    "campaign": CampaignKeys,
    "inputs": InputKeys,
    "output": OutputKeys,
    "provider": ProviderKeys,
    "modify": ModifyKeys,
    "reframe": ReframeKeys,
    "shots": ShotKeys,
    "budget": BudgetKeys,
    "approval": ApprovalKeys,
    "qc": QcKeys,
    "schedule": ScheduleKeys,
    "machines": MachineKeys,
    "notices": NoticeKeys,
}
"""Every table of campaign.toml that has fixed keys ([matrix] takes any column)."""
