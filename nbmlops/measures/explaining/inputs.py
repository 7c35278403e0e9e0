"""The rows of a frame as a model takes them, and what it answers to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.asked import label_meant
from nbmlops.validation.columns import columns_of, pandas_of


@dataclass(frozen=True)
class Inputs:
    """Some rows: the columns that the model knows, the true values where they are there, the places in the frame."""

    features: Any
    truth: Any
    places: Any


def inputs_of(model: Any, frame: Any, target: str | None, rows: int, seed: int) -> Inputs:
    """Return the rows of a frame as a model takes them, drawn where there are more.

    Parameters
    ----------
    model : object
        A fitted model of scikit-learn's kind.
    frame : frame
        Of pandas, polars or Arrow, or a dictionary of sequences.
    target : str, optional
        The column of true values; rows without one are left out.
    rows : int
        So many at most.
    seed : int
        Draws the same ones again.

    Raises
    ------
    InvalidInput
        Columns are missing, or there are no rows.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> found = inputs_of(DummyRegressor().fit([[1]], [1]), {"a": [1, 2, 3], "y": [1.0, None, 3.0]}, "y", 10, 0)
    >>> found.features["a"].tolist(), found.truth.tolist(), found.places.tolist()
    ([1, 3], [1.0, 3.0], [0, 2])
    """
    import numpy as np

    if rows < 1:
        raise InvalidInput(f"{rows} rows explain nothing.", "Give 1 or more: --rows 1000, in Python rows=1000")
    columns_of(frame)  # says what is no frame
    whole = pandas_of(frame)
    names = [str(name) for name in whole.columns]
    if target is not None and target not in names:
        raise InvalidInput(f"there is no column {target!r}.", did_you_mean(target, names, ", ".join(names[:10])))
    known = list(getattr(model, "feature_names_in_", [])) or [name for name in whole.columns if str(name) != target]
    missing = [str(name) for name in known if name not in list(whole.columns)]
    if missing:
        raise InvalidInput(
            f"the frame lacks {', '.join(missing[:10])}, which {type(model).__name__} was fitted on.",
            did_you_mean(missing[0], names, ", ".join(names[:10])),
        )
    wanted = getattr(model, "n_features_in_", len(known))
    if wanted != len(known):
        raise InvalidInput(
            f"{type(model).__name__} was fitted on {wanted} columns, and the frame has {len(known)}.",
            "Give its columns in their order, and name the target: --target COLUMN, in Python target=…",
        )
    truth = None if target is None else whole.iloc[:, names.index(target)]
    kept = np.arange(len(whole)) if truth is None else np.flatnonzero(truth.notna())
    if not len(kept):
        raise InvalidInput("there are no rows" + ("." if truth is None else " with a truth."), "Give at least one.")
    if len(kept) > rows:
        kept = np.sort(np.random.default_rng(seed).choice(kept, rows, replace=False))
    features = whole[known].iloc[kept].reset_index(drop=True)
    features.columns = [str(name) for name in known]
    return Inputs(features, None if truth is None else truth.iloc[kept].to_numpy(), kept)


def as_taken(model: Any, features: Any) -> Any:
    """Return rows as the model was fitted: with the names of its columns, or as an array."""
    return features if hasattr(model, "feature_names_in_") else features.to_numpy()


class Answers:
    """What a model answers: a value, or the probability of the label that counts; of several labels all of them.

    Parameters
    ----------
    model : object
        A fitted model of scikit-learn's kind.
    positive : object, optional
        The label that counts; of two the last in order.

    Raises
    ------
    InvalidInput
        It answers nothing, or does not know the label.
    """

    def __init__(self, model: Any, positive: Any = None) -> None:
        self.model = model
        self.classes = list(getattr(model, "classes_", []))
        self.is_classifier = bool(self.classes) and hasattr(model, "predict_proba")
        if not hasattr(model, "predict"):
            raise InvalidInput(f"{type(model).__name__} predicts nothing.", "Give a fitted model.")
        if self.classes and not self.is_classifier:
            raise InvalidInput(
                f"{type(model).__name__} says labels without probabilities.", "Take method='permutation'."
            )
        self.at: int | None = None
        if self.is_classifier and (positive is not None or len(self.classes) <= 2):
            label = self.classes[-1] if positive is None else label_meant(positive, self.classes)
            if label not in self.classes:
                raise InvalidInput(
                    f"the model knows no label {positive!r}.", f"It knows {', '.join(map(str, self.classes))}."
                )
            self.at = self.classes.index(label)

    @property
    def words(self) -> str:
        """What is answered."""
        if not self.is_classifier:
            return "prediction"
        return "probabilities of all labels" if self.at is None else f"probability of {self.classes[self.at]!s}"

    @property
    def is_single(self) -> bool:
        """Whether there is one number for each row."""
        return not self.is_classifier or self.at is not None

    def of(self, features: Any) -> Any:
        """Return the answers to rows: one number each, or one for each label."""
        import numpy as np

        taken = as_taken(self.model, features)
        if not self.is_classifier:
            return np.asarray(self.model.predict(taken), dtype=float).reshape(len(features))
        found = np.asarray(self.model.predict_proba(taken), dtype=float)
        return found if self.at is None else found[:, self.at]
