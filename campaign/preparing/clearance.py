"""Clearance: which finals may be bought, judged from people's decisions and from the bytes they were made about."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from stat import S_ISREG

from campaign.ledger.ledger import Ledger
from campaign.model.approvals import Approval, Verdict
from campaign.model.plan import Film, Plan
from campaign.planning.labels import superseded_name
from campaign.planning.pins import Stills
from campaign.planning.words import Words
from campaign.store.files import Store

READERS = 4
"""Drafts read side by side: hashing leaves the interpreter free."""
AGAIN = "make the draft with `fanout run --draft`, look at it, then `fanout approve` it"


@dataclass(frozen=True, kw_only=True)
class Clearance:
    """What people decided about the drafts of a campaign, and what a final may be bought on.

    `decisions` are all of them, oldest first; the newest about a film counts. `draft_first` asks for an approval; without
    it only a rejection, or an approval that has become void, holds a film back. `pins` tells whether the plan's engine is
    held by pictures of the drafts, `stills` which there are. `drafts` plans the draft as of now, None when that fails.
    """

    plan: Plan
    decisions: Sequence[Approval]
    draft_first: bool
    pins: bool
    stills: Stills
    ledger: Ledger
    store: Store
    drafts: Callable[[], Plan | None]

    def held(self, films: Iterable[Film]) -> dict[str, str]:
        """Why films may not be bought, by id, in a sentence with the cure; films that may be are not in it.

        Every draft that a decision rests on is read anew, where it was delivered and in this machine's store: one changed
        byte is enough. What only lies beyond this machine is not fetched for it: whatever comes from there is checked when
        it is used. What was read is remembered only as long as the file keeps its size, times and place on the disk.
        """
        asked = [film for film in films if film.skip is None]
        self._read_ahead(asked)
        found = ((film.id, self._why_not(film)) for film in asked)
        return {film: why for film, why in found if why}

    @cached_property
    def _newest(self) -> dict[tuple[str, str], Approval]:
        return {(each.variant, each.ratio): each for each in self.decisions}

    @cached_property
    def _words(self) -> Words:
        return Words(lambda key: self.plan.jobs[key].job)

    @cached_property
    def _bytes(self) -> "_Bytes":
        return _Bytes()

    @cached_property
    def _drafted(self) -> Mapping[str, str]:
        """The sha256 of each film's draft as planned now, by the film's id, where it is made and passed."""
        plan = self.drafts()
        if plan is None:
            return {}
        outputs = {film.id: film.outputs[0].key for film in plan.films if film.outputs}
        finished = self.ledger.finished(outputs.values())
        return {
            film: finished[key].sha256
            for film, key in outputs.items()
            if key in finished and finished[key].report.passed
        }

    def _decision(self, film: Film) -> Approval | None:
        return self._newest.get((film.variant.key, film.ratio.label))

    def _read_ahead(self, films: Iterable[Film]) -> None:
        """Hash side by side what is about to be asked for."""
        rests = (self._decision(film) for film in films)
        paths = [
            path
            for each in rests
            if each is not None and self._may_hold(each)
            for path in (self.plan.out / each.file, self.store.here(each.file_sha256))
            if path is not None
        ]
        if len(paths) > 1:
            with ThreadPoolExecutor(READERS) as readers:
                list(readers.map(self._bytes.of, paths))

    def _may_hold(self, decision: Approval) -> bool:
        return decision.verdict is Verdict.APPROVED and decision.model == self.plan.model

    def _why_not(self, film: Film) -> str:
        decision = self._decision(film)
        if decision is None:
            return self._undecided(film) if self.draft_first else ""
        said = f"by {decision.by} at {decision.at:%Y-%m-%d %H:%M} UTC"
        if decision.verdict is Verdict.REJECTED:
            note = f" ({decision.note})" if decision.note else ""
            return f"its draft was rejected {said}{note}: change it, {AGAIN}"
        if decision.model != self.plan.model:
            if not self.draft_first:
                return ""
            return (
                f"what was approved {said} is a draft by {decision.model}, this final is by {self.plan.model}: "
                f"{AGAIN} (`--provider {self.plan.provider}`)"
            )
        if self._words.of(film) != decision.prompt_sha256:
            return (
                f"its draft was approved {said}, but what it is asked for has changed since (prompt, controls, guide "
                f"pictures, cuts or master): {AGAIN}"
            )
        return self._why_not_file(film, decision, said) or self._why_not_pins(decision)

    def _undecided(self, film: Film) -> str:
        if film.id in self._drafted:
            return "its draft waits for a decision: look at it, then `fanout approve` or `fanout reject` it"
        return f"it was never drafted: {AGAIN}"

    def _why_not_file(self, film: Film, decision: Approval, said: str) -> str:
        path = self.plan.out / decision.file
        if not path.exists() and not path.is_symlink():
            path = self.plan.out / superseded_name(decision.file, decision.file_sha256)
            now = self._drafted.get(film.id)
            if now != decision.file_sha256:
                why = "another draft took its place" if now else "it is not the draft that is asked for now"
                return f"a draft was approved {said}, but {why} ({decision.file}): {AGAIN}"
            if not path.exists():
                return f"the draft approved {said} is gone ({decision.file}): `fanout run --draft` puts it back"
        if self._bytes.of(path) != decision.file_sha256:
            return f"its draft was approved {said}, but the file has changed since ({decision.file}): {AGAIN}"
        kept = self.store.here(decision.file_sha256)
        if kept is not None and self._bytes.of(kept) != decision.file_sha256:
            return f"the store's copy of the draft approved {said} has changed: `fanout ledger verify --deep` names it"
        return ""

    def _why_not_pins(self, decision: Approval) -> str:
        if not self.pins or all(take in self.stills for take in decision.takes):
            return ""
        return (
            f"the footage behind its approved draft is lost or cannot be read, and there are no pictures of it: {AGAIN}"
        )


class _Bytes:
    """Hashes of files, kept while a file is the same by size, times and inode."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int, int, int], str] = {}

    def of(self, path: Path) -> str | None:
        """The sha256 (hex) of a plain file; None when there is none at this place, or it cannot be read."""
        try:
            told = path.lstat()
            if not S_ISREG(told.st_mode):
                return None
            mark = (os.fspath(path), told.st_size, told.st_mtime_ns, told.st_ctime_ns, told.st_ino)
            if mark not in self._known:
                with path.open("rb") as file:
                    self._known[mark] = hashlib.file_digest(file, "sha256").hexdigest()
            return self._known[mark]
        except OSError:
            return None
