"""The finish task: one for each variant and ratio, all its placements."""

from prefect import State, task

from campaign.model.finished import Finished, held_words
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
    refuse_faulty(film, finished)


def refuse_faulty(film: Film, finished: tuple[Finished, ...]) -> None:
    """Raise NotMade, naming each file of the film that quality control holds back; the others are delivered."""
    if held := held_words(film, {done.key: done for done in finished}):
        raise NotMade(held, Reason.QC)
