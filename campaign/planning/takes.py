"""Takes: the modify and reframe recipes that rows ask for, each settled once."""

from collections.abc import Sequence

from campaign.model.controls import Controls, ControlSet
from campaign.model.edit import Segment, Shot
from campaign.model.jobs import Framing, How, Operation
from campaign.model.looks import Look
from campaign.model.prompts import Keyframe, Prompt, Template
from campaign.model.ratios import CENTRE, AspectRatio
from campaign.model.variants import Variant
from campaign.planning.controls import settle, silenced, translate
from campaign.planning.expand import Script
from campaign.planning.jobs import Mould, Recipe, mould
from campaign.planning.looks import resolve
from campaign.planning.pins import with_pins
from campaign.planning.refusals import keyframes_in
from campaign.planning.setting import Setting


class Takes:
    """Finds the recipe of each (row, segment) and (row, ratio, segment); equal asks share one mould.

    `silenced` collects, by template, controls that were set but cannot be sent beside a strength or auto.
    """

    def __init__(self, setting: Setting, script: Script, prompts: Sequence[Prompt | None]) -> None:
        self._setting = setting
        self._script = script
        self._prompts = prompts
        self._controls: dict[tuple[Controls, Controls, str], ControlSet] = {}
        self._same: dict[ControlSet, ControlSet] = {}
        self._looks: dict[tuple[str, str, str], Look] = {}
        self._framings: dict[tuple[str, int, bool], Framing] = {}
        self._moulds: dict[tuple[object, ...], Mould] = {}
        self._recipes: dict[tuple[int, int], Recipe] = {}
        self.silenced: dict[str, tuple[str, ...]] = {}

    def spoken(self, variant: Variant) -> bool:
        """Whether every prompt of a row was rendered; one that was not is explained by a fault of its own."""
        lines = self._script.lines.get(variant.key)
        if lines is None:
            return False
        said = (*(line for line in lines.modify if line is not None), *lines.reframe.values())
        return all(self._prompts[line] is not None for line in said)

    def look(self, variant: Variant) -> Look | None:
        """The row's look on the local engine; None for engines that read prompts."""
        if self._setting.engine.generative:
            return None
        mark = (variant.season, variant.market, dict(variant.values).get("light", ""))
        if mark not in self._looks:
            self._looks[mark] = resolve(self._setting.brief.looks, *mark)
        return self._looks[mark]

    def modify(
        self, variant: Variant, look: Look | None, segment: Segment, shot: int, pins: tuple[Keyframe, ...] = ()
    ) -> Recipe:
        """What a row asks for in a segment of the shot with index `shot`; `pins` hold it to an approved draft."""
        prompt, controls, template = self.asked(variant, shot, segment.shot)
        where = segment.start_frame if template.keyframes else -1
        form = (id(controls), id(look), template.name, where, pins)
        if form not in self._moulds:
            setting = self._setting
            self._moulds[form] = mould(
                setting.engine,
                Operation.MODIFY,
                setting.resolution,
                setting.size,
                controls=controls,
                look=look,
                keyframes=with_pins(keyframes_in(template, segment), pins, setting.engine.modify),
                hdr=template.hdr and not setting.sdr,
                exr=template.exr and not setting.sdr,
            )
        return self._filled(self._moulds[form], prompt)

    def asked(self, variant: Variant, index: int, shot: Shot) -> tuple[Prompt, ControlSet, Template]:
        """What a row says of `shot`, the master's shot with this index, and how it steers."""
        line = self._script.lines[variant.key].modify[index]
        assert line is not None
        prompt = self._prompts[line]
        assert prompt is not None
        template = self._setting.brief.templates[self._script.requests[line].template]
        return prompt, self._settled(variant, shot, template), template

    def in_hdr(self, variant: Variant, index: int, shot: Shot) -> bool:
        """Whether what a row makes of `shot` is HDR in the end. Its draft is framed alike: what is approved is delivered."""
        return shot.treatment.modify and self.asked(variant, index, shot)[2].hdr

    def prompt_of(self, variant: Variant, ratio: AspectRatio) -> Prompt:
        """What a row says to reframe to a ratio."""
        prompt = self._prompts[self._script.lines[variant.key].reframe[ratio]]
        assert prompt is not None
        return prompt

    def framing(self, variant: Variant, ratio: AspectRatio, index: int, shot: Shot) -> Framing:
        """How a row brings a shot into a ratio that is not the master's: DERIVE out of its neighbour, else out of the modify."""
        mark = (ratio.label, index, self.in_hdr(variant, index, shot))
        if mark not in self._framings:
            self._framings[mark] = self._framed(ratio, shot, hdr=mark[2])
        return self._framings[mark]

    def reframe(self, variant: Variant, ratio: AspectRatio, framing: Framing, *, hdr: bool) -> Recipe:
        """What a row asks for to bring a picture into a ratio; `hdr` = one that is ordered in HDR."""
        form = (ratio.label, framing, hdr)
        if form not in self._moulds:
            setting = self._setting
            self._moulds[form] = mould(
                setting.engine if framing.how is How.GENERATE else setting.local,
                Operation.REFRAME,
                setting.resolution,
                setting.routes[ratio].size,
                ratio=ratio,
                framing=framing,
                hdr=hdr,
            )
        return self._filled(self._moulds[form], self.prompt_of(variant, ratio))

    def _framed(self, ratio: AspectRatio, shot: Shot, *, hdr: bool) -> Framing:
        """A point that a person gave a shot takes the place of tracking, also for a ratio derived from a tracked one."""
        ways, focus = (self._setting.hdr_routes if hdr else self._setting.routes), shot.treatment.focus
        route = ways[ratio]
        assert route.how is not None
        source = ways[route.neighbour] if route.neighbour else route
        if focus is not None and source.how is How.TRACK:
            return Framing(How.CROP, focus)
        if route.how is How.DERIVE:
            return Framing(How.DERIVE, CENTRE)
        return Framing(route.how, focus or self._setting.campaign.focus)

    def _filled(self, mould: Mould, prompt: Prompt) -> Recipe:
        mark = (id(mould), id(prompt))
        found = self._recipes.get(mark)
        if found is None:
            found = self._recipes[mark] = Recipe(mould, prompt, mould.form.say(prompt))
        return found

    def _settled(self, variant: Variant, shot: Shot, template: Template) -> ControlSet:
        mark = (variant.controls, shot.treatment.controls, template.name)
        if mark not in self._controls:
            settled = settle(
                variant.controls, shot.treatment.controls, self._setting.campaign.modify_controls, template.controls
            )
            if lost := silenced(settled):
                self.silenced[template.name] = lost
            controls = translate(settled)
            self._controls[mark] = self._same.setdefault(controls, controls)
        return self._controls[mark]
