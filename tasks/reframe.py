"""The reframe task: one for each variant and ratio."""

from prefect import State, task

from tasks.chains import make_chains
from tasks.outstanding import Chain
from tasks.policy import POLICY, unless_stopped
from tasks.workshop import current


@task(name="reframe", task_run_name="Reframe {variant} to {ratio}", **POLICY)
async def reframe(variant: str, ratio: str, shots: tuple[Chain, ...]) -> State[None] | None:
    """Bring the shots of a variant to a ratio, through the neighbours it is cropped from. Raises NotMade."""
    return await unless_stopped(make_chains(current(), shots))
