"""Labels: the name of each output, by the naming rule."""

from fractions import Fraction
from pathlib import PurePosixPath

from campaign.model.ratios import AspectRatio
from campaign.model.variants import Variant
from campaign.planning.ascii_text import slug
from campaign.planning.naming import NameRule
from campaign.planning.setting import Setting

DELIVERABLES = "deliverables"
"""The folder of out/<campaign> that holds what is delivered, a folder a ratio."""
ORIGINALS = "hdr"
"""The folder of out/<campaign> that holds HDR and EXR results whole: a folder a ratio, in it one a film."""
SUPERSEDED = "superseded"
"""The folder of out/<campaign> for films that were delivered once and are asked for no longer."""
DRAFT_SUFFIX = "_draft"
"""A draft is never mistaken for a final."""


def superseded_name(file: str, sha256: str) -> str:
    """Where a file of deliverables/ or hdr/ lies once another took its place; both relative to out/<campaign>."""
    path = PurePosixPath(file)
    former = PurePosixPath(SUPERSEDED) / (path if path.parts[0] == ORIGINALS else path.relative_to(DELIVERABLES))
    return str(former.with_stem(f"{former.stem}-{sha256[:8]}"))


class Labels:
    """Names outputs: `_{placement}` joins where the rule has no place for it, so that a name never depends on what else
    is delivered; `edition` is a plain number, `seconds` the master's whole seconds.
    """

    def __init__(self, setting: Setting, rule: NameRule) -> None:
        self._rule = rule
        self._placed = rule.mentions("placement")
        self._suffix = DRAFT_SUFFIX if setting.draft else ""
        campaign = setting.campaign
        self._common = {
            "brand": slug(campaign.brand),
            "campaign": slug(campaign.name),
            "seconds": str(int(setting.master.seconds + Fraction(1, 2))),
            "resolution": setting.resolution,
            "provider": setting.engine.name,
        }
        self._row: tuple[Variant | None, dict[str, str]] = (None, {})

    def name(self, variant: Variant, ratio: AspectRatio, placement: str | None, edition: int) -> str:
        """The name without its extension. It may still be too long or taken: see `naming.name_faults`."""
        place = slug(placement).replace(".", "-") if placement else ""
        fields = self._fields(variant)
        fields["ratio"], fields["placement"], fields["edition"] = ratio.slug, place, str(edition)
        missing = f"_{place}" if place and not self._placed else ""
        return f"{self._rule.fill(fields)}{missing}{self._suffix}"

    def _fields(self, variant: Variant) -> dict[str, str]:
        if self._row[0] is not variant:
            fields = {
                **self._common,
                "concept": slug(dict(variant.values).get("concept", "")),
                "market": slug(variant.market),
                "locale": slug(variant.locale),
                "season": slug(variant.season),
                "demographic": slug(variant.demographic),
                "variant": slug(variant.key),
            }
            self._row = (variant, fields)
        return self._row[1]
