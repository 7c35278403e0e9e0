"""The metrics of groups, from sums over their rows: shares from counts, errors from sums of powers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.intervals import Ends, delong, normal, student, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OUTCOMES = 8
"""A row is one of so many: whether its truth (4) and its prediction (2) are positive, and both the same label (1)."""
_TRUE, _SAID, _SAME = 4, 2, 1


@dataclass(frozen=True)
class Measured:
    """A metric of all groups: ``rows`` each is a share or mean of, ``hits`` of shares, and the interval of one group.

    A value that does not exist is not a number.
    """

    name: str
    values: Any
    rows: Any
    hits: Any
    ends: Callable[[int, float], Ends]


def outcomes_of(truth: Any, said: Any, same: Any) -> Any:
    """Return which of the eight outcomes each row is, from three arrays of bool."""
    import numpy as np

    found = truth.astype(np.uint8) * np.uint8(_TRUE)
    found += said.astype(np.uint8) * np.uint8(_SAID)
    found += same.astype(np.uint8)
    return found


def _which(wanted: Callable[[bool, bool, bool], bool]) -> tuple[int, ...]:
    return tuple(at for at in range(OUTCOMES) if wanted(bool(at & _TRUE), bool(at & _SAID), bool(at & _SAME)))


_ALL = _which(lambda true, said, same: True)  # noqa: ARG005 - one signature for all
_POSITIVE = _which(lambda true, said, same: true)  # noqa: ARG005
_NEGATIVE = _which(lambda true, said, same: not true)  # noqa: ARG005
_CHOSEN = _which(lambda true, said, same: said)  # noqa: ARG005
_FOUND = _which(lambda true, said, same: true and said)  # noqa: ARG005

SHARES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "selection_rate": (_CHOSEN, _ALL),
    "base_rate": (_POSITIVE, _ALL),
    "true_positive_rate": (_FOUND, _POSITIVE),
    "false_positive_rate": (_which(lambda true, said, same: said and not true), _NEGATIVE),  # noqa: ARG005
    "false_negative_rate": (_which(lambda true, said, same: true and not said), _POSITIVE),  # noqa: ARG005
    "accuracy": (_which(lambda true, said, same: same), _ALL),  # noqa: ARG005
    "precision": (_FOUND, _CHOSEN),
    "recall": (_FOUND, _POSITIVE),
}
"""For each share the outcomes that count, and those that it is a share of."""
ERRORS = ("mean_error", "mae", "rmse")
AREA = "roc_auc"
COUNT = "count"


def shares(counts: Any, names: Iterable[str]) -> dict[str, Measured]:
    """Return shares of groups.

    Parameters
    ----------
    counts : array of groups by outcomes
        How many rows of each group have each outcome.
    names : iterable of str
        Which, of `SHARES`.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.array([[6, 0, 0, 0, 0, 0, 0, 2], [0, 3, 0, 0, 1, 0, 0, 0]])
    >>> shares(counts, ["true_positive_rate"])["true_positive_rate"].values.tolist()
    [1.0, 0.0]
    """
    return {name: _share(name, counts) for name in names}


def _share(name: str, counts: Any) -> Measured:
    import numpy as np

    above, below = SHARES[name]
    hits, rows = counts[:, above].sum(axis=1), counts[:, below].sum(axis=1)
    values = np.where(rows > 0, hits / np.maximum(rows, 1), np.nan)
    return Measured(name, values, rows, hits, lambda at, sure: wilson(int(hits[at]), int(rows[at]), sure))


def powers_of(errors: Any, codes: Any, cells: int) -> Any:
    """Return the sums of errors, their sizes, squares and fourth powers: an array of cells by four."""
    import numpy as np

    squares = errors * errors
    weights = (errors, np.abs(errors), squares, squares * squares)
    return np.column_stack([np.bincount(codes, weights=one, minlength=cells) for one in weights])


def errors_of(counts: Any, sums: Any, unit: float, names: Iterable[str]) -> dict[str, Measured]:
    """Return errors of groups.

    Parameters
    ----------
    counts : array of int
        How many rows each group has.
    sums : array of groups by four
        As `powers_of` gives them, of errors in ``unit``.
    unit : float
        What one of the errors is.
    names : iterable of str
        Which, of `ERRORS`.
    """
    mean, size, square, fourth = (sums / counts[:, None]).T

    def ends(values: Any, squares: Any, at: int, sure: float) -> Ends:
        if counts[at] < 2:
            return float("nan"), float("nan")
        variance = float(squares[at] - values[at] ** 2) * counts[at] / (counts[at] - 1)
        return student(float(values[at]), variance, int(counts[at]), sure)

    def scaled(values: Any, squares: Any) -> Callable[[int, float], Ends]:
        def found(at: int, sure: float) -> Ends:
            low, high = ends(values, squares, at, sure)
            return low * unit, high * unit

        return found

    def rooted(at: int, sure: float) -> Ends:
        low, high = ends(square, fourth, at, sure)
        return max(0.0, low) ** 0.5 * unit, high**0.5 * unit

    found = {
        "mean_error": Measured("mean_error", mean * unit, counts, None, scaled(mean, square)),
        "mae": Measured("mae", size * unit, counts, None, scaled(size, square)),
        "rmse": Measured("rmse", square**0.5 * unit, counts, None, rooted),
    }
    return {name: found[name] for name in names}


def areas(truth: Any, scores: Any, places: Any, groups: int) -> Measured:
    """Return the area under the ROC curve of groups.

    Parameters
    ----------
    truth : array of bool
        Which rows are positive.
    scores : array of float
        The higher, the more positive.
    places : array of int
        The group of each row.
    groups : int
        How many groups there are.
    """
    import numpy as np

    order = np.argsort(places, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(places, minlength=groups))[:-1])
    both = [len(part) and truth[part].any() and not truth[part].all() for part in parts]
    found = [
        delong(truth[part], scores[part]) if there else (float("nan"), float("nan"))
        for part, there in zip(parts, both, strict=True)
    ]
    # an area is as sure as the rarer class lets it be
    rows = np.array([min(int(truth[part].sum()), int((~truth[part]).sum())) for part in parts])
    values = np.array([area for area, _ in found])
    return Measured(AREA, values, rows, None, lambda at, sure: normal(*found[at], sure, 0.0, 1.0))


def sizes(counts: Any) -> Measured:
    """Return how many rows each group has, as a metric."""
    return Measured(COUNT, counts.astype(float), counts, None, lambda *_: (float("nan"), float("nan")))
