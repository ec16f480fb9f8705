"""The campaign as its producer wrote it: campaign.toml, with every path made absolute."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from campaign.model.catalogue import Catalogue
from campaign.model.controls import Controls
from campaign.model.edit import Shot, ShotSettings
from campaign.model.jobs import How
from campaign.model.looks import LookBook
from campaign.model.prompts import Template
from campaign.model.qc import Region
from campaign.model.ratios import AspectRatio
from campaign.model.sheets import SheetOrigin
from campaign.model.variants import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Caps in USD; None = no cap. Above `ask_above_usd` a run asks before it spends."""

    campaign_usd: Decimal | None = None
    day_usd: Decimal | None = None
    market_usd: Decimal | None = None
    ask_above_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a market is run: a cron line in an IANA time zone."""

    market: str
    cron: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Whom the operations room tells what happened: notification blocks of the Prefect server, as `slack-webhook/ops`."""

    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """campaign.toml. `file` is the file itself; `root` its folder, beside which .fanout/ lies, and out/ unless
    `out_folder` takes its place.

    `shots` are those written by hand, empty when cuts are to be read from `cuts` or detected; `shot_settings` then tell what
    single shots are to be. `slots` maps (provider, operation) to jobs in flight.
    `draft` None = each provider's own draft tier. `how` says how each ratio is made where it differs from the default.
    `failover` names providers to buy at, in this order, where the first cannot be bought from; empty = never elsewhere.
    `wait_hours` is how long a run waits for a person's answer before it ends without.
    `moderation_retries` is how often (at most 2) words that moderation refused are sent again as they are.
    `work_pool` is Prefect's pool of workers that markets are handed to; None: the run makes them itself.
    `sheet_url` is set where the sheet is fetched from elsewhere; `sheet` is then where the copy lies, once there is one.
    """

    file: Path
    root: Path
    name: str
    brand: str
    timezone: str
    master: Path
    cuts: Path | None
    sheet: Path
    templates: Path
    assets: Path | None
    ratios: tuple[AspectRatio, ...]
    placements: tuple[str, ...]
    name_rule: str
    provider: str
    draft: str | None
    final: str
    slots: dict[tuple[str, str], int]
    modify_template: str | None
    modify_controls: Controls
    reframe_template: str
    how: dict[AspectRatio, How]
    focus: tuple[float, float]
    shots: tuple[Shot, ...]
    budget: Budget
    draft_first: bool
    schedules: tuple[Schedule, ...]
    fonts: Path | None = None
    specs: Path | None = None
    shot_settings: tuple[ShotSettings, ...] = ()
    failover: tuple[str, ...] = ()
    moderation_retries: int = 0
    out_folder: Path | None = None
    wait_hours: float = 24.0
    regions: tuple[Region, ...] = ()
    sheet_url: str | None = None
    work_pool: str | None = None
    notices: Notices = Notices()

    def shown(self, path: Path) -> str:
        """A path of the campaign as people know it: relative to campaign.toml where it lies beside or below it.

        A sheet from elsewhere is known by its address, without its query: that may be signed.
        """
        if self.sheet_url is not None and path == self.sheet:
            return self.sheet_url.partition("?")[0].partition("#")[0]
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    @property
    def shot_templates(self) -> tuple[tuple[int, str], ...]:
        """The templates that `[[shots]]` name, each with the number of its entry (from 0)."""
        written = [
            (n if shot.entry is None else shot.entry, shot.treatment.template) for n, shot in enumerate(self.shots)
        ]
        written += [(said.entry, said.treatment.template) for said in self.shot_settings]
        return tuple((entry, template) for entry, template in written if template is not None)

    @property
    def out(self) -> Path:
        """Where everything made for people lies."""
        return (self.out_folder or self.root / "out") / self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Everything intake has read for one campaign, checked: what planning starts from.

    `variants` are all rows that belong to the campaign, those with `skip` included, in the sheet's order.
    `sheet_sha256` is the sheet as read, from `sheet_origin` when it is not a file of the campaign's. `today` is the day in the
    campaign's time zone.
    """

    campaign: Campaign
    variants: tuple[Variant, ...]
    templates: dict[str, Template]
    looks: LookBook
    catalogue: Catalogue
    sheet_sha256: str
    today: date
    sheet_origin: SheetOrigin | None = None
