"""Whether a model looks at the same columns as before: nDCG between two rankings of them.

The discounted cumulative gain sums what each column was worth on the reference, divided by the logarithm of its place
in the ranking of now; it is divided by that of the ranking of the reference (Järvelin and Kekäläinen, ACM Transactions
on Information Systems 20, 2002). It is 1 where the rankings are the same, and falls most where columns that were worth
much have lost their place.
"""

from __future__ import annotations

from typing import Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.explaining.records import AttributionDrift, Rank

THRESHOLD = 0.9
REPEATS = 200
QUANTILE = 0.01


def gain(reference: Any, current: Any) -> float:
    """Return nDCG of two arrays of importances.

    Examples
    --------
    >>> round(gain([3.0, 1.0], [1.0, 3.0]), 4), gain([3.0, 1.0], [9.0, 2.0])
    (0.7967, 1.0)
    """
    import numpy as np
    from sklearn.metrics import ndcg_score

    return float(ndcg_score([np.clip(reference, 0, None)], [np.clip(current, 0, None)]))


def moved(columns: list[str], reference: Any, current: Any, rows: int, seed: int) -> AttributionDrift:
    """Return whether importances rank the columns as before.

    Parameters
    ----------
    columns : list of str
        Their names.
    reference, current : array
        How much each column mattered in each draw (a row, or a shuffle): draws by columns.
    rows : int
        Of the reference.
    seed : int
        Gives the same draws again.

    Raises
    ------
    InvalidInput
        On the reference no column matters, or there is only one.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> before, now = rng.normal([3, 1, 0.5], 0.5, (100, 3)), rng.normal([0.5, 1, 3], 0.5, (100, 3))
    >>> [moved(["a", "b", "c"], before, one, 100, 0).drifted for one in (before[:50], now)]
    [False, True]
    """
    import numpy as np

    means = [np.clip(one.mean(axis=0), 0, None) for one in (reference, current)]
    if len(columns) < 2 or not means[0].any():
        raise InvalidInput(
            "rankings cannot be compared: there is one column, or none matters on the reference.",
            "Leave out --against, in Python against=…",
        )
    rng = np.random.default_rng(seed)

    def drawn(many: int) -> Any:
        return reference[rng.integers(0, len(reference), many)].mean(axis=0)

    chances = [gain(drawn(len(reference)), drawn(len(current))) for _ in range(REPEATS)]
    chance, found = float(np.quantile(chances, QUANTILE)), gain(*means)
    places = [np.argsort(np.argsort(-one, kind="stable"), kind="stable") + 1 for one in means]
    shares = [one / (one.sum() or 1.0) for one in means]
    ranks = [
        Rank(name, int(places[0][at]), int(places[1][at]), float(shares[0][at]), float(shares[1][at]))
        for at, name in enumerate(columns)
    ]
    ranks.sort(key=lambda one: one.reference)
    is_drift = found < min(chance, THRESHOLD)
    return AttributionDrift(found, chance, THRESHOLD, is_drift, rows, tuple(ranks))
