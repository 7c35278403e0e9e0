"""The profile of what a model was fitted on, with which later data are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_ROWS = 2_000
"""So many rows tell a distance of 0.05, the least that counts, from chance, and take some milliseconds."""
MOST_COLUMNS = 300
TARGET = "target"


@dataclass(frozen=True)
class TrainingSample:
    """Evenly spaced rows of what a model was fitted on, copied: the profile is made when there is time."""

    features: Any
    target: Any
    called: str | None

    def profile(self) -> dict[str, Any] | None:
        """Return the profile of features and target as JSON holds it; None of what holds no single values.

        Examples
        --------
        >>> import pandas as pd
        >>> sample = training_sample(pd.DataFrame({"a": [1.5, 2.5]}), pd.Series([0, 1], name="late"))
        >>> profile = sample.profile()
        >>> profile["target"], sorted(profile["columns"])
        ('late', ['a', 'late'])
        """
        from nbmlops.errors import InvalidInput
        from nbmlops.measures.drift.profile import profile_of

        try:
            frame, name = self._frame()
            return profile_of(frame, target=name).to_json()
        except (InvalidInput, TypeError, ValueError, AttributeError, NotImplementedError, ArithmeticError, LookupError):
            return None  # a column of objects that nothing is known of is no reason to lose a run

    def _frame(self) -> tuple[Any, str | None]:
        """Return features and target as one frame, and what the target is called in it."""
        import pandas as pd

        if hasattr(self.features, "iloc"):
            frame = self.features.reset_index(drop=True)
        elif hasattr(self.features, "get_columns"):
            frame = self.features.to_pandas()
        else:
            frame = pd.DataFrame(self.features, columns=[str(at) for at in range(self.features.shape[1])])
        if self.target is None or self.called is None or self.called in map(str, frame.columns):
            return frame, None
        frame[self.called] = self.target
        return frame, self.called


def training_sample(features: Any, target: Any) -> TrainingSample | None:
    """Return a sample of what a model was fitted on; None of what is no table. Takes a fraction of a millisecond.

    Parameters
    ----------
    features : frame or array of shape (rows, columns)
        Columns of an array are named by their place, as in the model's signature.
    target : series or array of shape (rows,), optional
        A series keeps its name.
    """
    import numpy as np

    from nbmlops.measures.drift.joint import even_rows

    try:
        if getattr(features, "ndim", 2) != 2 or not 0 < features.shape[1] <= MOST_COLUMNS or hasattr(features, "tocsr"):
            return None
        rows = even_rows(features.shape[0], MOST_ROWS)
        if hasattr(features, "iloc"):
            taken = features.iloc[rows]  # by places: a copy
        elif hasattr(features, "get_columns"):
            taken = features[rows]
        else:
            taken = np.asarray(features)[rows]
        labels = np.asarray(target)[rows] if target is not None and getattr(target, "ndim", 1) == 1 else None
    except (TypeError, ValueError, AttributeError, IndexError):
        return None
    return TrainingSample(taken, labels, None if labels is None else str(getattr(target, "name", None) or TARGET))
