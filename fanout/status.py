"""fanout status: where everything stands, from the ledger and the files."""

from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign.model import money
from campaign.model.outcomes import Reason, Status
from campaign.model.standing import FilmStanding, OutputStanding, Standing
from campaign.settings import read_settings
from fanout.console import emit, say, say_table
from fanout.exits import DONE
from fanout.obstacles import (
    decisions,
    held_in_doubt,
    moderated,
    say_decisions,
    say_doubts,
    say_moderated,
    say_stopped,
    stopped,
)
from fanout.options import as_last_option, campaign_option, json_option, only_option, options, provider_option
from fanout.waiting import say_unapproved, unapproved

if TYPE_CHECKING:
    from campaign.ledger.records import Money


HELD = (
    "what quality control holds back: look at it in the gallery, then `fanout approve --waive CHECK --by NAME --only "
    "status=failed` or `fanout regenerate --only status=failed`"
)


@click.command("status")
@options(campaign_option, provider_option, as_last_option, only_option, json_option)
def command(campaign_file: Path, provider: str | None, draft: bool | None, only: tuple[str, ...], as_json: bool) -> int:
    """Where every film of the campaign stands: delivered, failed and why, still to be made."""
    from campaign.preparing.prepare import prepare_as_last
    from campaign.preparing.selecting import select

    settings = read_settings(beside=campaign_file.parent)
    with prepare_as_last(campaign_file, settings, provider=provider, draft=draft, only=only) as (order, prepared):
        standing = prepared.standing()
        chosen = select(standing, order)
        refused = moderated(prepared.plan, standing, chosen)
        halted = stopped(prepared.ledger)
        decided = prepared.ledger.approvals(prepared.plan.campaign)
        asked = prepared.plan.draft and prepared.brief.campaign.draft_first
        cost = prepared.ledger.money(prepared.plan.campaign)
        sheet = prepared.brief.campaign.shown(prepared.brief.campaign.sheet)
    if as_json:
        told = {
            "moderated": [asdict(each) for each in refused],
            "stopped": [asdict(each) for each in halted],
            "approvals": decisions(chosen, decided, asked),
        }
        emit(_document(standing, chosen, cost) | told)
    else:
        _show(standing, chosen, cost)
        say_unapproved(unapproved(chosen))
        say_moderated(refused, sheet)
        say_stopped(halted)
        say_doubts(prepared.plan, standing)
        say_decisions(decisions(chosen, decided, asked))
    return DONE


def _word(film: FilmStanding) -> str:
    """A film's standing in one word or two."""
    return f"{film.word} ({film.reason})" if film.reason else film.word


def _document(standing: Standing, chosen: tuple[FilmStanding, ...], cost: "Money") -> dict[str, object]:
    return {
        "counts": Counter(film.word for film in chosen),
        "films": [
            {
                "variant": film.film.variant.key,
                "ratio": film.film.ratio.label,
                "status": film.word,
                "reason": film.reason.value if film.reason else None,
                "sentence": film.sentence,
                "files": [output.file for output in film.film.outputs],
                "outputs": [_file(each) for each in film.outputs],
                "jobs_to_do": list(film.todo),
                "edition": film.film.edition,
            }
            for film in chosen
        ],
        "jobs": {key: asdict(job) for key, job in standing.jobs.items()},
        "money": {
            "spent_usd": str(standing.spent_usd),
            "reserved_usd": str(standing.reserved_usd),
            "in_doubt_usd": str(held_in_doubt(standing)),
            "campaign_spent_usd": str(cost.spent_usd),
            "campaign_reserved_usd": str(cost.reserved_usd),
        },
    }


def _file(each: OutputStanding) -> dict[str, object]:
    return {
        "file": each.output.file,
        "placement": each.output.placement,
        "status": each.word,
        "reason": each.reason.value if each.reason else None,
        "sentence": each.sentence,
    }


def _show(standing: Standing, chosen: tuple[FilmStanding, ...], cost: "Money") -> None:
    cells: dict[str, Counter[str]] = {}
    ratios = list(dict.fromkeys(film.film.ratio.label for film in chosen))
    for film in chosen:
        done = film.status is Status.DELIVERED
        cells.setdefault(film.film.variant.market, Counter()).update(
            {film.film.ratio.label: int(done), f"{film.film.ratio.label} all": 1}
        )
    rows = [[market, *(f"{row[ratio]}/{row[f'{ratio} all']}" for ratio in ratios)] for market, row in cells.items()]
    say_table("delivered / planned", ["market", *ratios], rows, numbers=range(1, len(ratios) + 1))
    words = Counter(_word(film) for film in chosen)
    say("", plain=", ".join(f"{count} {name}" for name, count in words.most_common()) or "no film is selected")
    say(f"spent in the campaign {_usd(cost.spent_usd, cost.reserved_usd)}")
    say(f"of that for this plan {_usd(standing.spent_usd, standing.reserved_usd)}")
    say_table("failed", ["variant", "ratios", "reason", "why"], _failures(chosen))
    if any(film.reason is Reason.QC for film in chosen):
        say("next     ", plain=HELD)


def _usd(spent: Decimal, held: Decimal) -> str:
    return f"{money.text(spent)} USD, held for jobs in flight or in doubt {money.text(held)} USD"


def _failures(chosen: tuple[FilmStanding, ...]) -> list[list[str]]:
    """What failed and why, the ratios of a variant that share a cause on one line; what has a table of its own left out."""
    ratios: dict[tuple[str, str, str], list[str]] = {}
    for film in chosen:
        if film.status is Status.FAILED and film.reason not in (Reason.MODERATED, Reason.IN_DOUBT):
            cause = (film.film.variant.key, str(film.reason), film.sentence)
            ratios.setdefault(cause, []).append(film.film.ratio.label)
    return [[variant, " ".join(labels), reason, why] for (variant, reason, why), labels in ratios.items()]
