"""The plan in plain words and tables."""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from campaign.model import money
from campaign.model.catalogue import Catalogue
from campaign.model.changes import Changes
from campaign.model.jobs import How
from campaign.model.outcomes import Reason
from campaign.model.plan import Plan, Refusal
from campaign.model.ratios import DERIVED
from campaign.model.standing import FilmStanding, Standing
from campaign.planning.pins import pinned
from campaign.planning.pricing import MODIFIES, Breakdown, Way, breakdown, ways
from campaign.planning.routes import lost
from fanout.console import clean, say, say_table
from fanout.endings import refusal_text
from fanout.fault_lines import many, on_lines
from fanout.plan_document import to_do
from fanout.plan_placements import show_placements
from fanout.waiting import say_unapproved, unapproved

if TYPE_CHECKING:
    from campaign.preparing.prepare import Prepared

FEW = 12
"""Longer lists of changes are cut here; --json has them all."""


def show(prepared: "Prepared", standing: Standing, chosen: tuple[FilmStanding, ...], *, names: bool) -> None:
    """Print the plan: what, how much, from which engine, what changed, what is bought again, every file."""
    from campaign.preparing.again import bought_again

    plan = prepared.plan
    due = breakdown(plan, to_do(chosen))
    _head(plan, chosen)
    if names:
        _names(chosen)
    _left_out(chosen)
    say_unapproved(unapproved(chosen))
    _pins(plan)
    _ratios(plan, chosen, prepared.brief.catalogue)
    show_placements((film.film for film in chosen), prepared.brief.catalogue)
    _markets(chosen, due)
    _rows(chosen, due)
    _providers(plan)
    for refusal in plan.refusals:
        _refusal(plan, refusal)
    if standing.changes is not None:
        show_changes(standing.changes, None if len(chosen) == len(plan.films) else frozenset(ids(chosen)))
    _sum(plan, chosen, due)
    if again := bought_again(prepared.ledger, plan, standing.changes, to_do(chosen)):
        say("[yellow]again:[/yellow] ", plain=again.told)


def _head(plan: Plan, chosen: tuple[FilmStanding, ...]) -> None:
    made = [film.film for film in chosen if film.film.skip is None]
    variants = {film.variant.key for film in made}
    ratios = {film.ratio.label for film in made}
    draft = "draft, " if plan.draft else ""
    say(
        "",
        plain=f"{plan.campaign}: {many(len(variants), 'variant')} x {many(len(ratios), 'ratio')}, {draft}{plan.resolution}, "
        f"{plan.model} at {plan.provider}",
    )
    master = plan.master
    shots = ", ".join(
        f"{shot.id} {shot.frames}{'' if shot.treatment.modify else ' (passed through)'}" for shot in master.shots
    )
    say(
        "",
        plain=f"master {master.file.name}: {master.frames} frames at {master.rate} fps, {master.size}; shots: {shots}",
    )
    if plan.sheet_origin is not None:
        at = plan.sheet_origin.fetched_at.astimezone()
        say("", plain=f"sheet {plan.sheet_origin.address}, fetched {at:%Y-%m-%d %H:%M:%S}: {plan.sheet_sha256[:12]}")
    if not plan.generative:
        say("[yellow]a rehearsal:[/yellow] the local engine renders looks and crops, it does not generate")
    for note in plan.notes:
        say(f"[yellow]{'unproved' if plan.generative else 'note'}:[/yellow] ", plain=note)


def _names(chosen: tuple[FilmStanding, ...]) -> None:
    """Every file and what has become of it; written straight, since to lay out 12,000 lines would take seconds."""
    lines = [
        f"  {film.status.value if film.status else 'to make':9} {output.file}"
        for film in chosen
        for output in film.film.outputs
    ]
    sys.stderr.write(clean("\n".join(lines)) + "\n")


def _left_out(chosen: Iterable[FilmStanding]) -> None:
    """Rows that are not made, by reason."""
    lines: dict[Reason, dict[str, int]] = {}
    for film in chosen:
        if film.film.skip is not None:
            lines.setdefault(film.film.skip, {})[film.film.variant.key] = film.film.variant.line
    for reason, rows in lines.items():
        why = reason.value.replace("_", " ")
        say("[yellow]left out:[/yellow] ", plain=f"{many(len(rows), 'variant')} ({why}) {on_lines(rows.values())}")


def _pins(plan: Plan) -> None:
    """How far the final is held to approved drafts."""
    held = [count for planned in plan.jobs.values() if (count := pinned(planned.job.keyframes))]
    if held:
        say(
            "[green]pinned:[/green] ",
            plain=f"{many(len(held), 'modify job')} held to approved drafts by {many(sum(held), 'picture')} of theirs",
        )


def ids(chosen: Iterable[FilmStanding]) -> list[str]:
    """The ids of films."""
    return [film.film.id for film in chosen]


def chosen_part(plan: Plan, chosen: Iterable[FilmStanding]) -> Plan:
    """The plan with the chosen films and their jobs alone."""
    films = tuple(film.film for film in chosen)
    wanted = {key for film in films for key in film.jobs}
    return replace(plan, films=films, jobs={key: job for key, job in plan.jobs.items() if key in wanted})


def _ratios(plan: Plan, chosen: Iterable[FilmStanding], catalogue: Catalogue) -> None:
    engine = catalogue.providers[plan.provider]
    rows = [
        [
            way.ratio.label,
            _how(way),
            str(way.films),
            str(way.jobs),
            money.text(way.usd),
            "refused" if way.generated_usd is None else money.text(way.generated_usd),
        ]
        for way in ways(chosen_part(plan, chosen), engine)
    ]
    say_table("ratios", ["ratio", "how", "films", "jobs", "USD", "USD if generated"], rows, numbers=[2, 3, 4, 5])


def _how(way: Way) -> str:
    if way.how is None:
        return "the master's own"
    if way.how is How.DERIVE:
        return f"derive from {DERIVED[way.ratio]}, loses {float(lost(way.ratio)):.3g} %"
    return way.how.value


def _markets(chosen: Iterable[FilmStanding], due: Breakdown) -> None:
    made = [film for film in chosen if film.film.skip is None]
    films = Counter(film.film.variant.market for film in made)
    ready = Counter(film.film.variant.market for film in made if not film.todo)
    rows = []
    for market, count in films.items():
        line = due.market.get(market)
        rows.append(
            [
                market,
                str(count),
                str(ready[market]),
                str(line.jobs if line else 0),
                _usd(line.usd if line else money.ZERO),
            ]
        )
    say_table("markets", ["market", "films", "jobs all stored", "jobs to do", "USD"], rows, numbers=[1, 2, 3, 4])


def _rows(chosen: Iterable[FilmStanding], due: Breakdown) -> None:
    if not due.total.usd:
        return
    variants = dict.fromkeys(film.film.variant.key for film in chosen)
    rows = [[key, str(due.variant[key].jobs), _usd(due.variant[key].usd)] for key in variants if key in due.variant]
    say_table("rows (a shared job is charged to the first)", ["row", "jobs to do", "USD"], rows, numbers=[1, 2])


def _providers(plan: Plan) -> None:
    rows = [
        [f"{name} *" if name == plan.provider else name, "refused, see below" if price is None else _usd(price)]
        for name, price in plan.prices.items()
    ]
    say_table("the whole plan, bought at", ["provider", "USD (credits)"], rows, numbers=[1])


def _usd(price: Decimal) -> str:
    return f"{money.text(price)} ({money.in_credits(price):.0f})" if price else "0.00"


def _refusal(plan: Plan, refusal: Refusal) -> None:
    colour = "red" if refusal.provider == plan.provider else "dim"
    say(f"[{colour}]{refusal.provider} refuses[/{colour}] ", plain=refusal_text(refusal))


def show_changes(changes: Changes, only: frozenset[str] | None) -> None:
    """What is new since the last run; of the films with ids in `only` where a part was selected."""
    if only is not None:  # what is gone is no part of what can be selected
        added = tuple(film for film in changes.added if film in only)
        changes = Changes(added, (), tuple(change for change in changes.changed if change.film in only))
    if not changes.touched and not changes.removed:
        say(f"\nnothing {'of what is selected ' if only is not None else ''}changed since the last run")
        return
    say(
        f"\nsince the last run: {many(len(changes.changed), 'film')} changed, {len(changes.added)} new, "
        f"{len(changes.removed)} gone"
    )
    changed = [f"{change.film}: {', '.join(change.causes)}" for change in changes.changed]
    for word, films in (("changed", changed), ("new", changes.added), ("gone", changes.removed)):
        for film in films[:FEW]:
            say(f"  {word} ", plain=film)
        if len(films) > FEW:
            say(f"  {word}: and {len(films) - FEW} more; --json has them all")


def _sum(plan: Plan, chosen: tuple[FilmStanding, ...], due: Breakdown) -> None:
    modifies = due.ratio.get(MODIFIES)
    stored = len({key for film in chosen for key in film.film.jobs} - {key for film in chosen for key in film.todo})
    say(
        f"\n[bold]{many(due.total.jobs, 'job')} to do[/bold] ({modifies.jobs if modifies else 0} modify), "
        f"{stored} stored already; up to [bold]{money.text(due.total.usd)} USD[/bold] "
        f"({money.in_credits(due.total.usd):.0f} credits) at {plan.provider}"
    )
