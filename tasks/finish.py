"""The finish task: one for each variant and ratio, all its placements."""

from prefect import State, task

from campaign.model.finished import Finished
from campaign.model.outcomes import Reason
from campaign.model.plan import Film
from tasks.policy import POLICY, NotMade, unless_stopped
from tasks.workshop import Workshop, current


@task(name="finish", task_run_name="Finish {variant} {ratio}", **POLICY)
async def finish(variant: str, ratio: str) -> State[None] | None:
    """Put a film together and judge it. Raises NotMade when quality control refuses it; the bytes are kept."""
    shop = current()
    return await unless_stopped(_finish(shop, shop.left.works[variant].film(ratio)))


async def _finish(shop: Workshop, film: Film) -> None:
    shop.tally.finish_began(film.id)
    try:
        finished = await shop.hands.finish(film)
    finally:
        shop.tally.finish_ended(film.id)
    for output in finished:
        refuse_faulty(output)


def refuse_faulty(output: Finished) -> None:
    """Raise NotMade when quality control found an error."""
    for finding in output.report.findings:
        if finding.severity == "error":
            raise NotMade(
                f"{finding.message} (measured {finding.measured}, expected {finding.expected}) [{finding.check}]",
                Reason.QC,
            )
