"""A campaign without pixels: plans of any size, and hands that only wait, fail on demand and remember what they made."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from builders import a_variant, an_edit, an_output

from campaign.ledger.records import Money
from campaign.model.controls import ControlSet
from campaign.model.edit import Segment
from campaign.model.finished import Finished
from campaign.model.jobs import Framing, How, Job, Operation, PlannedJob
from campaign.model.orders import CapUse, RunOrder
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Film, Piece, Plan
from campaign.model.prompts import Prompt
from campaign.model.qc import FileFacts, Finding, QCReport
from campaign.model.ratios import AspectRatio, Size
from campaign.model.standing import FilmStanding, JobStanding, Standing
from campaign.model.variants import Variant
from campaign.settings import Settings
from tasks.workshop import Workshop, set_up

SIX = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
PROMPT = Prompt("global_campaign", "a winter square", "a" * 64)


def a_key(*words: object) -> str:
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()


def a_job(operation: Operation, segment: Segment, *words: object, **changes: object) -> Job:
    key = a_key(operation, segment.name, *words)
    base = Job(
        key=key,
        ask_key=key,
        operation=operation,
        model="fake/1",
        master_sha256="0" * 64,
        segment=segment,
        parent=None,
        prompt=PROMPT,
        controls=ControlSet(auto=True),
        look=None,
        keyframes=(),
        hdr=False,
        exr=False,
        resolution="360p",
        size=Size(640, 360),
        ratio=None,
        framing=None,
        edition=1,
    )
    return replace(base, **changes)


def variants(count: int, markets: Sequence[str] = ("DE", "FR", "JP")) -> list[Variant]:
    return [
        a_variant(key=f"{markets[n % len(markets)].lower()}-winter-{n}", market=markets[n % len(markets)], line=n + 2)
        for n in range(count)
    ]


def a_plan(rows: Iterable[Variant], ratios: Sequence[str] = ("16:9", "9:16"), *, shots: int = 1, out: Path) -> Plan:
    """One modify a shot, one reframe a shot and ratio; the first ratio is the master's own: no job."""
    edit = an_edit(shots=shots)
    jobs: dict[str, PlannedJob] = {}
    films = []
    for row in rows:
        segments = [Segment(shot, shot.start_frame, shot.end_frame) for shot in edit.shots]
        modifies = [a_job(Operation.MODIFY, segment, row.key) for segment in segments]
        for ratio in map(AspectRatio, ratios):
            last = modifies
            if ratio.label != ratios[0]:
                framing = Framing(How.GENERATE, (0.5, 0.5))
                last = [
                    a_job(Operation.REFRAME, job.segment, row.key, ratio, parent=job.key, ratio=ratio, framing=framing)
                    for job in modifies
                ]
            for job in (*modifies, *last):
                jobs[job.key] = PlannedJob(job=job, provider="local", price_usd=Decimal(0), variants=(row.key,))
            films.append(
                Film(
                    variant=row,
                    ratio=ratio,
                    pieces=tuple(Piece(job.segment, job.key, "pad", (0.5, 0.5)) for job in last),
                    jobs=tuple(dict.fromkeys(job.key for job in (*modifies, *last))),
                    outputs=(
                        an_output(key=a_key("output", row.key, ratio), file=f"deliverables/{ratio.slug}/{row.key}.mp4"),
                    ),
                    edition=1,
                )
            )
    return Plan(
        campaign="fresh-days",
        brand="acme",
        provider="local",
        model="fake/1",
        generative=False,
        resolution="360p",
        draft=True,
        master=edit,
        jobs=jobs,
        films=tuple(films),
        refusals=(),
        prices={"local": Decimal(0)},
        faults=(),
        out=out,
        sheet_sha256="0" * 64,
    )


@dataclass(frozen=True, slots=True)
class Made:
    state: JobState
    reason: Reason | None = None
    note: str = ""


@dataclass(slots=True)
class FakeHands:
    """Remembers in memory what a ledger would. `rejects` are variants whose jobs are refused, `faulty` films fail QC."""

    plan: Plan
    seconds: float = 0.02
    rejects: frozenset[str] = frozenset()
    faulty: frozenset[str] = frozenset()
    breaks: dict[str, list[Exception]] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    finished: dict[str, Finished] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    interrupted: list[str] = field(default_factory=list)
    running: int = 0
    peak: int = 0
    gathers: int = 0
    gather_breaks: Exception | None = None
    outcome: str = ""

    async def make(self, planned: PlannedJob) -> Made:
        key = planned.job.key
        self.asked[key] += 1
        if self.breaks.get(key):
            raise self.breaks[key].pop()
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.interrupted.append(key)
            raise
        finally:
            self.running -= 1
        if set(planned.variants) & self.rejects:
            return Made(JobState.REJECTED, Reason.REJECTED, "the prompt names a brand <script>")
        self.stored.add(key)
        return Made(JobState.STORED)

    async def finish(self, film: Film) -> tuple[Finished, ...]:
        await asyncio.sleep(self.seconds)
        findings = (
            (Finding(check="black", severity="error", message="black frames", measured="12", expected="0", frame=3),)
            if film.id in self.faulty
            else ()
        )
        for output in film.outputs:
            self.finished[output.key] = a_finished(film, output.key, findings)
        return tuple(self.finished[output.key] for output in film.outputs)

    def waiting(self) -> int:
        return 0

    def money(self) -> Money:
        return Money(Decimal(0), Decimal(0))

    def limits(self) -> tuple[CapUse, ...]:
        spent = Decimal("1.50")
        return (CapUse(name="budget.campaign_usd", cap_usd=Decimal(5), spent_usd=spent, reserved_usd=Decimal(0)),)

    def spent_usd(self) -> Decimal:
        return Decimal(0)

    def gather(self) -> tuple[str, ...]:
        self.gathers += 1
        if self.gather_breaks is not None:
            raise self.gather_breaks
        return ()

    def conclude(self, outcome: str) -> None:
        self.outcome = outcome

    def standing(self) -> Standing:
        jobs = {key: a_standing(JobState.STORED) for key in self.stored}
        films = tuple(self._stand(film) for film in self.plan.films)
        return Standing(films=films, jobs=jobs, finished=dict(self.finished), changes=None)

    def _stand(self, film: Film) -> FilmStanding:
        made = [self.finished.get(output.key) for output in film.outputs]
        whole = all(finished is not None for finished in made)
        faulty = any(finished is not None and not finished.report.passed for finished in made)
        return FilmStanding(
            film=film,
            status=Status.FAILED if faulty else Status.DELIVERED if whole else None,
            reason=Reason.QC if faulty else None,
            sentence="black frames" if faulty else "",
            todo=tuple(key for key in film.jobs if key not in self.stored),
        )


def a_standing(state: JobState) -> JobStanding:
    return JobStanding(
        state=state,
        provider="local",
        remote_id=None,
        price_reserved_usd=Decimal(0),
        price_final_usd=None,
        artifact_sha256=None,
        reason=None,
        note="",
    )


def a_finished(film: Film, key: str, findings: tuple[Finding, ...] = ()) -> Finished:
    from datetime import UTC, datetime

    facts = FileFacts(
        width=640,
        height=360,
        rate=Fraction(24),
        frames=192,
        codec="h264",
        pixel_format="yuv420p",
        colour=("tv", "bt709", "bt709", "bt709"),
        audio=None,
        audio_samples=0,
        bytes=1,
    )
    return Finished(
        key=key,
        campaign="fresh-days",
        variant=film.variant.key,
        ratio=film.ratio.label,
        placement=None,
        sha256="0" * 64,
        poster_sha256="0" * 64,
        facts=facts,
        report=QCReport(findings),
        made_at=datetime.now(UTC),
    )


def a_workshop(hands: FakeHands, *, window: int = 4, films: Sequence[Film] | None = None) -> Workshop:
    return set_up(hands.plan, films or hands.plan.films, hands.standing(), hands, window)


def opening_of(hands: FakeHands, *, window: int = 4):
    """What `launch` opens in place of a campaign."""

    @asynccontextmanager
    async def opened(order: RunOrder, settings: Settings) -> AsyncIterator[Workshop]:
        yield a_workshop(hands, window=window)

    return opened
