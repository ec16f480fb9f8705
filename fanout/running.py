"""What `run` and `regenerate` share: asking before money is spent, the progress bar, the last words."""

import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn

from campaign.model import money, orders
from campaign.model.faults import Level
from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Film
from campaign.model.standing import FilmStanding
from campaign.settings import Settings
from fanout import exits
from fanout.console import emit, say, say_faults, terminal
from fanout.endings import Refused
from fanout.fault_lines import many, on_lines

if TYPE_CHECKING:
    from campaign.preparing.prepare import Prepared
    from flows.results import RunResult


def left_out(chosen: Iterable[FilmStanding]) -> tuple[Film, ...]:
    """The films that are wanted and cannot be made, since their rows are faulty: gaps, whatever becomes of the rest."""
    return tuple(standing.film for standing in chosen if standing.film.skip is Reason.BAD_ROW)


def say_left_out(prepared: "Prepared", bad: tuple[Film, ...]) -> None:
    """Say what is wrong with the rows that --skip-bad leaves out."""
    if not bad:
        return
    say_faults([fault for fault in prepared.plan.faults if fault.level is Level.ERROR])
    rows = {film.variant.line for film in bad}
    say("[yellow]left out:[/yellow] ", plain=f"{many(len(bad), 'film')} of faulty rows, {on_lines(rows)}")


def allow(prepared: "Prepared", films: Iterable[Film], *, yes: bool, anew: frozenset[str] = frozenset()) -> None:
    """Raise Refused unless the run may spend: a provider that can be bought from and refuses nothing, a price agreed to.

    A price above `budget.ask_above_usd` (or any, when that is not set) is asked about once; without a person at the
    terminal and without `yes` it refuses. `anew` are ask_keys bought again.
    """
    from campaign.providers import BUILT

    plan, films = prepared.plan, tuple(films)
    if plan.own_refusals:
        raise Refused(f"{plan.provider} would not take this plan; nothing was spent.", plan.own_refusals)
    unbuilt = {plan.jobs[key].provider for film in films for key in film.jobs} - {*BUILT}
    if unbuilt:
        raise Refused(
            f"Buying from {' and '.join(sorted(unbuilt))} is not built yet; nothing was spent. "
            f"`fanout plan` prices it, `--provider {BUILT[0]}` makes the films on this machine."
        )
    price = _price(prepared, films, anew)
    if price <= (prepared.brief.campaign.budget.ask_above_usd or money.ZERO) or yes:
        return
    question = f"This will cost up to {money.text(price)} USD at {plan.provider}."
    if not (terminal().is_terminal and sys.stdin.isatty()):
        raise Refused(f"{question} Nobody is here to ask: say --yes, or raise budget.ask_above_usd.")
    if not click.confirm(f"{question} Spend it?", err=True):
        raise Refused("Not agreed to; nothing was spent.")


def _price(prepared: "Prepared", films: Iterable[Film], anew: frozenset[str]) -> Decimal:
    jobs = prepared.plan.jobs
    keys = {key for film in films for key in film.jobs}
    done = {key for key, record in prepared.ledger.records(keys).items() if record.state is JobState.STORED}
    due = (jobs[key] for key in keys if key not in done or jobs[key].job.ask_key in anew)
    return sum((job.price_usd for job in due), money.ZERO)


def carry_out(order: orders.RunOrder, settings: Settings, bad: tuple[Film, ...], *, as_json: bool) -> int:
    """Run `order` on Prefect with a bar on the terminal; say how it went; return the exit code. `bad` are left out."""
    from flows.launch import launch

    with _Bar() as bar:
        result = launch(order, settings, on_progress=bar.show, say=bar.say)
    return _conclude(result, bad, as_json=as_json)


def nothing_to_do(
    prepared: "Prepared", chosen: tuple[FilmStanding, ...], bad: tuple[Film, ...], *, as_json: bool
) -> int:
    """The end of a run whose films are all delivered: manifest and gallery are brought up to date, no server is started.

    When none is selected, nothing is touched.
    """
    from campaign.gathering.gather import gather
    from flows.results import RunResult

    films = sum(standing.film.skip is None for standing in chosen)
    gathered = gather(prepared, frozenset(film.film.id for film in chosen)) if films else None
    result = RunResult(
        campaign=prepared.plan.campaign,
        selected=films,
        delivered=films,
        interrupted=False,
        in_doubt=False,
        over_budget=False,
        troubles=(),
        spent_usd=prepared.ledger.money(prepared.plan.campaign).spent_usd,
        state="Completed",
        flow_run_url="",
        gallery=gathered.gallery if gathered else None,
    )
    say("nothing to do: " + ("everything selected is delivered already" if films else "no film is selected"))
    if not films and prepared.previous is not None and prepared.previous.snapshot["draft"] and not prepared.plan.draft:
        say("The last run made a draft: say --draft to mean its films.")
    return _conclude(result, bad, as_json=as_json)


def exit_code(result: "RunResult", bad: tuple[Film, ...] = ()) -> int:
    """The exit code, precedence 130, 5, 4, 3. Films of faulty rows are gaps."""
    if result.interrupted:
        return exits.INTERRUPTED
    if result.in_doubt:
        return exits.DECISION
    if result.over_budget:
        return exits.BUDGET
    return exits.DONE if result.delivered == result.selected and not bad else exits.GAPS


def _conclude(result: "RunResult", bad: tuple[Film, ...], *, as_json: bool) -> int:
    _last_words(result, bad)
    if as_json:
        emit(result.document() | {"left_out": [film.id for film in bad]})
    return exit_code(result, bad)


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
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._console.is_terminal:
            self._progress.stop()

    def say(self, sentence: str) -> None:
        """A sentence above the bar; an address in it can be copied whole."""
        self._console.print(sentence, markup=False, soft_wrap=True)

    def show(self, now: orders.Progress) -> None:
        """Move the bar."""
        words = _words(now)
        if not self._console.is_terminal:
            if now.elapsed_s - self._said >= 30:
                self._said = now.elapsed_s
                self._console.print(words, markup=False)
            return
        if self._task is None:
            self._task = self._progress.add_task("films", total=None, words="")
        done = now.delivered + now.failed + now.jobs_done
        self._progress.update(self._task, completed=done, total=now.films + now.jobs_total, words=words)


def _words(now: orders.Progress) -> str:
    failed = f", {now.failed} failed" if now.failed else ""
    left = f", about {_clock(now.seconds_left)} left" if now.seconds_left and now.seconds_left >= 1 else ""
    spent = f"${money.text(now.spent_usd)}" + (f" (+{money.text(now.reserved_usd)} held)" if now.reserved_usd else "")
    films = f"{now.delivered}/{now.films} films{failed}"
    jobs = f"{now.jobs_done}/{now.jobs_total} jobs, {now.jobs_running} running"
    return f"{films} · {jobs} · {spent} · {_clock(now.elapsed_s)}{left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _last_words(result: "RunResult", bad: tuple[Film, ...]) -> None:
    colour = "green" if result.delivered == result.selected and not bad else "yellow"
    rest = f", {len(bad)} left out" if bad else ""
    say(
        f"[{colour}]{result.delivered} of {many(result.selected, 'film')} delivered{rest}[/{colour}], "
        f"{money.text(result.spent_usd)} USD spent"
    )
    for trouble in result.troubles:
        say("  [red]·[/red] ", plain=trouble)
    if result.gallery is not None:
        say("gallery  ", plain=result.gallery.as_uri())
        say("manifest ", plain=str(result.gallery.parent.parent / "manifest.json"))
    if result.interrupted:
        say("Stopped. Nothing is lost: the same command goes on where this one stopped.")
