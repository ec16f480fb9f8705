"""Counting: the demand of all rows, each different thing once, whoever will make it."""

from collections import Counter
from collections.abc import Iterable

from campaign.model.edit import Shot
from campaign.model.jobs import How
from campaign.model.prompts import Template
from campaign.model.ratios import AspectRatio
from campaign.model.variants import Variant
from campaign.planning.asked import ratios_of
from campaign.planning.demand import Demand
from campaign.planning.routes import own_ratio, reached, said_how
from campaign.planning.setting import Setting
from campaign.planning.takes import Takes


def count_demand(setting: Setting, takes: Takes, rows: Iterable[Variant]) -> Demand:
    """What `rows` (none of them skipped) ask of a provider. Local looks don't tell rows apart: a provider reads prompts."""
    count = _Count(setting, takes)
    for variant in rows:
        count.add(variant)
    return Demand(
        campaign=setting.campaign,
        master=setting.master,
        draft=setting.draft,
        templates={shot: tuple(used.values()) for shot, used in count.templates.items()},
        modifies=count.depths,
        reframes=Counter(count.shot_of[number] for number, _, _ in count.reframes),
        generated=tuple(count.generated),
        cropped=tuple(count.cropped),
    )


class _Count:
    """Numbers each different modify; a reframe is told apart by its modify's number, its ratio and its prompt."""

    def __init__(self, setting: Setting, takes: Takes) -> None:
        self._setting = setting
        self._takes = takes
        self._shots = [(index, shot) for index, shot in enumerate(setting.master.shots) if shot.treatment.modify]
        self._own = own_ratio(setting.master)
        self._numbers: dict[object, int] = {}
        self.shot_of: list[int] = []
        self.templates: dict[int, dict[str, Template]] = {}
        self.depths: Counter[tuple[int, bool, bool]] = Counter()
        self.reframes: set[tuple[int, str, str]] = set()
        self.generated: dict[AspectRatio, None] = {}
        self.cropped: dict[AspectRatio, None] = {}

    def add(self, variant: Variant) -> None:
        ratios = self._to_generate(variant) if self._shots else []
        said = [(ratio.label, self._takes.prompt_of(variant, ratio).sha256) for ratio in ratios]
        for index, shot in self._shots:
            number, hdr = self._number(variant, index, shot)
            (self.cropped if hdr else self.generated).update(dict.fromkeys(ratios))
            if not hdr:
                self.reframes.update((number, label, prompt) for label, prompt in said)

    def _number(self, variant: Variant, index: int, shot: Shot) -> tuple[int, bool]:
        """The modify's number, and whether nobody reframes its result: it is in HDR."""
        prompt, controls, template = self._takes.asked(variant, index, shot)
        mark = (index, prompt.sha256, controls, template.keyframes, template.hdr, template.exr)
        number = self._numbers.setdefault(mark, len(self._numbers))
        if number == len(self.shot_of):
            self.shot_of.append(index)
            self.depths[index, template.hdr, template.exr] += 1
            self.templates.setdefault(index, {})[template.name] = template
        return number, template.hdr

    def _to_generate(self, variant: Variant) -> list[AspectRatio]:
        campaign = self._setting.campaign
        ratios = reached(ratios_of(variant, campaign, self._setting.brief.catalogue), campaign.how)
        return [ratio for ratio in ratios if ratio != self._own and said_how(ratio, campaign.how) is How.GENERATE]
