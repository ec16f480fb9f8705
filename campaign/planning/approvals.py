"""Approvals: which modifies of a final are held to which approved takes."""

from collections.abc import Iterable, Iterator, Sequence

from campaign.model.approvals import Approval, Verdict
from campaign.model.campaign import Campaign
from campaign.model.catalogue import Capability
from campaign.model.faults import Fault, Level
from campaign.model.jobs import Job, Operation
from campaign.model.plan import Film
from campaign.model.variants import Variant
from campaign.planning.assembly import Assembly
from campaign.planning.faulting import in_campaign
from campaign.planning.jobs import JobBook
from campaign.planning.labels import Labels
from campaign.planning.pins import Pins, Stills, matches
from campaign.planning.setting import Setting
from campaign.planning.takes import Takes
from campaign.planning.words import Words


def settle_pins(
    setting: Setting,
    takes: Takes,
    labels: Labels,
    rows: Iterable[Variant],
    decisions: Sequence[Approval],
    stills: Stills,
) -> Pins:
    """The pins of a final plan. `decisions` are all that were ever made, oldest first; `stills` pictures of their takes.

    A film's approval pins its row's modifies as long as the film's words are those of the draft. It does so too when the
    film was rejected later, so that nothing that is bought becomes another job: whether a film is bought at all is asked
    elsewhere. Nothing is pinned for engines that take no guide pictures, nor by takes of another engine.
    """
    pins = Pins()
    approved = [each for each in decisions if pinning(each, setting.engine)]
    if setting.draft or not approved:
        return pins
    book = JobBook(setting.master, {})
    films = _plain_films(rows, {each.variant for each in approved}, Assembly(setting, takes, labels, book))
    words = Words(book.job)
    for approval in approved:
        film = films.get((approval.variant, approval.ratio))
        if film is not None and words.of(film) == approval.prompt_sha256:
            for job in _modifies(film, book):
                _pin(pins, job, approval, stills)
    return pins


def pinning(decision: Approval, engine: Capability) -> bool:
    """Whether pictures of a draft can hold a final of `engine`: it was approved, and made by the same model."""
    return decision.verdict is Verdict.APPROVED and engine.generative and decision.model == engine.model


def unpinned(campaign: Campaign, engine: Capability, decisions: Iterable[Approval]) -> Iterator[Fault]:
    """A remark where drafts were approved that hold no final of `engine`."""
    newest = {(each.variant, each.ratio): each for each in decisions}
    approved = [each for each in newest.values() if each.verdict is Verdict.APPROVED]
    if approved and not engine.generative:
        problem = f"{engine.name} takes no guide pictures: approved drafts do not hold the look of the final"
        yield in_campaign(campaign, "", problem, "Nothing to do.", "plan.pins", level=Level.INFO)
        return
    others = sorted({each.model for each in approved if each.model != engine.model})
    if others:
        count = sum(each.model != engine.model for each in approved)
        films = "1 film" if count == 1 else f"{count} films"
        makers = " and ".join(others)
        problem = f"the approved drafts of {films} are by {makers}, not by {engine.model}: they pin nothing here"
        cure = f"Run `fanout run --draft --provider {engine.name}` and approve that."
        yield in_campaign(campaign, "", problem, cure, "plan.pins", level=Level.WARNING)


def _plain_films(rows: Iterable[Variant], wanted: set[str], assembly: Assembly) -> dict[tuple[str, str], Film]:
    """The films of the `wanted` rows as they are without pins."""
    films = (film for row in rows if row.key in wanted for film in assembly.films(row))
    return {(film.variant.key, film.ratio.label): film for film in films if film.skip is None}


def _modifies(film: Film, book: JobBook) -> list[Job]:
    return [job for job in map(book.job, film.jobs) if job.operation is Operation.MODIFY]


def _pin(pins: Pins, job: Job, approval: Approval, stills: Stills) -> None:
    for take in approval.takes:
        if matches(take, job.segment) and take in stills:
            pins.add(approval.variant, job.ask_key, stills[take])
