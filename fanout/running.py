"""What `run` and `regenerate` share: the progress bar, the last words, the exit code."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn

from campaign.errors import CampaignError
from campaign.model import money, orders
from campaign.model.standing import FilmStanding
from campaign.settings import Settings
from fanout import exits
from fanout.calling_off import say_aftermath, say_plainly
from fanout.console import emit, say, terminal
from fanout.fault_lines import many
from fanout.left_out import NOTHING, LeftOut, to_make

if TYPE_CHECKING:
    from campaign.preparing.billing import Spend
    from campaign.preparing.prepare import Prepared
    from flows.showing.results import RunResult


def carry_out(order: orders.RunOrder, settings: Settings, bound: "Spend", rest: LeftOut, *, as_json: bool) -> int:
    """Run `order` on Prefect with a bar on the terminal; say how it went; return the exit code. `rest` is left out, and nothing
    is bought but `bound`, to which somebody has agreed."""
    from flows.terminal.launch import launch

    with _Bar() as bar:
        result = launch(order, settings, on_progress=bar.show, say=bar.say, bound=bound)
    if result.interrupted:
        result = _called_off(result, order, settings)
    return _conclude(result, rest, as_json=as_json)


def _called_off(result: "RunResult", order: orders.RunOrder, settings: Settings) -> "RunResult":
    """Stopped: let providers stop, too, and say what still bills. What hinders that changes nothing about the run's end."""
    from flows.control.calling_off import call_off_all

    try:
        after = call_off_all(order.campaign_file, settings, say=say_plainly)
    except CampaignError as error:
        say("[yellow]not called off:[/yellow] ", plain=f"{error} `fanout cancel` tries again.")
        return result
    say_aftermath(after)
    return replace(result, spent_usd=after.spent_usd, run_usd=result.run_usd + after.spent_usd - result.spent_usd)


def nothing_to_do(prepared: "Prepared", chosen: tuple[FilmStanding, ...], rest: LeftOut, *, as_json: bool) -> int:
    """The end of a run whose films are all delivered: manifest and gallery are brought up to date, no server is started.

    When none is selected, nothing is touched.
    """
    from campaign.gathering.gather import gather
    from flows.showing.results import RunResult

    films = len(to_make(chosen))
    gathered = gather(prepared, frozenset(film.film.id for film in chosen)) if films or rest.unapproved else None
    result = RunResult(
        campaign=prepared.plan.campaign,
        selected=films,
        delivered=films,
        interrupted=False,
        in_doubt=False,
        over_budget=False,
        troubles=(),
        steps=(),
        spent_usd=prepared.ledger.money(prepared.plan.campaign).spent_usd,
        run_usd=money.ZERO,
        state="Completed",
        flow_run_url="",
        gallery=gathered.gallery if gathered else None,
    )
    say("nothing to do: " + _why_nothing(films, rest))
    if (
        not films
        and not rest.unapproved
        and prepared.previous is not None
        and prepared.previous.snapshot["draft"]
        and not prepared.plan.draft
    ):
        say("The last run made a draft: say --draft to mean its films.")
    return _conclude(result, rest, as_json=as_json)


def _why_nothing(films: int, rest: LeftOut) -> str:
    if rest.unapproved:
        return "everything approved is delivered already" if films else "nothing that is selected is approved"
    return "everything selected is delivered already" if films else "no film is selected"


def exit_code(result: "RunResult", rest: LeftOut = NOTHING) -> int:
    """The exit code, precedence 130, 5, 4, 3. Films left out are gaps."""
    if result.interrupted:
        return exits.INTERRUPTED
    if result.in_doubt:
        return exits.DECISION
    if result.over_budget:
        return exits.BUDGET
    return exits.DONE if result.delivered == result.selected and not rest.count else exits.GAPS


def _conclude(result: "RunResult", rest: LeftOut, *, as_json: bool) -> int:
    last_words(result, rest)
    if as_json:
        emit(result.document() | rest.document())
    return exit_code(result, rest)


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
        self._warned = _Warned(self)

    def __enter__(self) -> "_Bar":
        logging.getLogger("campaign").addHandler(self._warned)
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger("campaign").removeHandler(self._warned)
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


class _Warned(logging.Handler):
    """What the core warns of while a run goes on, above its bar: Prefect's own way to the terminal is shut then."""

    def __init__(self, bar: _Bar) -> None:
        super().__init__(logging.WARNING)
        self._bar = bar

    def emit(self, record: logging.LogRecord) -> None:
        """One sentence, without secrets: they are taken out where records are made."""
        with suppress(OSError):  # the terminal may be gone
            self._bar.say(record.getMessage())


def _words(now: orders.Progress) -> str:
    failed = f", {now.failed} failed" if now.failed else ""
    left = f", about {_clock(now.seconds_left)} left" if now.seconds_left and now.seconds_left >= 1 else ""
    spent = f"${money.text(now.spent_usd)}" + (f" (+{money.text(now.reserved_usd)} held)" if now.reserved_usd else "")
    films = f"{now.delivered}/{now.films} films{failed}"
    jobs = f"{now.jobs_done}/{now.jobs_total} jobs, {now.jobs_running} running"
    note = f" · {now.note}" if now.note else ""
    return f"{films} · {jobs} · {spent} · {_clock(now.elapsed_s)}{left}{note}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def last_words(result: "RunResult", rest: LeftOut) -> None:
    """How a run ended: films, money of this run and of the campaign, what went wrong, where things lie."""
    colour = "green" if result.delivered == result.selected and not rest.count else "yellow"
    others = f", {rest.count} left out" if rest.count else ""
    say(
        f"[{colour}]{result.delivered} of {many(result.selected, 'film')} delivered{others}[/{colour}], "
        f"{money.text(result.run_usd)} USD in this run, {money.text(result.spent_usd)} USD in the campaign"
    )
    for trouble in _together(result.troubles):
        say("  [red]·[/red] ", plain=trouble)
    for step in result.steps:
        say("next     ", plain=step)
    if result.gallery is not None:
        say("gallery  ", plain=result.gallery.as_uri())
        say("manifest ", plain=str(result.gallery.parent.parent / "manifest.json"))
    if result.interrupted:
        say("Stopped. Nothing is lost: the same command goes on where this one stopped.")


def _together(troubles: Iterable[str]) -> list[str]:
    """Films that share a cause on one line: `de-de-summer 16:9, de-de-summer 9:16: the cause`."""
    films: dict[str, list[str]] = {}
    for trouble in troubles:
        film, found, cause = trouble.partition(": ")
        films.setdefault(cause if found else trouble, []).append(film if found else "")
    return [f"{', '.join(names)}: {cause}" if any(names) else cause for cause, names in films.items()]
