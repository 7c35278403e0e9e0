"""The one pass over the rows: each is counted once, in the cell of its groups and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.fairness import rates
from nbmlops.measures.vectors import labels_of, numbers, positive_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbmlops.measures.fairness.rates import Measured
    from nbmlops.measures.vectors import Coded

WITHOUT_POSITIVE = frozenset({"accuracy", rates.COUNT})
"""What can be said of labels of which none counts."""


class Outcomes:
    """Labels that were predicted, counted by cell and outcome.

    Parameters
    ----------
    truth : Coded or None
        The true labels; None where nothing is known of them.
    said : Coded
        The predicted ones.
    scores : sequence or None
        Scores of the positive label.
    positive : object
        The label that counts, or None to find it.
    names : collection of str
        The metrics that will be asked for.
    keep : slice or array of bool
        The rows that count.
    codes : array of int
        The cell of each row that counts.
    cells : int
        How many cells there are.
    """

    def __init__(
        self,
        truth: Coded | None,
        said: Coded,
        scores: Any,
        positive: Any,
        names: Collection[str],
        keep: Any,
        codes: Any,
        cells: int,
    ) -> None:
        import numpy as np

        self.codes = codes
        labels = labels_of(said if truth is None else truth, said)
        needs = positive is not None or not WITHOUT_POSITIVE.issuperset(names) or len(labels) <= 2
        self.positive = positive_of(labels, positive) if needs else None
        chosen = self._counts(said)[said.codes[keep]]
        if truth is None:
            self.known: tuple[str, ...] = ("selection_rate",)
            true = same = np.zeros(len(chosen), dtype=bool)
        else:
            self.known = tuple(rates.SHARES) if needs else ("accuracy",)
            true = self._counts(truth)[truth.codes[keep]]
            same = true == chosen
            if len(labels) > 2:
                at = {label: place for place, label in enumerate(labels)}
                places = [one.mapped(lambda value: at.get(value, -1)) for one in (truth, said)]
                same = places[0][truth.codes[keep]] == places[1][said.codes[keep]]
        outcomes = rates.outcomes_of(true, chosen, same)
        self.counts = np.bincount(codes * rates.OUTCOMES + outcomes, minlength=cells * rates.OUTCOMES)
        self.counts = self.counts.reshape(cells, rates.OUTCOMES)
        self.true, self.scores = true, None
        if rates.AREA in names:
            self.scores = numbers(scores, "scores")[keep]
            if np.isnan(self.scores).any():
                raise InvalidInput(f"{int(np.isnan(self.scores).sum()):,} scores are missing.", "Leave these rows out.")

    def _counts(self, labels: Coded) -> Any:
        return labels.mapped(lambda value: self.positive is not None and value == self.positive)

    def measured(self, places: Any, groups: int) -> dict[str, Measured]:
        """Return the metrics of groups; ``places`` holds the group of each cell."""
        counts = summed(self.counts, places, groups)
        found = rates.shares(counts, self.known)
        if self.scores is not None:
            found[rates.AREA] = rates.areas(self.true, self.scores, places[self.codes], groups)
        return {**found, rates.COUNT: rates.sizes(counts.sum(axis=1))}


class Errors:
    """Amounts that were predicted: powers of their errors, summed up by cell.

    Parameters
    ----------
    truth, prediction : sequence
        The true and the predicted amounts.
    keep : slice or array of bool
        The rows that count.
    codes : array of int
        The cell of each row that counts.
    cells : int
        How many cells there are.
    """

    positive = None

    def __init__(self, truth: Any, prediction: Any, keep: Any, codes: Any, cells: int) -> None:
        import numpy as np

        errors = numbers(prediction, "prediction")[keep] - numbers(truth, "truth")[keep]
        self.unit = float(np.abs(errors).max()) or 1.0  # so that no fourth power is beyond what a float holds
        self.sums = rates.powers_of(errors / self.unit, codes, cells)
        self.counts = np.bincount(codes, minlength=cells).reshape(-1, 1)

    def measured(self, places: Any, groups: int) -> dict[str, Measured]:
        """Return the metrics of groups; ``places`` holds the group of each cell."""
        counts = summed(self.counts, places, groups)[:, 0]
        found = rates.errors_of(counts, summed(self.sums, places, groups), self.unit, rates.ERRORS)
        return {**found, rates.COUNT: rates.sizes(counts)}


def summed(table: Any, places: Any, groups: int) -> Any:
    """Return a table of cells as one of groups.

    Examples
    --------
    >>> import numpy as np
    >>> summed(np.array([[1, 2], [3, 4], [5, 6]]), np.array([0, 1, 0]), 2).tolist()
    [[6, 8], [3, 4]]
    """
    import numpy as np

    found = np.zeros((groups, table.shape[1]), dtype=table.dtype)
    np.add.at(found, places, table)
    return found
