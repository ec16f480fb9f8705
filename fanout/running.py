"""What `run` and `regenerate` share: asking before money is spent, the progress bar, the last words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn

from campaign.model import money, orders
from campaign.model.faults import sentence
from campaign.model.outcomes import JobState
from campaign.model.plan import Film
from campaign.model.standing import FilmStanding
from campaign.settings import Settings
from fanout import exits
from fanout.console import emit, say, terminal

if TYPE_CHECKING:
    from campaign.preparing.prepare import Prepared
    from flows.results import RunResult


def allow(prepared: "Prepared", films: Iterable[Film], *, yes: bool, anew: frozenset[str] = frozenset()) -> bool:
    """Whether the run may spend: refusals stop it, a price is asked about once. `anew` are ask_keys bought again.

    Without a terminal and without `yes` a price above `budget.ask_above_usd` (or any, when that is not set) refuses.
    """
    plan = prepared.plan
    own = [refusal for refusal in plan.refusals if refusal.provider == plan.provider]
    for refusal in own:
        takers = f" Taken by: {', '.join(refusal.accepted_by)}." if refusal.accepted_by else ""
        say(
            "[red]refused:[/red] ",
            plain=f"{refusal.scope}: {sentence(refusal.problem)} {refusal.cure}{takers} [{refusal.rule}]",
        )
    if own:
        return False
    price = _price(prepared, films, anew)
    threshold = prepared.brief.campaign.budget.ask_above_usd or money.ZERO
    if price <= threshold or yes:
        return True
    question = f"This will cost up to {money.text(price)} USD at {plan.provider}. Spend it?"
    if terminal().is_terminal:
        return click.confirm(question, err=True)
    say("[red]refused:[/red] ", plain=f"{question} Nobody is here to ask: say --yes, or raise budget.ask_above_usd.")
    return False


def _price(prepared: "Prepared", films: Iterable[Film], anew: frozenset[str]) -> Decimal:
    jobs = prepared.plan.jobs
    keys = {key for film in films for key in film.jobs}
    done = {key for key, record in prepared.ledger.records(keys).items() if record.state is JobState.STORED}
    due = (jobs[key] for key in keys if key not in done or jobs[key].job.ask_key in anew)
    return sum((job.price_usd for job in due), money.ZERO)


def carry_out(order: orders.RunOrder, settings: Settings, *, as_json: bool) -> int:
    """Run `order` on Prefect with a bar on the terminal; say how it went; return the exit code."""
    from flows.launch import launch

    with _Bar() as bar:
        result = launch(order, settings, on_progress=bar.show, say=bar.say)
    _last_words(result)
    if as_json:
        emit(result.document())
    return exit_code(result)


def nothing_to_do(prepared: "Prepared", chosen: tuple[FilmStanding, ...], *, as_json: bool) -> int:
    """The end of a run whose films are all delivered: manifest and gallery are brought up to date, no server is started."""
    from campaign.gathering.gather import gather
    from flows.results import RunResult

    gathered = gather(prepared, frozenset(film.film.id for film in chosen))
    result = RunResult(
        campaign=prepared.plan.campaign,
        selected=len(chosen),
        delivered=len(chosen),
        interrupted=False,
        in_doubt=False,
        over_budget=False,
        troubles=(),
        spent_usd=prepared.ledger.money(prepared.plan.campaign).spent_usd,
        state="Completed",
        flow_run_url="",
        gallery=gathered.gallery,
    )
    say("nothing to do: everything selected is delivered already")
    _last_words(result)
    if as_json:
        emit(result.document())
    return exits.DONE


def exit_code(result: "RunResult") -> int:
    """The exit code of DESIGN, precedence 130, 5, 4, 3."""
    if result.interrupted:
        return exits.INTERRUPTED
    if result.in_doubt:
        return exits.DECISION
    if result.over_budget:
        return exits.BUDGET
    return exits.DONE if result.delivered == result.selected else exits.GAPS


class _Bar:
    """One line at the foot of the terminal: films, jobs, money, time left. Without a terminal, a line now and then."""

    def __init__(self) -> None:
        columns: list[ProgressColumn] = [
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[words]}"),
        ]
        self._console = terminal()
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task: TaskID | None = None
        self._said = -30.0

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def say(self, sentence: str) -> None:
        """A sentence above the bar."""
        self._console.print(sentence, markup=False)

    def show(self, now: orders.Progress) -> None:
        """Move the bar."""
        words = _words(now)
        if not self._console.is_terminal:
            if now.elapsed_s - self._said >= 30:
                self._said = now.elapsed_s
                self._console.print(words, markup=False)
            return
        if self._task is None:
            self._task = self._progress.add_task("films", total=now.films, words="")
        done = now.delivered + now.failed
        self._progress.update(self._task, completed=done, total=now.films, words=words)


def _words(now: orders.Progress) -> str:
    failed = f", {now.failed} failed" if now.failed else ""
    left = f", about {_clock(now.seconds_left)} left" if now.seconds_left is not None else ""
    spent = f"${money.text(now.spent_usd)}" + (f" (+{money.text(now.reserved_usd)} held)" if now.reserved_usd else "")
    films = f"{now.delivered}/{now.films} films{failed}"
    jobs = f"{now.jobs_done}/{now.jobs_total} jobs, {now.jobs_running} running"
    return f"{films} · {jobs} · {spent} · {_clock(now.elapsed_s)}{left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _last_words(result: "RunResult") -> None:
    colour = "green" if result.delivered == result.selected else "yellow"
    say(
        f"[{colour}]{result.delivered} of {result.selected} films delivered[/{colour}], {money.text(result.spent_usd)} USD spent"
    )
    for trouble in result.troubles:
        say("  [red]·[/red] ", plain=trouble)
    if result.gallery is not None:
        say("gallery  ", plain=result.gallery.as_uri())
        say("manifest ", plain=str(result.gallery.parent.parent / "manifest.json"))
    if result.interrupted:
        say("Stopped. Nothing is lost: the same command goes on where this one stopped.")
