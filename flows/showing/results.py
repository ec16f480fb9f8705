"""What a run leaves to say: plain values, for the command line's last words and its exit code."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from campaign.model.outcomes import Reason, Status
from campaign.model.standing import FilmStanding
from flows.showing.gaps import next_steps
from tasks.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended, judged by its selection. `troubles` are sentences, one for each film that is missing,
    `steps` what a person does next about them.

    `state` is the final state's name in Prefect, `flow_run_url` its page (open as long as the server runs), `gallery`
    None when none was written. `spent_usd` is what the campaign has cost by now, `run_usd` what jobs that this run
    sent off were billed. `over_budget` and `in_doubt` tell whether such films are among those missing.
    """

    campaign: str
    selected: int
    delivered: int
    interrupted: bool
    in_doubt: bool
    over_budget: bool
    troubles: tuple[str, ...]
    steps: tuple[str, ...]
    spent_usd: Decimal
    run_usd: Decimal
    state: str
    flow_run_url: str
    gallery: Path | None

    def document(self) -> dict[str, object]:
        """As one JSON document; money as text."""
        gallery = str(self.gallery) if self.gallery else None
        return asdict(self) | {
            "spent_usd": str(self.spent_usd),
            "run_usd": str(self.run_usd),
            "gallery": gallery,
            "troubles": list(self.troubles),
            "steps": list(self.steps),
        }


def result_of(shop: Workshop, *, interrupted: bool, state: str, flow_run_url: str) -> RunResult:
    """The result of a run that has ended, from ledger and files. May block."""
    wanted = {film.id for film in shop.films}
    standings = [film for film in shop.hands.standing().films if film.film.id in wanted]
    missing = [film for film in standings if film.status is not Status.DELIVERED]
    gallery = shop.plan.out / "report" / "index.html"
    return RunResult(
        campaign=shop.plan.campaign,
        selected=len(standings),
        delivered=len(standings) - len(missing),
        interrupted=interrupted and bool(missing),  # whoever stops a run that has done all of its work comes too late
        in_doubt=any(film.reason is Reason.IN_DOUBT for film in missing),
        over_budget=any(film.reason is Reason.BUDGET for film in missing),
        troubles=tuple(sentence for film in missing if (sentence := _trouble(shop, film))),
        steps=tuple(next_steps(shop.tally.failures, stopped=False)),
        spent_usd=shop.hands.money().spent_usd,
        run_usd=shop.hands.spent_usd(),
        state=state,
        flow_run_url=flow_run_url,
        gallery=gallery if gallery.exists() else None,
    )


def _trouble(shop: Workshop, film: FilmStanding) -> str | None:
    """Why a film is missing: what this run saw, else what the ledger says; None when it was simply not reached."""
    end = shop.tally.ends.get(film.film.id)
    if end is not None and not end.made:
        return f"{film.film.id}: {end.sentence}"
    return f"{film.film.id}: {film.sentence}" if film.sentence else None
