"""Waiving: a person lets a named error of quality control pass, bound to the bytes that were looked at."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaign.errors import StoreError
from campaign.model.finished import Finished
from campaign.model.qc import Waiver
from campaign.model.standing import FilmStanding, Standing
from campaign.preparing.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Waived:
    """What was let pass, why some films have nothing to let pass (sentences by the film's id), and which errors of the
    films are left, by the film's id: those keep it from being delivered."""

    waivers: tuple[Waiver, ...]
    refused: Mapping[str, str]
    left: Mapping[str, tuple[str, ...]]


def waive(
    prepared: Prepared,
    standing: Standing,
    films: Sequence[FilmStanding],
    checks: Sequence[str],
    placements: Sequence[str] = (),
    *,
    by: str,
    at: datetime,
    note: str = "",
) -> Waived:
    """Write down that the errors of `checks` pass in `films`, which quality control holds back: in all their files, or in
    those for `placements`.

    Every film is hashed anew in the store and must be what was judged. A film without such an error is refused by name.
    """
    waivers: list[Waiver] = []
    refused, left = {}, {}
    for film in films:
        made = [
            standing.finished[output.key]
            for output in film.film.outputs
            if output.key in standing.finished and (not placements or output.placement in placements)
        ]
        found = [
            Waiver(
                campaign=prepared.plan.campaign, key=done.key, sha256=done.sha256, check=check, by=by, at=at, note=note
            )
            for done in made
            for check in dict.fromkeys(error.check for error in done.report.errors)
            if check in checks
        ]
        if why := _unfit(prepared, made, found, checks):
            refused[film.film.id] = why
            continue
        waivers += found
        open_ones = tuple(
            dict.fromkeys(error.check for done in made for error in done.report.errors if error.check not in checks)
        )
        if open_ones:
            left[film.film.id] = open_ones
    prepared.ledger.waive(tuple(waivers))
    return Waived(tuple(waivers), refused, left)


def _unfit(prepared: Prepared, made: Sequence[Finished], found: Sequence[Waiver], checks: Sequence[str]) -> str:
    if not made:
        return (
            "no such file of it is made: `fanout status --json` names those it has, `fanout run` makes what is missing"
        )
    if not found:
        errors = ", ".join(dict.fromkeys(error.check for done in made for error in done.report.errors))
        told = f"its errors are: {errors}" if errors else "quality control holds nothing against it"
        return f"it has no error called {' or '.join(checks)}: {told}"
    meant = {waiver.sha256 for waiver in found}
    return next(filter(None, (_changed(prepared, sha256) for sha256 in sorted(meant))), "")


def _changed(prepared: Prepared, sha256: str) -> str:
    """Why a film of the store is not the one that was judged; empty when it is."""
    try:
        with prepared.store.local(sha256).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (OSError, StoreError) as error:
        return f"its film cannot be read ({error}): `fanout run` makes it again"
    return (
        "" if same else "the film in the store is not the one that was judged: `fanout ledger verify --deep` names it"
    )
