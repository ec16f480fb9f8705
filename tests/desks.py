"""A campaign of one film and the place where it is finished."""

import asyncio
import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from builders import a_variant, an_output
from footage import SMALL

from campaign.delivery.finishing import finish
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import KeptExtra, Lease
from campaign.media.engine import Engine
from campaign.model.controls import ControlSet
from campaign.model.edit import MasterEdit, Segment, Shot, Treatment
from campaign.model.finished import Finished
from campaign.model.jobs import Job, Operation, PlannedJob
from campaign.model.plan import Film, Output, Piece, Plan
from campaign.model.prompts import Prompt
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store

SHOTS = (
    Shot(id="hero", start_frame=0, end_frame=30),
    Shot(id="card", start_frame=30, end_frame=48, treatment=Treatment(modify=False)),
)
CENTRE = (0.5, 0.5)
OUTPUT = an_output(size=SMALL, key="a" * 64)


def whole(shot: Shot) -> Segment:
    return Segment(shot, shot.start_frame, shot.end_frame)


class Desk:
    """A campaign of one film: a bought shot, then one that passes through."""

    def __init__(self, edit: MasterEdit, ledger: Ledger, home: Path, engine: Engine) -> None:
        self.edit, self.ledger, self.home, self.engine = edit, ledger, home, engine
        self.store = Store(home / "store")
        self.job = Job(
            key=hashlib.sha256(b"hero").hexdigest(),
            ask_key=hashlib.sha256(b"hero ask").hexdigest(),
            operation=Operation.MODIFY,
            model="local-1",
            master_sha256=edit.sha256,
            segment=whole(SHOTS[0]),
            parent=None,
            prompt=Prompt("global_campaign", "Snow.", "0" * 64),
            controls=ControlSet(auto=True),
            look=None,
            keyframes=(),
            hdr=False,
            exr=False,
            resolution="360p",
            size=SMALL,
            ratio=None,
            framing=None,
            edition=1,
        )
        self.planned = PlannedJob(job=self.job, provider="local", price_usd=Decimal(0), variants=("de",))
        ledger.plan("fresh-days", [self.planned])

    def in_hdr(self) -> None:
        """The job is ordered in HDR with EXR."""
        self.job = replace(self.job, hdr=True, exr=True)
        self.planned = replace(self.planned, job=self.job)

    def bought(self, clip: Path, *extras: Path) -> None:
        """Put `clip` through the ledger and the store as the job's result, and `extras` beside it."""
        buying = self.ledger.purchases
        terms = {"owner": "test", "caps": (), "request_sha256": "0" * 64, "lease_s": 60, "send_s": 60}
        intent = buying.intend(self.planned, **terms)
        lease = Lease(self.job.key, "test", intent.record.fence)
        buying.submitted(lease, remote_id="local-1")
        buying.ready(lease)
        kept = self.store.put(clip, ".mp4")
        more = [self.store.put(path, path.suffix) for path in extras]
        told = [KeptExtra("exr", each.sha256, each.bytes) for each in more]
        buying.stored(lease, sha256=kept.sha256, size=kept.bytes, extras=told)

    def film(self, *outputs: Output) -> Film:
        pieces = (Piece(whole(SHOTS[0]), self.job.key, "crop", CENTRE), Piece(whole(SHOTS[1]), None, "pad", CENTRE))
        return Film(
            variant=a_variant(),
            ratio=AspectRatio("16:9"),
            pieces=pieces,
            jobs=(self.job.key,),
            outputs=outputs or (OUTPUT,),
            edition=1,
        )

    def finish(self, film: Film) -> tuple[Finished, ...]:
        return asyncio.run(self.finishing(film))

    async def finishing(self, film: Film) -> tuple[Finished, ...]:
        kit = {"ledger": self.ledger, "store": self.store, "home": self.home, "engine": self.engine}
        return await finish(film, self.plan(film), **kit)

    def plan(self, film: Film) -> Plan:
        return Plan(
            campaign="fresh-days",
            brand="acme",
            provider="local",
            model="local-1",
            generative=False,
            resolution="360p",
            draft=True,
            master=self.edit,
            jobs={self.job.key: self.planned},
            films=(film,),
            refusals=(),
            prices={"local": Decimal(0)},
            faults=(),
            out=self.home / "out",
            sheet_sha256="0" * 64,
        )
