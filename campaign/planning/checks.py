"""What must hold before a plan can be made at all; every fault of the brief at once."""

from collections.abc import Iterator

from campaign.model.campaign import Brief
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.jobs import How, Operation
from campaign.model.outcomes import Reason
from campaign.model.prompts import Template
from campaign.model.ratios import DERIVED, RESOLUTIONS
from campaign.model.variants import Variant
from campaign.planning.asked import ratios_of, template_of
from campaign.planning.demand import resolution_of
from campaign.planning.faulting import in_campaign, in_sheet, shot_place, unknown_provider
from campaign.planning.routes import LOCAL, own_ratio
from campaign.planning.setting import DRAFT_SPEC, FINAL_SPEC


def check_brief(brief: Brief, master: MasterEdit, provider: str, draft: bool) -> tuple[Fault, ...]:
    """Errors that keep a plan from being made, and remarks about settings that do nothing."""
    return (
        *_provider(brief, provider, draft),
        *_ratios(brief, master),
        *_templates(brief),
        *_shot_templates(brief, master),
        *_shots(brief, master),
        *_regions(brief, master),
        *_keyframes(brief, master),
        *_rows(brief),
    )


def _provider(brief: Brief, provider: str, draft: bool) -> Iterator[Fault]:
    catalogue, campaign = brief.catalogue, brief.campaign
    if provider not in catalogue.providers:
        yield unknown_provider(campaign, provider, catalogue.providers)
        return
    for missing in {LOCAL} - set(catalogue.providers) | {DRAFT_SPEC, FINAL_SPEC} - set(catalogue.specs):
        problem = f"the catalogue in campaign/data lacks {missing}"
        yield in_campaign(campaign, "", problem, "Restore campaign/data: install Fanout again.", "plan.catalogue")
    tier = "draft" if draft else "final"
    resolution = resolution_of(campaign, catalogue.providers[provider], draft)
    if resolution not in RESOLUTIONS:
        cure = f"Choose one of {', '.join(RESOLUTIONS)}."
        problem = "there is no such resolution"
        yield in_campaign(
            campaign, f"provider.{tier}", problem, cure, "provider.resolution", value=resolution, known=RESOLUTIONS
        )


def _ratios(brief: Brief, master: MasterEdit) -> Iterator[Fault]:
    campaign, own = brief.campaign, own_ratio(master)
    for ratio, how in campaign.how.items():
        place = f'reframe.how."{ratio}"'
        if how is How.DERIVE and ratio not in DERIVED:
            problem = f"{ratio} has no neighbour to be derived from"
            derivable = ", ".join(f"{one} from {other}" for one, other in DERIVED.items())
            cure = f'Only {derivable} can; say "generate", "crop", "pad", "blur" or "track".'
            yield in_campaign(campaign, place, problem, cure, "plan.derive", value=how.value)
        elif ratio == own:
            problem = f"the master is {ratio} itself, so this ratio is the modify result and nothing is reframed"
            yield in_campaign(campaign, place, problem, "Take the entry out.", "plan.own_ratio", level=Level.INFO)


def _templates(brief: Brief) -> Iterator[Fault]:
    campaign = brief.campaign
    named = [("reframe.template", campaign.reframe_template, Operation.REFRAME)]
    if campaign.modify_template is not None:
        named.append(("modify.template", campaign.modify_template, Operation.MODIFY))
    for place, name, operation in named:
        if fault := _misnamed(brief, name, operation):
            problem, cure = fault
            yield in_campaign(campaign, place, problem, cure, "plan.template", value=name, known=brief.templates)
    for placement in campaign.placements:
        if placement not in brief.catalogue.placements:
            known = sorted(brief.catalogue.placements)
            problem, cure = "unknown placement", f"Placements are {', '.join(known)}."
            yield in_campaign(
                campaign, "output.placements", problem, cure, "plan.placement", value=placement, known=known
            )


def _shot_templates(brief: Brief, master: MasterEdit) -> Iterator[Fault]:
    """A shot needs a template: its own, the campaign's, or one in every row."""
    campaign = brief.campaign
    bare = [variant for variant in brief.variants if variant.skip is None and variant.template is None]
    for index, shot in enumerate(master.shots):
        if shot.treatment.template is not None and (
            wrong := _misnamed(brief, shot.treatment.template, Operation.MODIFY)
        ):
            place = f"{shot_place(shot, index)}.template"
            yield in_campaign(
                campaign, place, *wrong, "plan.template", value=shot.treatment.template, known=brief.templates
            )
        if shot.treatment.modify and shot.treatment.template is None and campaign.modify_template is None and bare:
            problem = f"no template for shot {shot.id}, and line {bare[0].line} of the sheet names none either"
            cure = "Name one as modify.template, in the shot, or in a column `template`."
            yield in_campaign(campaign, "modify.template", problem, cure, "plan.template")


def _misnamed(brief: Brief, name: str, operation: Operation) -> tuple[str, str] | None:
    template = brief.templates.get(name)
    if template is None:
        names = sorted(each.name for each in brief.templates.values() if each.operation == operation.value)
        return "there is no such template", f"Name one of {', '.join(names)}." if names else "Add a template."
    if template.operation != operation.value:
        return f"is a {template.operation} template, not {operation.value}", f"Name one for {operation.value}."
    return None


def _shots(brief: Brief, master: MasterEdit) -> Iterator[Fault]:
    frame, last = 0, len(master.shots) - 1
    for index, shot in enumerate(master.shots):
        if shot.start_frame != frame or shot.frames < 1:
            problem = f"shot {shot.id} covers frames {shot.start_frame} to {shot.end_frame}, it should begin at {frame}"
            cure = "Shots follow each other without gap or overlap; `end` is the first frame that is no longer in."
            yield in_campaign(brief.campaign, f"{shot_place(shot, index)}.start", problem, cure, "plan.shots")
        frame = shot.end_frame
        if index == last and frame != master.frames:
            problem = f"the shots end at frame {frame}, the master has {master.frames} frames"
            yield in_campaign(
                brief.campaign,
                f"{shot_place(shot, index)}.end",
                problem,
                f"End the last shot at {master.frames}.",
                "plan.shots",
            )
    if not master.shots:
        yield in_campaign(brief.campaign, "shots", "the master has no shot", "Let cuts be detected.", "plan.shots")
    names = [shot.id for shot in master.shots]
    for index, name in enumerate(names):
        if name in names[:index]:
            problem = "two shots have the same id"
            yield in_campaign(
                brief.campaign,
                f"{shot_place(master.shots[index], index)}.id",
                problem,
                "Rename one.",
                "plan.shots",
                value=name,
            )


def _regions(brief: Brief, master: MasterEdit) -> Iterator[Fault]:
    for number, region in enumerate(brief.campaign.regions):
        if region.end_frame > master.frames:
            problem = f"region {region.name} ends at frame {region.end_frame}, the master has {master.frames}"
            cure = f"`end` is the first frame after it: {master.frames} at most."
            yield in_campaign(brief.campaign, f"qc.regions[{number}].end", problem, cure, "qc.regions.end")


def _keyframes(brief: Brief, master: MasterEdit) -> Iterator[Fault]:
    for template in _used_templates(brief, master):
        frames = [each.frame for each in template.keyframes]
        for keyframe in template.keyframes:
            frame = keyframe.frame
            shot = next((each for each in master.shots if each.start_frame <= frame < each.end_frame), None)
            if shot is None:
                problem = f"a keyframe is pinned to frame {frame}, the master has frames 0 to {master.frames - 1}"
                yield _of_keyframe(template, problem, "Pin it to a frame of the master.", frame)
            elif not shot.treatment.modify:
                problem = f"a keyframe is pinned to frame {frame} of shot {shot.id}, which is not modified"
                yield _of_keyframe(template, problem, "It does nothing: take it out.", frame, Level.WARNING)
            if frames.count(frame) > 1 and template.keyframes[frames.index(frame)] is keyframe:
                problem = f"two keyframes are pinned to frame {frame}"
                yield _of_keyframe(template, problem, "Keep one picture for each frame.", frame)


def _used_templates(brief: Brief, master: MasterEdit) -> list[Template]:
    names = {
        template_of(variant, shot, brief.campaign)
        for variant in brief.variants
        if variant.skip is None
        for shot in master.shots
        if shot.treatment.modify
    }
    return [template for name, template in brief.templates.items() if name in names]


def _of_keyframe(template: Template, problem: str, cure: str, frame: int, level: Level = Level.ERROR) -> Fault:
    return Fault(
        file=template.file,
        place="keyframes",
        problem=problem,
        cure=cure,
        rule="plan.keyframe",
        level=level,
        value=str(frame),
    )


def _rows(brief: Brief) -> Iterator[Fault]:
    made = [variant for variant in brief.variants if variant.skip is not Reason.BAD_ROW]
    campaign, first = brief.campaign, dict[str, int]()
    for variant in made:
        line = first.setdefault(variant.key, variant.line)
        if line != variant.line:
            problem = f"lines {line} and {variant.line} make the same variant"
            cure = "Give each row a variant_id of its own, or delete one."
            yield in_sheet(campaign, variant.line, problem, cure, "plan.twice", value=variant.key)
        yield from _of_row(brief, variant)
    if not any(ratios_of(variant, campaign, brief.catalogue) for variant in made):
        file = campaign.shown(campaign.sheet)
        problem, cure = "there is nothing to make", "Add a row that is right, and a ratio in output.ratios."
        yield Fault(file=file, place="", problem=problem, cure=cure, rule="plan.nothing")


def _of_row(brief: Brief, variant: Variant) -> Iterator[Fault]:
    campaign = brief.campaign
    for placement in variant.placements or ():
        if placement not in brief.catalogue.placements:
            cure = f"Placements are {', '.join(sorted(brief.catalogue.placements))}."
            yield in_sheet(campaign, variant.line, "unknown placement", cure, "plan.placement", value=placement)
    named = variant.template if variant.skip is None else None
    if named is not None and (wrong := _misnamed(brief, named, Operation.MODIFY)):
        yield in_sheet(campaign, variant.line, *wrong, "plan.template", value=named)
