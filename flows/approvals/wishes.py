"""What a person may ask a run of the room for, and what of it makes no sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from campaign.errors import InputError
from campaign.model import money
from campaign.model.faults import Fault
from campaign.model.orders import RunOrder
from campaign.model.plan import Plan
from campaign.preparing.regenerating import What


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a run of the room is asked for. `what` None: what `order` selects, made as far as it is not yet; else films of
    `criteria` (values by selector key) made anew. Variants in `left_out` are not touched."""

    order: RunOrder
    what: What | None = None
    criteria: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()


def usd_of(max_usd: str) -> Decimal | None:
    """The limit that a form says; None where it is left empty. Raises InputError for what is no amount."""
    usd = money.read(max_usd)
    if usd is None and max_usd.strip():
        raise InputError(
            (_fault("max_usd", max_usd, "is not an amount of at least 0", "Write one such as 12.50, or none."),)
        )
    return usd


def require_films(order: RunOrder, plan: Plan) -> None:
    """Raise InputError for ids of films that the plan has not."""
    unknown = sorted(set(order.films or ()) - {film.id for film in plan.films})
    cure = "An id is a variant's key and a ratio, as in `de-de-winter-families 9:16`; `fanout plan` lists all."
    if unknown:
        raise InputError(tuple(_fault("films", film, "no film of the plan has this id", cure) for film in unknown))


def _fault(field: str, value: str, problem: str, cure: str) -> Fault:
    return Fault(file=field, place="", problem=problem, cure=cure, rule=field, value=value)
