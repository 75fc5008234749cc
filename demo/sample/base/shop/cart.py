"""What a customer is about to buy. Prices are in cents."""

from __future__ import annotations

Line = tuple[str, int]


def add(lines: list[Line], sku: str, count: int) -> list[Line]:
    """``lines`` with ``count`` more of ``sku``."""
    if count < 1:
        raise ValueError("at least one")
    return [*lines, (sku, count)]


def total(lines: list[Line], prices: dict[str, int]) -> int:
    return sum(prices[sku] * count for sku, count in lines)
