"""`fanout approve --waive`: a person lets errors of quality control pass, and what is then whole is delivered."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from campaign.model.outcomes import Reason
from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.endings import Refused
from fanout.exits import DONE, GAPS
from fanout.fault_lines import many
from fanout.waiting import say_causes


def waive_checks(
    checks: tuple[str, ...],
    placements: tuple[str, ...] = (),
    *,
    campaign_file: Path,
    provider: str | None,
    only: tuple[str, ...],
    by: str | None,
    note: str,
    as_json: bool,
) -> int:
    """Let `checks` pass in the selected films that quality control holds back (in their files for `placements`, where
    some are named), and gather what is whole now.

    Raises Refused without a name, and when no selected film has such an error. Exit code 3 when films are still held back.
    """
    from campaign.gathering.gather import gather
    from campaign.preparing.prepare import prepare_as_last
    from campaign.preparing.selecting import select
    from campaign.preparing.waiving import waive

    if not by:
        raise Refused("Say who takes it upon himself: --waive CHECK --by NAME. Nothing was waived.")
    settings = read_settings(beside=campaign_file.parent)
    with prepare_as_last(campaign_file, settings, provider=provider, draft=None, only=only) as (order, prepared):
        standing = prepared.standing()
        held = [film for film in select(standing, order) if any(each.reason is Reason.QC for each in film.outputs)]
        waived = waive(prepared, standing, held, checks, placements, by=by, at=datetime.now(UTC), note=note.strip())
        if waived.waivers:
            gather(prepared, frozenset())
    if waived.refused:
        say(f"[yellow]not waived:[/yellow] {many(len(waived.refused), 'film')}")
        say_causes(waived.refused)
    if not waived.waivers:
        why = "quality control holds none of them back" if not held else "none of them has that error"
        raise Refused(f"Nothing was waived: {why}.")
    if as_json:
        told = [asdict(one) | {"at": one.at.isoformat()} for one in waived.waivers]
        emit(
            {
                "waived": told,
                "refused": dict(waived.refused),
                "left": {film: list(c) for film, c in waived.left.items()},
            }
        )
    for film, left in waived.left.items():
        say("[yellow]still held:[/yellow] ", plain=f"{film}: {', '.join(left)}")
    say(f"[green]{many(len(waived.waivers), 'error')} waived[/green] ", plain=f"by {by}: {', '.join(checks)}")
    return GAPS if waived.refused or waived.left else DONE
