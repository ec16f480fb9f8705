"""How a command ends that did not do its work: words for the person, a document for scripts, an exit code."""

import errno
import sys
import traceback
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import click

from campaign.errors import CampaignError, InputError, StoreError
from campaign.model.faults import Fault, sentence
from campaign.model.plan import Refusal
from campaign.secrets import redact
from fanout.console import emit, say, say_faults
from fanout.exits import GAPS, INTERRUPTED, OUR_FAULT, REFUSED
from fanout.fault_lines import count

MACHINE = {
    errno.EACCES: "Make it writable, or work in a folder that is.",
    errno.EPERM: "Make it writable, or work in a folder that is.",
    errno.EROFS: "It lies on a file system that is read-only: work in a folder that is writable.",
    errno.ENOSPC: "The disk is full: free some, then the same command goes on where it stopped.",
    errno.EDQUOT: "The quota is used up: free some, then the same command goes on where it stopped.",
}
"""What the machine may refuse, with the cure; everything else that the system says is a fault of ours."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""A disk fills up while films are made: gaps, not a refusal beforehand; so is what goes wrong in the store."""


class Refused(Exception):
    """What was asked for is refused before anything is spent. `refusals` are the provider's, where it is those."""

    def __init__(self, problem: str, refusals: tuple[Refusal, ...] = ()) -> None:
        super().__init__(problem, refusals)
        self.problem = problem
        self.refusals = refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An exit code, and what scripts are told under --json: `{"error": …, "faults": […], "refusals": […]}`."""

    code: int
    error: str
    faults: tuple[Fault, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def document(self) -> dict[str, object]:
        """As one JSON document."""
        return {
            "error": self.error,
            "faults": [asdict(fault) for fault in self.faults],
            "refusals": [asdict(refusal) for refusal in self.refusals],
        }


def end(error: BaseException, *, as_json: bool) -> int:
    """Say how a command ended by `error`; under `as_json` print the document too. Returns the exit code."""
    ending = _told(error)
    if as_json:
        emit(ending.document())
    return ending.code


def refusal_text(refusal: Refusal) -> str:
    """A provider's refusal in a sentence or two: where, what, the cure, who would take it, the rule."""
    takers = f"Taken by {', '.join(refusal.accepted_by)}." if refusal.accepted_by else "Nobody takes it."
    parts = (f"{refusal.scope}: {sentence(refusal.problem)}", refusal.cure, takers, f"[{refusal.rule}]")
    return " ".join(part for part in parts if part)


def _told(error: BaseException) -> Ending:
    match error:
        case click.Abort() | KeyboardInterrupt():
            say("interrupted; the same command goes on from here")
            return Ending(code=INTERRUPTED, error="interrupted")
        case click.ClickException():
            error.show()
            return Ending(code=REFUSED, error=error.format_message())
        case InputError():
            say_faults(error.faults)
            told = str(error.faults[0]) if len(error.faults) == 1 else count(error.faults)
            return Ending(code=REFUSED, error=told, faults=error.faults)
        case Refused():
            return _refused(error.problem, error.refusals)
        case CampaignError():
            say("[red]stopped:[/red] ", plain=str(error))
            return Ending(code=GAPS if isinstance(error, StoreError) else REFUSED, error=str(error))
        case OSError() if error.errno in MACHINE:
            return _machine(error)
        case _:
            return _ours(error)


def _refused(problem: str, refusals: Iterable[Refusal]) -> Ending:
    refusals = tuple(refusals)
    for refusal in refusals:
        say("[red]refused:[/red] ", plain=refusal_text(refusal))
    say("[red]refused:[/red] ", plain=problem)
    return Ending(code=REFUSED, error=problem, refusals=refusals)


def _machine(error: OSError) -> Ending:
    assert error.errno is not None
    path = error.filename2 or error.filename  # of a copy, where to
    named = f"{path}: " if path else ""
    problem = f"{named}{sentence(error.strerror or type(error).__name__)} {MACHINE[error.errno]}"
    say("[red]stopped:[/red] ", plain=problem)
    return Ending(code=GAPS if error.errno in FULL else REFUSED, error=problem)


def _ours(error: BaseException) -> Ending:
    say("[red]This is a fault of Fanout itself, not yours.[/red] Nothing paid is lost: the ledger has it. Details:")
    sys.stderr.write(redact("".join(traceback.format_exception(error))))
    return Ending(code=OUR_FAULT, error=f"a fault of Fanout itself: {type(error).__name__}: {error}")
