"""Whether a classifier tells the two sides apart by columns in which nothing else was found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.measures.drift.chance import SURE
from nbmlops.measures.drift.records import Finding
from nbmlops.measures.explaining.threads import one_thread
from nbmlops.measures.intervals import delong

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 10_000
"""Of either side: 20,000 in all."""
FEWEST_ROWS = 200
FOLDS = 5
LEAST_AUC = 0.55
SEVERE_AUC = 0.65
LEAST_PART = 0.1
"""Of the lead over 0.5 a column has to carry this part to be named."""
MOST_NAMED = 6
LARGEST = 1e150
ITERATIONS = 60


def told_apart(reference: Any, current: Any, names: Sequence[str], is_label: Sequence[bool]) -> Finding | None:
    """Return that the sides are told apart by columns together, and by which; or None.

    Gradient boosting on histograms learns on four fifths of as many rows of either side which side a row is of, and is
    judged on the last, five times. In each of these parts the area under the ROC curve is 0.5 where nothing has
    changed, whatever was learnt, with the error of DeLong, DeLong and Clarke-Pearson (1988). It counts from 0.55 on,
    where that is as sure as a rank correlation has to be. A column is named where shuffling it costs a tenth of what
    there is above 0.5.

    Parameters
    ----------
    reference, current : array of shape (rows, columns)
        Values by row; missing ones are not numbers, labels are whole numbers from 0 on.
    names, is_label : sequence
        The columns, and whether each holds labels.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> before, now = random.normal(size=(2, 3000, 3))
    >>> now[:, 1] = np.abs(now[:, 1]) * np.sign(now[:, 0] * now[:, 2])
    >>> told_apart(before, now, ["a", "b", "c"], [False] * 3).columns
    ('a', 'b', 'c')
    """
    import numpy as np
    import sklearn.ensemble  # its threads are only limited where they are there  # noqa: F401

    rows = min(len(reference), len(current), MOST_ROWS)
    if rows < FEWEST_ROWS or not names:
        return None
    random = np.random.default_rng(0)
    chosen = [side[np.sort(random.choice(len(side), rows, replace=False))] for side in (reference, current)]
    values = np.concatenate(chosen).clip(-LARGEST, LARGEST)
    side = np.repeat([0, 1], rows)
    part = np.concatenate([random.permutation(rows) % FOLDS for _ in "12"])
    with one_thread():  # the same to the last digit, and no waiting for cores that are busy
        folds = [_Fold(values, side, part == fold, is_label) for fold in range(FOLDS)]
        auc = float(np.mean([one.auc for one in folds]))
        error = float(np.sum([one.variance for one in folds])) ** 0.5 / FOLDS
        if auc < LEAST_AUC or auc - 0.5 <= SURE * error:
            return None
        losses = np.mean([one.losses(random) for one in folds], axis=0)
    order = np.argsort(-losses)[:MOST_NAMED]
    named = sorted(at for at in order.tolist() if losses[at] >= LEAST_PART * (auc - 0.5)) or [int(order[0])]
    columns = tuple(names[at] for at in named)
    told = f"together they tell the current rows from the reference (AUC {auc:.2f}, by chance 0.50)"
    severity: Literal["warn", "severe"] = "severe" if auc >= SEVERE_AUC else "warn"
    return Finding("joint", columns, severity, f"{', '.join(columns)}: {told}")


class _Fold:
    """A classifier that has learnt from some rows, and is judged on the others."""

    def __init__(self, values: Any, side: Any, judge: Any, is_label: Sequence[bool]) -> None:
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingClassifier

        learn = values[~judge]
        self.columns = values.shape[1]
        self.told = [at for at in range(self.columns) if len(np.unique(learn[~np.isnan(learn[:, at]), at])) > 1]
        self.asked, self.is_current = values[judge][:, self.told], side[judge] == 1
        self.auc, self.variance = 0.5, 0.0
        if self.told:
            self.model = HistGradientBoostingClassifier(
                max_iter=ITERATIONS,
                early_stopping=False,
                categorical_features=[is_label[at] for at in self.told],
                random_state=0,
            ).fit(learn[:, self.told], side[~judge])
            self.auc, self.variance = self._area(self.asked)

    def losses(self, random: Any) -> Any:
        """Return what shuffling each column costs of the area under the curve."""
        import numpy as np

        losses = np.zeros(self.columns)
        for place, at in enumerate(self.told):
            shuffled = self.asked.copy()
            shuffled[:, place] = random.permutation(shuffled[:, place])
            losses[at] = self.auc - self._area(shuffled)[0]
        return losses

    def _area(self, rows: Any) -> tuple[float, float]:
        scores = self.model.decision_function(rows)
        area, error = delong(self.is_current, scores)
        return area, 0.0 if math.isnan(error) else error**2  # none where the sides do not overlap
