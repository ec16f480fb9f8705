"""Money is USD as Decimal; credits are shown beside it and never calculated with."""

from decimal import Decimal

USD_PER_CREDIT = Decimal("0.003")  # Luma's price list: credits x 0.003 = USD (2026-11)
ZERO = Decimal("0")
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


def text(usd: Decimal) -> str:
    """A price for people and machines: at least two decimals, no exponent, no superfluous zeros."""
    plain = f"{usd.normalize():f}" if usd else "0"
    whole, _, decimals = plain.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
