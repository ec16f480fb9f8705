"""Puts finished films under their names in deliverables/: complete or absent, never partial."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from campaign.delivery.files import link
from campaign.model.finished import Finished
from campaign.model.plan import Film, Plan
from campaign.store.files import Store


def place(plan: Plan, finished: Mapping[str, Finished], store: Store) -> None:
    """Give every film that passed QC its name. A name whose film is not finished holds no file: what lay there is older
    than the plan and moves to superseded/.

    A film is placed only with all its outputs. Raises StoreError when the store lost a file.
    """
    for film in plan.films:
        made = _passed(film, finished)
        for output in film.outputs:
            target = plan.out / output.file
            if made is None:
                _retire(plan.out, output.file)
            elif not _is(target, source := store.local(made[output.key].sha256)):
                _retire(plan.out, output.file)
                link(source, target)


def withdraw(plan: Plan, former: Iterable[str]) -> tuple[str, ...]:
    """Move files that a former manifest delivered and this plan does not know to superseded/. Returns them.

    `former` are files relative to out/<campaign>; anything outside deliverables/ is left alone.
    """
    known = {output.file for film in plan.films for output in film.outputs}
    deliverables = (plan.out / "deliverables").resolve()
    gone = []
    for file in former:
        path = plan.out / file
        if file not in known and path.is_file() and path.resolve().is_relative_to(deliverables):
            _retire(plan.out, file)
            gone.append(file)
    return tuple(gone)


def _passed(film: Film, finished: Mapping[str, Finished]) -> dict[str, Finished] | None:
    made = {output.key: finished[output.key] for output in film.outputs if output.key in finished}
    complete = bool(film.outputs) and len(made) == len(film.outputs)
    return made if complete and all(done.report.passed for done in made.values()) else None


def _is(target: Path, source: Path) -> bool:
    """Whether `target` already holds what `source` holds."""
    if not target.exists():
        return False
    return target.samefile(source) or _digest(target) == source.stem


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _retire(out: Path, file: str) -> None:
    """Move a file that is no longer the campaign's to superseded/: nothing delivered is ever deleted."""
    path = out / file
    if not path.is_file():
        return
    former = out / "superseded" / Path(file).relative_to("deliverables")
    former.parent.mkdir(parents=True, exist_ok=True)
    path.replace(former.with_stem(f"{former.stem}-{_digest(path)[:8]}"))
