"""The modify task: one for each variant."""

from typing import Any

from prefect import State, task

from tasks.chains import make_chains
from tasks.outstanding import Chain
from tasks.policy import POLICY, unless_stopped
from tasks.workshop import current


def modify_name(parameters: dict[str, Any]) -> str:
    """`Modify de-de-winter-families (4 shots)`."""
    count = len(parameters["shots"])
    return f"Modify {parameters['variant']} ({count} shot{'s' if count != 1 else ''})"


@task(name="modify", task_run_name=modify_name, **POLICY)  # type: ignore[arg-type] # Prefect inspects the signature
async def modify(variant: str, shots: tuple[Chain, ...]) -> State[None] | None:
    """Restyle the shots of a variant. Raises NotMade when one came to nothing."""
    return await unless_stopped(make_chains(current(), shots))
