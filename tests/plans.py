"""Campaigns and plans with sensible defaults, for tests of planning and of what stands on it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from builders import a_spec, a_template, a_variant, an_edit

from campaign.model.campaign import Brief, Budget, Campaign
from campaign.model.catalogue import Capability, Catalogue, DeliverySpec, Limit, OperationLimits, Placement, Price
from campaign.model.controls import Controls
from campaign.model.edit import MasterEdit
from campaign.model.looks import LookBook
from campaign.model.plan import Plan
from campaign.model.prompts import Prompt
from campaign.model.ratios import GENERATED, AspectRatio
from campaign.model.variants import Variant
from campaign.planning.expand import Script, expand
from campaign.planning.plan import make_plan

READ = date(2026, 11, 20)


def a_campaign(**changes: Any) -> Campaign:
    base = Campaign(
        file=Path("/films/campaign.toml"),
        root=Path("/work"),
        name="fresh-days",
        brand="acme",
        timezone="Europe/Berlin",
        master=Path("/films/master.mov"),
        cuts=None,
        sheet=Path("/films/variants.csv"),
        templates=Path("/films/templates"),
        assets=None,
        ratios=tuple(AspectRatio(label) for label in ("16:9", "9:16", "1:1", "4:5")),
        placements=(),
        name_rule="{brand}_{campaign}_{market}_{locale}_{season}_{demographic}_{seconds}s_{ratio}_v{edition}",
        provider="luma",
        draft=None,
        final="720p",
        slots={},
        modify_template="global_campaign",
        modify_controls=Controls(),
        reframe_template="reframe",
        how={},
        focus=(0.5, 0.5),
        shots=(),
        budget=Budget(),
        draft_first=False,
        schedules=(),
    )
    return replace(base, **changes)


def a_capability(name: str = "luma", **changes: Any) -> Capability:
    """A provider as the price lists of 2026-11 have it; `local` costs nothing and takes everything."""
    generative = name != "local"
    limits = OperationLimits(
        max_seconds=a_limit(18 if generative else None),
        max_fps=a_limit(120),
        max_keyframes=a_limit(64),
        resolutions=("360p", "540p", "720p", "1080p"),
        ratios=GENERATED,
        refused=(),
    )
    base = Capability(
        name=name,
        model="ray-3.2" if generative else "local/1",
        generative=generative,
        draft="360p",
        modify=limits,
        reframe=replace(limits, max_seconds=a_limit(30 if generative else None)),
        hdr=("720p", "1080p") if generative else (),
        exr=generative,
        prices=tuple(
            Price(
                operation=operation,
                resolution=tier,
                mode="sdr",
                usd=Decimal(usd),
                block_seconds=block,
                source="",
                read=READ,
            )
            for operation, block, list_ in (
                ("modify", 5, {"360p": "0.54", "540p": "0.72", "720p": "1.08", "1080p": "2.16"}),
                ("reframe", 1, {"360p": "0.03", "540p": "0.06", "720p": "0.12", "1080p": "0.36"}),
            )
            for tier, usd in list_.items()
        ),
    )
    return replace(base, **changes)


def a_limit(value: int | None) -> Limit:
    return Limit(None if value is None else Fraction(value), "a document", READ)


def a_catalogue(**providers: Capability) -> Catalogue:
    """local and luma; further or other providers by name."""
    known = {"local": a_capability("local"), "luma": a_capability(), **providers}
    return Catalogue(
        providers=known,
        specs={id_: a_spec(id=id_) for id_ in ("web.h264", "web.h264.draft")},
        placements={
            "meta.reels": a_placement("meta.reels", "9:16"),
            "x.video": a_placement("x.video", "1:1", "16:9"),
        },
    )


def a_placement(id_: str, *labels: str, **changes: Any) -> Placement:
    """A placement that brings these ratios and takes the default spec as it is; other numbers of its specs by name."""
    numbers = {key: changes.pop(key) for key in list(changes) if key in DeliverySpec.__dataclass_fields__}
    ratios = tuple(AspectRatio(label) for label in labels)
    base = Placement(id=id_, ratios=ratios, specs={ratio: a_spec(**numbers) for ratio in ratios})
    return replace(base, **changes)


def a_brief(*variants: Variant, campaign: Campaign | None = None, **changes: Any) -> Brief:
    base = Brief(
        campaign=campaign or a_campaign(),
        variants=variants or (a_variant(),),
        templates={
            "global_campaign": a_template(controls=Controls(strength="flex_1")),
            "relighting": a_template(name="relighting", kind="relighting", controls=Controls(hold_structure=9)),
            "reframe": a_template(name="reframe", kind="reframe", operation="reframe", body="the same light"),
        },
        looks=LookBook(season={}, market={}, light={}),
        catalogue=a_catalogue(),
        sheet_sha256="5" * 64,
        today=READ,
    )
    return replace(base, **changes)


def said(script: Script) -> list[Prompt | None]:
    """Prompts as a renderer would make them: the template's name and every value it got."""
    texts = (" ".join((request.template, *(value for _, value in request.values))) for request in script.requests)
    return [
        Prompt(request.template, text, sha256(text.encode()).hexdigest())
        for request, text in zip(script.requests, texts, strict=True)
    ]


def a_plan(brief: Brief | None = None, master: MasterEdit | None = None, **changes: Any) -> Plan:
    """A plan made the whole way; templates read `setting` and `light`, the reframe nothing."""
    brief, master = brief or a_brief(), master or an_edit()
    uses = {name: frozenset({"setting", "light"}) for name in brief.templates} | {"reframe": frozenset[str]()}
    uses = changes.pop("uses", uses)
    provider = changes.pop("provider", brief.campaign.provider)
    script = expand(brief, master, provider, uses)
    order: dict[str, Any] = {"provider": provider, "draft": False, "editions": {}, "faults": (), **changes}
    return make_plan(brief, master, script, order.pop("prompts", said(script)), **order)
