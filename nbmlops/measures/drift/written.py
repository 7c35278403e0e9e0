"""How numbers of the data are written in reasons."""

from __future__ import annotations


def written(value: float) -> str:
    """Return a number in four digits, whole from a thousand on, without a power of ten up to a billion.

    Examples
    --------
    >>> written(21973.4), written(-1e6), written(12.345), written(0.00001234), written(3e12)
    ('21,973', '-1,000,000', '12.35', '1.234e-05', '3e+12')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"
