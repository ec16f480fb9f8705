"""Puts finished films under their names in deliverables/: complete or absent, never partial."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from campaign.delivery.files import UNFINISHED, copy, digest, mark, move, same, sweep
from campaign.errors import StoreError
from campaign.model.finished import Finished, held_by
from campaign.model.plan import Film, Plan
from campaign.planning.labels import DELIVERABLES, DRAFT_SUFFIX, ORIGINALS, superseded_name
from campaign.store.files import Store


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing did: names whose former film moved to superseded/, and a sentence for each name that it could not
    serve. Every other name is as the plan wants it.
    """

    superseded: tuple[str, ...]
    troubles: tuple[str, ...]


NOTHING: Mapping[str, str | None] = MappingProxyType({})


def place(
    plan: Plan,
    finished: Mapping[str, Finished],
    store: Store,
    former: Iterable[str] = (),
    originals: Mapping[str, str | None] = NOTHING,
) -> Placed:
    """Bring deliverables/ to what `plan` calls for, one name at a time; safe to repeat after any interruption.

    Every file that quality control does not hold back gets its name, whatever becomes of the others of its film. A name
    whose file is not finished holds none: what lay there is older than the plan and moves to superseded/. So does a film of
    ours whose name the plan does not know: `former` are files that the last manifest delivered, others are known by their
    bytes in the store. Drafts and finals lie side by side: planning one never takes back the other. So it is with the
    results kept whole in hdr/: `originals` says what each file there is to hold (None = nothing); drafts have none. Files
    that are not ours stay where they are.
    """
    superseded: list[str] = []
    troubles: list[str] = []
    for folder in (*(plan.out / DELIVERABLES).glob("*"), *(plan.out / ORIGINALS).glob("*/*")):
        sweep(folder)
    known = frozenset(former)
    for file, step in (*_steps(plan, finished, store, known), *_kept_whole(plan, originals, store, known)):
        try:
            if step():
                superseded.append(file)
        except (OSError, StoreError) as error:
            troubles.append(_sentence(plan, file, error))
    return Placed(tuple(superseded), tuple(troubles))


def beside(plan: Plan) -> tuple[str, ...]:
    """Files in deliverables/ that `plan` has no name for, relative to out/<campaign>: the other of draft and final, and
    whatever people put there."""
    return tuple(sorted(_files(plan.out).difference(_names(plan))))


Step = Callable[[], bool]
"""Serves one name; tells whether a former film had to go."""


def _steps(
    plan: Plan, finished: Mapping[str, Finished], store: Store, former: frozenset[str]
) -> Iterator[tuple[str, Step]]:
    for file in beside(plan):
        if _is_draft(file) is plan.draft:
            yield file, partial(_withdraw, plan.out, file, file in former, store)
    for film in plan.films:
        good = passed(film, finished)
        for output in film.outputs:
            sha256 = finished[output.key].sha256 if output.key in good else None
            yield output.file, partial(_serve, plan.out, output.file, sha256, store)


def _kept_whole(
    plan: Plan, originals: Mapping[str, str | None], store: Store, former: frozenset[str]
) -> Iterator[tuple[str, Step]]:
    if plan.draft:
        return
    root = plan.out / ORIGINALS
    there = {
        f"{ORIGINALS}/{path.relative_to(root).as_posix()}" for path in root.glob("*/*/*") if path.suffix != UNFINISHED
    }
    for file in sorted(there.difference(originals)):
        yield file, partial(_withdraw, plan.out, file, file in former, store)
    for file, sha256 in originals.items():
        yield file, partial(_serve, plan.out, file, sha256, store)


def passed(film: Film, finished: Mapping[str, Finished]) -> frozenset[str]:
    """The keys of those outputs of a film that are there and may be delivered."""
    made = (output for output in film.outputs if output.key in finished)
    return frozenset(output.key for output in made if not held_by(output, film, finished))


def _names(plan: Plan) -> frozenset[str]:
    return frozenset(output.file for film in plan.films for output in film.outputs)


def _files(out: Path) -> set[str]:
    """Everything but folders and unfinished files in the folders of deliverables/. Links are not followed below it."""
    folders = [path for path in (out / DELIVERABLES).glob("*") if path.is_dir() and not path.is_symlink()]
    return {
        f"{DELIVERABLES}/{folder.name}/{path.name}"
        for folder in folders
        for path in folder.iterdir()
        if path.suffix != UNFINISHED and (path.is_symlink() or path.is_file())
    }


def _is_draft(file: str) -> bool:
    return Path(file).stem.endswith(DRAFT_SUFFIX)


def _withdraw(out: Path, file: str, delivered: bool, store: Store) -> bool:
    path = out / file
    if not delivered and (path.is_symlink() or not store.exists(digest(path))):
        return False
    return _retire(out, file)


def _serve(out: Path, file: str, sha256: str | None, store: Store) -> bool:
    """Make the name `file` hold the film `sha256`, or nothing when it is None."""
    target = out / file
    if target.parent.is_symlink():
        raise StoreError("its folder is a link to another place; put a real folder there, or link out/ as a whole")
    if sha256 is None:
        return _retire(out, file)
    if store.exists(sha256) and same(store.local(sha256), target):
        return False
    if target.is_file() and not target.is_symlink() and digest(target) == sha256:
        if store.exists(sha256):
            mark(store.local(sha256), target)
        return False
    source = store.local(sha256)
    retired = _retire(out, file)
    copy(source, target)
    return retired


def _retire(out: Path, file: str) -> bool:
    """Move a file that is no longer the campaign's to superseded/: nothing delivered is ever deleted."""
    path = out / file
    if not path.is_symlink() and not path.is_file():
        return False
    move(path, out / superseded_name(file, _mark(path)))
    return True


def _mark(path: Path) -> str:
    if path.is_symlink():
        return hashlib.sha256(str(path.readlink()).encode()).hexdigest()
    return digest(path)


def _sentence(plan: Plan, file: str, error: OSError | StoreError) -> str:
    path = plan.out / file
    match error:
        case IsADirectoryError() | FileExistsError() | NotADirectoryError():
            return f"{path}: something else lies in the way ({error.strerror}). Move it, then run again."
        case OSError():
            return f"{path}: {error.strerror or error}. Mend that, then run again: the film is safe in the store."
        case _:
            return f"{path}: {error}"
