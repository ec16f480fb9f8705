"""Amounts as people write them."""

from decimal import Decimal

import pytest

from campaign.model import money


@pytest.mark.parametrize(
    ("text", "usd"), [("12.50", "12.50"), (" 0 ", "0"), ("1e2", "100"), ("0.000001", "0.000001"), ("1000000000", "1e9")]
)
def test_an_amount_is_read_exactly(text: str, usd: str) -> None:
    assert money.read(text) == Decimal(usd)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ten",
        "12,50",
        "$5",
        "-5",
        "-0.01",
        "NaN",
        "sNaN",
        "Infinity",
        "1e400000",
        "0.0000001",
        "1e-400000",
        "1000000000.01",
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert money.read(text) is None
