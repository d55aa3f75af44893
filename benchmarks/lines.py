"""The straight line through what was measured at several sizes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def fit(sizes: Sequence[float], values: Sequence[float]) -> dict[str, float]:
    """By least squares: ``slope`` is what one more costs, ``at_zero`` what there is anyway, ``r_squared`` and
    ``largest_residual`` say how straight it is. Nothing where there is one size only."""
    if len(set(sizes)) < 2:
        return {}
    slope, start = statistics.linear_regression(sizes, values)
    straight = statistics.correlation(sizes, values) ** 2 if len(set(values)) > 1 else 1.0
    residuals = [abs(value - start - slope * size) for size, value in zip(sizes, values, strict=True)]
    return {
        "slope": round(slope, 7),
        "at_zero": round(start, 3),
        "r_squared": round(straight, 5),
        "largest_residual": round(max(residuals), 3),
    }
