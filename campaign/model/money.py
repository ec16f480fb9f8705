"""Money is USD as Decimal; credits are shown beside it and never calculated with."""

from decimal import Decimal, InvalidOperation

USD_PER_CREDIT = Decimal("0.003")  # Luma's price list: credits x 0.003 = USD (2026-11)
ZERO = Decimal("0")
MOST = Decimal("1000000000")
"""No campaign costs more, in USD."""
_MICRO = Decimal("1000000")


def in_credits(usd: Decimal) -> Decimal:
    """The vendor's credits that a price in USD equals."""
    return usd / USD_PER_CREDIT


def to_micro(usd: Decimal) -> int:
    """USD as integer micro-USD, as the ledger keeps it. Raises ValueError below a micro-USD."""
    micro = usd * _MICRO
    if micro != micro.to_integral_value():
        raise ValueError(f"{usd} USD is finer than a millionth")
    return int(micro)


def from_micro(micro: int) -> Decimal:
    """Integer micro-USD as USD."""
    return Decimal(micro) / _MICRO


def read(text: str) -> Decimal | None:
    """USD as a person wrote them, from 0 to `MOST` and no finer than a millionth; None for anything else."""
    try:
        usd = Decimal(text.strip())
        if not usd.is_finite() or not ZERO <= usd <= MOST:
            return None
        to_micro(usd)
    except (InvalidOperation, ValueError):
        return None
    return usd


def text(usd: Decimal) -> str:
    """A price for people and machines: at least two decimals, no exponent, no superfluous zeros."""
    plain = f"{usd.normalize():f}" if usd else "0"
    whole, _, decimals = plain.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
