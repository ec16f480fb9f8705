"""What stands in a campaign's way: jobs in doubt, stopped providers, films refused by moderation, drafts to be judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from campaign.buying.next_commands import DIGITS, WAYS
from campaign.model import money
from campaign.model.approvals import Approval, Verdict
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Plan
from campaign.model.standing import FilmStanding, Standing
from fanout.console import say, say_table
from fanout.fault_lines import many

if TYPE_CHECKING:
    from campaign.ledger.ledger import Ledger
    from campaign.ledger.records import RouteRecord

LONGEST_PROMPT = 300
"""Characters of a refused prompt that a table shows; --json has it whole."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A provider, or one operation there, at which nothing is bought now: `frozen`, `barred`, `open` or `throttled`."""

    provider: str
    operation: str | None
    state: str
    why: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderated:
    """Jobs of one row and prompt that a provider refuses for what they show or say: `key` is the first, each has its segment."""

    key: str
    keys: tuple[str, ...]
    segments: tuple[str, ...]
    provider: str
    variant: str
    line: int
    ratios: tuple[str, ...]
    template: str
    prompt: str
    said: str


def stopped(ledger: "Ledger") -> tuple[Stopped, ...]:
    """Everything at which nothing is bought now, the gravest first."""
    frozen = [
        Stopped(name, None, "frozen", why, f"look at its bill, mend the prices, then `fanout jobs thaw {name}`")
        for name, why in ledger.brakes().items()
    ]
    return (*frozen, *(each for route in ledger.routes() if (each := _of(route, datetime.now(UTC))) is not None))


def _of(route: "RouteRecord", now: datetime) -> Stopped | None:
    waits = route.until is not None and route.until > now
    until = f"{route.until:%H:%M:%S} UTC" if route.until else ""
    match route.state:
        case "barred":
            state, cure = "barred", "mend what it says; the next `fanout run` tries it once"
        case "open" if waits:
            state, cure = "open", f"nothing to do: it is tried again by itself at {until}"
        case "closed" if waits:
            state, cure = "throttled", f"nothing to do: it goes on by itself at {until}"
        case _:
            return None
    return Stopped(route.provider, route.operation, state, route.note or f"{route.failures} failures in a row", cure)


def moderated(plan: Plan, standing: Standing, chosen: Iterable[FilmStanding]) -> tuple[Moderated, ...]:
    """The refused jobs of the chosen films in plan order, those of a row that share their words together."""
    films: dict[str, list[FilmStanding]] = {}
    for film in chosen:
        for key in film.film.jobs:
            job = standing.jobs.get(key)
            if job is not None and job.reason is Reason.MODERATED and job.state is not JobState.STORED:
                films.setdefault(key, []).append(film)
    alike: dict[tuple[str, str, str], list[str]] = {}
    for key, waiting in films.items():
        words = (standing.jobs[key].provider, waiting[0].film.variant.key, plan.jobs[key].job.prompt.sha256)
        alike.setdefault(words, []).append(key)
    return tuple(
        _refused(plan, standing, keys, [film for key in keys for film in films[key]]) for keys in alike.values()
    )


def _refused(plan: Plan, standing: Standing, keys: list[str], waiting: list[FilmStanding]) -> Moderated:
    prompt, variant = plan.jobs[keys[0]].job.prompt, waiting[0].film.variant
    return Moderated(
        key=keys[0],
        keys=tuple(keys),
        segments=tuple(dict.fromkeys(plan.jobs[key].job.segment.name for key in keys)),
        provider=standing.jobs[keys[0]].provider,
        variant=variant.key,
        line=variant.line,
        ratios=tuple(dict.fromkeys(film.film.ratio.label for film in waiting)),
        template=prompt.template,
        prompt=prompt.text,
        said=" ".join(dict.fromkeys(standing.jobs[key].note for key in keys)),
    )


def say_stopped(found: Iterable[Stopped]) -> None:
    """A table of what is stopped; nothing for none."""
    rows = [[each.provider, each.operation or "everything", each.state, each.why, each.cure] for each in found]
    say_table("stopped", ["at", "what", "state", "why", "what to do"], rows)


def say_moderated(found: Iterable[Moderated], sheet: str) -> None:
    """A table of what moderation refused; nothing for none."""
    rows = [
        [
            f"{sheet}:{each.line}",
            each.variant,
            " ".join(each.ratios),
            " ".join(each.segments),
            each.template,
            each.said,
            _cut(each.prompt),
        ]
        for each in found
    ]
    say_table("refused by moderation", ["row", "variant", "ratios", "shots", "template", "said", "prompt"], rows)
    if rows:
        say("Change the words of the row or the template and run again: the same words would be refused again.")


def _cut(prompt: str) -> str:
    return prompt if len(prompt) <= LONGEST_PROMPT else f"{prompt[:LONGEST_PROMPT]} ..."


def say_doubts(plan: Plan, standing: Standing) -> None:
    """What is held for jobs in doubt, with the command for each; nothing for none."""
    doubts = {key: job for key, job in standing.jobs.items() if job.state is JobState.IN_DOUBT}
    if not doubts:
        return
    held = money.text(held_in_doubt(standing))
    say(f"\n[yellow]in doubt:[/yellow] {many(len(doubts), 'job')} may have been paid, {held} USD are held; decide with")
    for key, job in doubts.items():
        asked = plan.jobs[key]
        what = f"{asked.job.operation} of {asked.job.segment.name}" + (
            f" to {asked.job.ratio}" if asked.job.ratio else ""
        )
        say(
            "  ", plain=f"fanout jobs resolve {key[:DIGITS]} {WAYS}    # {what}, {asked.variants[0]}, at {job.provider}"
        )


def held_in_doubt(standing: Standing) -> Decimal:
    """USD held for jobs in doubt."""
    return sum((job.price_reserved_usd for job in standing.jobs.values() if job.state is JobState.IN_DOUBT), money.ZERO)


def decisions(
    chosen: tuple[FilmStanding, ...], decided: Mapping[tuple[str, str], Approval], asked: bool
) -> dict[str, int]:
    """How many of the chosen films are approved and rejected; and how many drafts wait to be, where that is `asked`."""
    found = [(film, decided.get((film.film.variant.key, film.film.ratio.label))) for film in chosen]
    counts = Counter(decision.verdict.value for _, decision in found if decision is not None)
    waiting = sum(decision is None and film.status is Status.DELIVERED for film, decision in found) if asked else 0
    return {**{verdict.value: counts[verdict.value] for verdict in Verdict}, "waiting": waiting}


def say_decisions(counts: Mapping[str, int]) -> None:
    """How many drafts are decided about, and how many wait; nothing for none."""
    if not any(counts.values()):
        return
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    say(
        "", plain=f"drafts: {told}" + ("; look at them, then `fanout approve` or `reject`" if counts["waiting"] else "")
    )
