"""What a model says of rows: labels, scores, probabilities or values, each model with the columns that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.validation.metrics import Metric


def said_by(model: Any, X: Any, truth: Any, metric: Metric, positive: Any) -> Any:  # noqa: N803 - scikit-learn's name
    """Return what a model says of rows, as a metric takes it.

    Parameters
    ----------
    model : object
        Has ``predict``, and ``predict_proba`` or ``decision_function`` where the metric needs scores.
    X : frame or array
        The rows; of a frame the columns that the model was fitted on are taken.
    truth : array
        The true values.
    metric : Metric
        Says what is needed.
    positive : object
        The label that counts as positive.

    Raises
    ------
    InvalidInput
        The model cannot say it, or says no numbers where they are needed, or the rows lack a column.
    """
    import numpy as np

    rows = _columns_of(model, X)
    if metric.needs in ("answers", "labels", "values"):
        said = np.asarray(_call(model, "predict", rows, metric)).reshape(len(truth), -1)[:, 0]
        if metric.needs == "values":
            return _numbers(said, f"{type(model).__name__} answers", metric)
        return said == positive if metric.of_positive else said
    if metric.needs == "scores" and not hasattr(model, "predict_proba") and not metric.probable:
        found = np.asarray(_call(model, "decision_function", rows, metric), dtype=float).reshape(len(truth), -1)
        if found.shape[1] == 1:  # of two classes only the second one has a column
            found = np.column_stack([-found[:, 0], found[:, 0]])
    else:
        found = np.asarray(_call(model, "predict_proba", rows, metric), dtype=float)
    classes = list(getattr(model, "classes_", range(found.shape[1])))
    if metric.needs == "scores":
        if positive not in classes:
            raise InvalidInput(f"the model knows no class {positive!r}: it knows {', '.join(map(str, classes))}.")
        return found[:, classes.index(positive)]
    labels = np.unique(truth)
    unknown = [label for label in labels.tolist() if label not in classes]
    if unknown:
        raise InvalidInput(f"the model knows no class {unknown[0]!r}: it knows {', '.join(map(str, classes))}.")
    return found[:, [classes.index(label) for label in labels.tolist()]]


def truth_for(truth: Any, metric: Metric, positive: Any) -> tuple[Any, Any]:
    """Return the true values as a metric takes them, and the label that counts as positive.

    Raises
    ------
    InvalidInput
        They have one class only, or more than two where one has to be positive, or are no numbers where numbers are
        needed.
    """
    import numpy as np

    if metric.needs == "values":
        return _numbers(truth, "y holds", metric), None
    if metric.needs == "answers":
        return truth, None
    labels = np.unique(truth)
    if len(labels) < 2:
        raise InvalidInput(
            f"all {len(truth)} rows are of the class {labels.tolist()[0]!r}: nothing is told apart.",
            "Judge on rows of both classes.",
        )
    if metric.of_positive:
        if len(labels) > 2 and positive is None:
            raise InvalidInput(
                f"{metric.name} is for two classes, and y has {len(labels)}.",
                "Say which one counts: positive=…, or take accuracy, log_loss or f1_macro.",
            )
        chosen = labels.tolist()[-1] if positive is None else positive
        if chosen not in labels.tolist():
            raise InvalidInput(
                f"no row of y is {chosen!r}.", f"Its classes are {', '.join(map(str, labels.tolist()))}."
            )
        return truth == chosen, chosen
    if metric.needs == "probabilities":
        return np.searchsorted(labels, truth), None
    return truth, None


def _numbers(values: Any, whose: str, metric: Metric) -> Any:
    try:
        return values.astype(float)
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"{metric.name} is for numbers, and {whose} {values[0]!r}.", "Take a metric of classes, such as accuracy."
        ) from error


def _columns_of(model: Any, X: Any) -> Any:  # noqa: N803
    names = getattr(model, "feature_names_in_", None)
    columns = getattr(X, "columns", None)
    if names is None or columns is None:
        return X
    missing = [str(name) for name in names if name not in list(columns)]
    if missing:
        raise InvalidInput(
            f"X lacks {', '.join(missing)}, which {type(model).__name__} was fitted on.",
            "Give the columns of both models; each takes its own.",
        )
    return X[list(names)]


def _call(model: Any, method: str, rows: Any, metric: Metric) -> Any:
    if not hasattr(model, method):
        raise InvalidInput(
            f"{type(model).__name__} has no {method}, which {metric.name} needs.",
            "Take another metric, such as accuracy.",
        )
    return getattr(model, method)(rows)
