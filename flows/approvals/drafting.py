"""Between draft and final: a run of the room waits until a person has looked at the drafts and said which may be bought."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from prefect import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from campaign.model.approvals import Approval, Verdict
from campaign.model.orders import RunOrder
from campaign.model.outcomes import Status
from campaign.model.standing import FilmStanding, Standing
from campaign.preparing.deciding import decide
from campaign.preparing.memory import open_memory
from campaign.preparing.prepare import prepare
from campaign.settings import Settings
from flows.approvals.asking import WHERE, Answer, ask, for_notices, gallery
from flows.approvals.spending import IN_TIME, NOT_APPROVED
from flows.showing.escaping import plain
from flows.showing.events import Kind, tell
from flows.showing.tables import counted

Approvals = Callable[[str], Mapping[tuple[str, str], Approval]]
ANEW = "it was made anew while its draft was looked at: look at it, then `fanout approve` it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Drafts that wait for a decision: the sha256 of each by its film's (variant key, ratio label). `decided` are ids of
    films whose draft was approved before, and still is what was approved."""

    campaign: str
    home: Path
    out: Path
    wait_hours: float
    drafts: Mapping[tuple[str, str], str]
    decided: tuple[str, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """Keys of the variants, each once."""
        return tuple(dict.fromkeys(variant for variant, _ in self.drafts))


async def judged(order: RunOrder, films: Collection[str], settings: Settings) -> tuple[str, ...] | State[None]:
    """Ids of those of `films` whose drafts are approved; or the state in which the run ends when nobody said so.

    `order` is of the drafts. Whichever comes first counts: the answer in the UI, or decisions in the ledger about all of
    them (`fanout approve`, `fanout reject`). A draft that became another one meanwhile is not approved.
    """
    drafts = replace(order, draft=True, films=tuple(films))
    shown = await asyncio.to_thread(_show, drafts, settings)
    if not shown.drafts:
        return shown.decided
    until = datetime.now(UTC) + timedelta(hours=shown.wait_hours)
    words = _describe(shown, until)
    get_run_logger().warning("waiting for approval of %s drafts of %s. %s", len(shown.drafts), shown.campaign, WHERE)
    facts: dict[str, str | int] = {"about": "drafts", "drafts": len(shown.drafts), "until": until.isoformat()}
    tell(Kind.APPROVAL_WAITING, shown.campaign, for_notices(words), **facts)
    with open_memory(order.campaign_file, settings) as memory:
        look = partial(_decided_elsewhere, memory.ledger.approvals, shown)
        answer = await ask(words, shown.variants, look=look, wait_s=(until - datetime.now(UTC)).total_seconds())
        elsewhere = await asyncio.to_thread(look) is not None
    if answer is None:
        return Completed(
            name=IN_TIME,
            message=f"Nobody decided about the drafts within {shown.wait_hours:g} h. They stay where they are: look at them, "
            "`fanout approve` the good ones, and start the run again. No final was bought.",
        )
    if not answer.yes:
        note = f" ({answer.note})" if answer.note else ""
        return Completed(
            name=NOT_APPROVED, message=f"{answer.your_name} said no to the drafts{note}. No final was bought."
        )
    if not elsewhere:
        await asyncio.to_thread(_approve, drafts, shown, answer, settings)
    return (await asyncio.to_thread(_show, drafts, settings)).decided


def _show(drafts: RunOrder, settings: Settings) -> Shown:
    with prepare(drafts, settings) as prepared:
        standing = prepared.standing()
        approvals = prepared.ledger.approvals(prepared.plan.campaign)
        waiting, decided = {}, []
        for film in _delivered(standing, drafts):
            where = (film.film.variant.key, film.film.ratio.label)
            sha256, decision = _sha256(film, standing), approvals.get(where)
            if sha256 is not None and (decision is None or decision.file_sha256 != sha256):
                waiting[where] = sha256
            elif decision is not None and decision.verdict is Verdict.APPROVED:
                decided.append(film.film.id)
        return Shown(
            campaign=prepared.plan.campaign,
            home=prepared.home,
            out=prepared.plan.out,
            wait_hours=prepared.brief.campaign.wait_hours,
            drafts=waiting,
            decided=tuple(decided),
        )


def _delivered(standing: Standing, drafts: RunOrder) -> list[FilmStanding]:
    wanted = set(drafts.films or ())
    return [film for film in standing.films if film.film.id in wanted and film.status is Status.DELIVERED]


def _sha256(film: FilmStanding, standing: Standing) -> str | None:
    made = standing.finished.get(film.film.outputs[0].key) if film.film.outputs else None
    return made.sha256 if made is not None else None


def _decided_elsewhere(approvals: Approvals, shown: Shown) -> Answer | None:
    """A yes when each draft that was shown has been decided about, good or bad, by its very bytes."""
    now = approvals(shown.campaign)
    decisions = [now.get(where) for where in shown.drafts]
    ours = [
        each
        for each, sha256 in zip(decisions, shown.drafts.values(), strict=True)
        if each and each.file_sha256 == sha256
    ]
    if len(ours) < len(shown.drafts):
        return None
    return Answer(your_name=ours[-1].by, approve="yes", note="decided film by film")


def _approve(drafts: RunOrder, shown: Shown, answer: Answer, settings: Settings) -> None:
    """Write down the approval of all that was shown, but for variants that are left out and what somebody decided about
    meanwhile, film by film; and say of which it is void."""
    with prepare(drafts, settings) as prepared:
        standing = prepared.standing()
        decisions = prepared.ledger.approvals(shown.campaign)
        left = {
            where
            for where, sha256 in shown.drafts.items()
            if where[0] not in answer.leave_out
            and not ((decision := decisions.get(where)) and decision.file_sha256 == sha256)
        }
        meant = [film for film in standing.films if (film.film.variant.key, film.film.ratio.label) in left]
        same = [
            film
            for film in meant
            if shown.drafts[film.film.variant.key, film.film.ratio.label] == _sha256(film, standing)
        ]
        made = decide(
            prepared, standing, same, Verdict.APPROVED, by=answer.your_name, at=datetime.now(UTC), note=answer.note
        )
    void = {film.film.id: ANEW for film in meant if film not in same} | dict(made.refused)
    for film, why in void.items():
        get_run_logger().warning("the approval of %s is void: %s", film, why)


def _describe(shown: Shown, until: datetime) -> str:
    return "\n".join(
        [
            f"**Are the drafts of {plain(shown.campaign)} right?**",
            "",
            f"- {counted(len(shown.drafts), 'draft')} of {counted(len(shown.variants), 'variant')}: "
            f"{gallery(shown.home, shown.campaign, shown.out)}",
            "- a yes is bound to the very files that lie there now; variants that you leave out get no final now",
            "",
            "Answer here, or decide film by film with `fanout approve` and `fanout reject`. Without an answer by "
            f"{until:%Y-%m-%d %H:%M} UTC the run ends and no final is bought.",
        ]
    )
