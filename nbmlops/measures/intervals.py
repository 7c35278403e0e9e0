"""How sure a number is, by formula: intervals of shares, means, areas under a curve, and of the distance of two."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

Ends = tuple[float, float]


def wilson(found: float, rows: float, confidence: float) -> Ends:
    """Return Wilson's score interval of a share (Journal of the American Statistical Association 22, 1927).

    Parameters
    ----------
    found : float
        How many of the rows count.
    rows : float
        How many rows there are; above zero.
    confidence : float
        A share between 0 and 1.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(8, 10, 0.95)]
    [0.4902, 0.9433]
    """
    z = _z(confidence)
    share = found / rows
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * (share * (1 - share) / rows + z * z / (4 * rows * rows)) ** 0.5
    # at the ends the formula gives exactly nothing or everything, but for rounding
    return (0.0 if found <= 0 else max(0.0, middle - half)), (1.0 if found >= rows else min(1.0, middle + half))


def student(mean: float, variance: float, rows: float, confidence: float) -> Ends:
    """Return Student's interval of a mean, from the variance of single rows.

    Examples
    --------
    >>> [round(end, 4) for end in student(10.0, 4.0, 25, 0.95)]
    [9.1744, 10.8256]
    """
    from scipy.special import stdtrit

    half = float(stdtrit(rows - 1, (1 + confidence) / 2)) * (max(variance, 0.0) / rows) ** 0.5
    return mean - half, mean + half


def normal(value: float, error: float, confidence: float, least: float, most: float) -> Ends:
    """Return the interval of the normal distribution, within the values that are possible.

    Examples
    --------
    >>> [round(end, 3) for end in normal(0.9, 0.1, 0.95, 0, 1)]
    [0.704, 1]
    """
    half = _z(confidence) * error
    return max(least, value - half), min(most, value + half)


def delong(truth: Any, scores: Any) -> tuple[float, float]:
    """Return the area under the ROC curve, and its standard error by DeLong and others (Biometrics 44, 1988).

    By ranks, as Sun and Xu have shown (IEEE Signal Processing Letters 21, 2014). Where the classes do not overlap, or
    one has a single row, nothing is known of the variance: the error is not a number.

    Parameters
    ----------
    truth : array of bool
        Which rows are positive; both classes are there.
    scores : array of float
        The higher, the more positive.

    Examples
    --------
    >>> import numpy as np
    >>> truth, scores = np.array([0, 0, 1, 0, 1, 1]) > 0, np.array([0.1, 0.3, 0.2, 0.4, 0.8, 0.9])
    >>> [round(one, 3) for one in delong(truth, scores)]
    [0.778, 0.248]
    """
    import numpy as np
    from scipy.stats import rankdata

    above, below = scores[truth], scores[~truth]
    ranks = rankdata(np.concatenate([above, below]))
    right = (ranks[: len(above)] - rankdata(above)) / len(below)
    wrong = 1 - (ranks[len(above) :] - rankdata(below)) / len(above)
    area = float(right.mean())
    if min(len(above), len(below)) < 2:
        return area, float("nan")
    error = float((right.var(ddof=1) / len(above) + wrong.var(ddof=1) / len(below)) ** 0.5)
    return area, error or float("nan")


def difference(high: float, high_ends: Ends, low: float, low_ends: Ends) -> Ends:
    """Return the interval of ``high - low`` for two independent groups, from the interval of each.

    Of two shares with Wilson's intervals it is Newcombe's (Statistics in Medicine 17, 1998, method 10); in general that
    of Zou and Donner (Statistics in Medicine 27, 2008), which they call MOVER.

    Examples
    --------
    >>> [round(end, 4) for end in difference(56 / 70, wilson(56, 70, 0.95), 48 / 80, wilson(48, 80, 0.95))]
    [0.0524, 0.3339]
    """
    gap = high - low
    down = ((high - high_ends[0]) ** 2 + (low_ends[1] - low) ** 2) ** 0.5
    up = ((high_ends[1] - high) ** 2 + (low - low_ends[0]) ** 2) ** 0.5
    return gap - down, gap + up


def ratio(found: Ends, rows: Ends, confidence: float) -> Ends:
    """Return the interval of the ratio of two shares, by logarithms (Katz and others, Biometrics 34, 1978).

    Parameters
    ----------
    found, rows : pair of float
        How many of how many, of the share above and of the one below the line; none found on either side has none.
    confidence : float
        A share between 0 and 1.

    Examples
    --------
    >>> [round(end, 4) for end in ratio((48, 56), (80, 70), 0.95)]
    [0.6056, 0.9288]
    """
    import math

    if not min(found):
        return float("nan"), float("nan")
    middle = math.log(found[0] / rows[0]) - math.log(found[1] / rows[1])
    half = _z(confidence) * math.sqrt(sum(1 / one - 1 / all_ for one, all_ in zip(found, rows, strict=True)))
    return math.exp(middle - half), math.exp(middle + half)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
