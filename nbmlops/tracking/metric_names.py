"""How metrics are named when a cell computes several of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.observer import Score


def curves_by_name(scores: Iterable[Score]) -> dict[str, list[float]]:
    """Return the values of scores by name, in order.

    What one place in the code computes again and again is one curve, whose last value counts; the second place that
    computes a metric of the same name gets ``_2``.

    Examples
    --------
    >>> from nbmlops.capture.observer import Score
    >>> one, two = Score("f1", 0.5, "f1_score", site=(1, 1)), Score("f1", 0.6, "f1_score", site=(1, 2))
    >>> curves_by_name([one, one, two])
    {'f1': [0.5, 0.5], 'f1_2': [0.6]}
    """
    places: dict[str, list[object]] = {}
    curves: dict[str, list[float]] = {}
    for score in scores:
        sites = places.setdefault(score.name, [])
        place = score.site or score
        if place not in sites:
            sites.append(place)
        count = sites.index(place) + 1
        curves.setdefault(score.name if count == 1 else f"{score.name}_{count}", []).append(score.value)
    return curves
