"""What a run could not make, grouped as a person reads it, and what to do about it."""

from collections.abc import Sequence

from campaign.model.outcomes import Reason
from tasks.tally import FilmEnd

AGAIN = "Run the same command again: it makes only what is missing."
CURES = {
    None: AGAIN,
    Reason.CANCELLED: AGAIN,
    Reason.BUDGET: "Raise the budget in campaign.toml (or --max-usd), then run the same command again.",
    Reason.IN_DOUBT: "Decide about what may have been paid: `fanout jobs list --state in_doubt` shows it.",
    Reason.MODERATED: "Change the words that moderation refused: `fanout status` shows each with its row. Then run again.",
    Reason.QC: "Look at what quality control holds back: the gallery and the manifest name each file and its check. Let it "
    "pass by `fanout approve --waive CHECK --by NAME --only status=failed`, or make it anew by `fanout regenerate --only "
    "status=failed`.",
    Reason.NOT_APPROVED: "Look at the drafts, `fanout approve` the good ones, then run again.",
}
ANEW = (
    "What was refused: change its row or template and run again, or have it made anew by `fanout regenerate --only "
    "status=failed`."
)


def grouped(ends: Sequence[FilmEnd]) -> list[tuple[str, str]]:
    """Which films are missing and why: the ratios of a variant that share a cause on one line, in order of failing."""
    ratios: dict[tuple[str, str], list[str]] = {}
    for end in ends:
        if not end.made:
            ratios.setdefault((end.film.variant.key, why(end)), []).append(end.film.ratio.label)
    return [(f"{variant} {', '.join(labels)}", cause) for (variant, cause), labels in ratios.items()]


def why(end: FilmEnd) -> str:
    """The cause in words, led by its reason where the words do not name it."""
    named = end.reason is None or end.reason.value in end.sentence
    return end.sentence if named else f"{end.reason}: {end.sentence}"


def cure(reason: Reason | None) -> str:
    """What a person does about a film that is missing for this reason."""
    return CURES.get(reason, ANEW)


def next_steps(ends: Sequence[FilmEnd], *, stopped: bool) -> list[str]:
    """What a person does next, one sentence for each kind of gap; nothing when nothing is missing."""
    steps = [AGAIN] if stopped else []
    steps += (cure(end.reason) for end in ends if not end.made)
    return list(dict.fromkeys(steps))
