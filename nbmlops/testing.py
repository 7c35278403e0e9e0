"""Assertions for cells that are tagged ``test``: what a model has to answer, to ignore, to follow, and how fast.

``nbmlops ci`` runs such cells behind the others of a notebook; each is one test. The functions take any model with
``predict``, or a function that takes rows. What does not hold is an AssertionError that says where.

>>> from sklearn.linear_model import LinearRegression
>>> model = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
>>> assert_predicts(model, [[3.0]], [6.0])
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import InvalidInput
from nbmlops.measures.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["assert_directional", "assert_invariant", "assert_latency", "assert_predicts", "assert_slices"]

SHOWN = 5
_WARM = 5


def assert_predicts(model: Any, inputs: Any, expected: Any, atol: float = 1e-6) -> None:
    """Assert that a model gives known answers to known rows.

    Parameters
    ----------
    model : object
        With ``predict``, or a function of rows.
    inputs : frame, array or list
        The rows.
    expected : array or list
        The answers: numbers, or labels.
    atol : float
        By how much a number may differ.

    Raises
    ------
    AssertionError
        An answer is another one; the message names the rows.
    InvalidInput
        There are no rows, or the model does not answer row by row.

    Examples
    --------
    >>> assert_predicts(lambda rows: [row[0] > 1 for row in rows], [[0], [2]], [False, True])
    >>> assert_predicts(lambda rows: [row[0] * 2 for row in rows], [[1.0], [2.0]], [2.0, 5.0])
    Traceback (most recent call last):
    AssertionError: 1 of 2 answers differ: row 1 is 4.0, expected 5.0
    """
    import numpy as np

    found, wanted = _answers(model, inputs), np.asarray(expected)
    _demand(found.shape == wanted.shape, f"{found.shape} answers, expected {wanted.shape}")
    rows = _differing(found, wanted, atol)
    said = ", ".join(f"row {row} is {found[row]}, expected {wanted[row]}" for row in rows[:SHOWN])
    _demand(not len(rows), f"{len(rows)} of {len(found)} answers differ: {said}")


def assert_invariant(model: Any, frame: Any, column: str, values: Iterable[Any], atol: float = 1e-6) -> None:
    """Assert that a model's answers do not depend on a column: it takes each of the values for all rows in turn.

    Parameters
    ----------
    model : object
        With ``predict``, or a function of rows.
    frame : pandas.DataFrame
        The rows.
    column : str
        The column that must not matter.
    values : iterable
        Values that it takes.
    atol : float
        By how much a number may differ.

    Raises
    ------
    AssertionError
        Some answer changes; the message says with which value and for how many rows.
    InvalidInput
        There are no values or no rows, or the model does not answer row by row.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40], "name": ["a", "b"]})
    >>> assert_invariant(lambda rows: rows["age"] * 2, frame, "name", ["c", "d"])
    >>> assert_invariant(lambda rows: rows["age"] * 2, frame, "age", [30, 50])
    Traceback (most recent call last):
    AssertionError: the answer depends on age: 1 of 2 rows change with age = 30 (row 1: 80 → 60)
    """
    taken = list(values)
    if not taken:
        raise InvalidInput(f"{column} takes no value, so that nothing is asked.", "Name values that it takes.")
    before = _answers(model, frame)
    for value in taken:
        now = _answers(model, _with(frame, column, value))
        _demand(now.shape == before.shape, f"{now.shape} answers with {column} = {value}, {before.shape} before")
        changed = _differing(now, before, atol)
        if len(changed):
            first = changed[0]
            raise AssertionError(
                f"the answer depends on {column}: {len(changed)} of {len(before)} rows change with {column} = {value} "
                f"(row {first}: {before[first]} → {now[first]})"
            )


def assert_directional(
    model: Any, frame: Any, column: str, change: float, expected: Literal["increase", "decrease"], atol: float = 1e-9
) -> None:
    """Assert that a model's answers follow a column: none goes the wrong way, and one goes the right way.

    Parameters
    ----------
    model : object
        With ``predict`` that gives numbers, or a function of rows.
    frame : pandas.DataFrame
        The rows.
    column : str
        A column of numbers.
    change : float
        What is added to it.
    expected : {"increase", "decrease"}
        What the answers should do.
    atol : float
        A change below is none.

    Raises
    ------
    AssertionError
        An answer goes the wrong way or is no number, or none changes.
    InvalidInput
        There are no rows, or the model does not answer row by row.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"rain": [0.0, 1.0]})
    >>> assert_directional(lambda rows: 5 + rows["rain"], frame, "rain", 2.0, "increase")
    >>> assert_directional(lambda rows: 5 + rows["rain"], frame, "rain", 2.0, "decrease")
    Traceback (most recent call last):
    AssertionError: with rain + 2.0 the answers should decrease: 2 of 2 rows increase (row 0: 5.0 → 7.0)
    """
    import numpy as np

    if expected not in ("increase", "decrease"):
        raise InvalidInput(f"answers cannot {expected!r}.", "Say increase or decrease.")
    before = _answers(model, frame).astype(float)
    now = _answers(model, _with(frame, column, _column(frame, column) + change)).astype(float)
    moved = (now - before) * (1 if expected == "increase" else -1)
    wrong = np.flatnonzero(~(moved >= -atol))
    other = "decrease" if expected == "increase" else "increase"
    other = f"{other} or are no number" if np.isnan(moved[wrong]).any() else other
    head = f"with {column} + {change} the answers should {expected}"
    if len(wrong):
        first = wrong[0]
        said = f"{len(wrong)} of {len(before)} rows {other} (row {first}: {before[first]} → {now[first]})"
        raise AssertionError(f"{head}: {said}")
    _demand(bool((moved > atol).any()), f"{head}: none of {len(before)} rows changes")


def assert_latency(model: Any, row: Any, p95_ms: float, requests: int = 100) -> None:
    """Assert that a model answers one row within a time: 95 of 100 times.

    Parameters
    ----------
    model : object
        With ``predict``, or a function of rows.
    row : frame, array or list
        One row, in the form that the model takes.
    p95_ms : float
        Milliseconds.
    requests : int
        How often it is asked.

    Raises
    ------
    AssertionError
        It takes longer.

    Examples
    --------
    >>> assert_latency(lambda rows: rows, [[1.0]], p95_ms=1000)
    >>> assert_latency(lambda rows: time.sleep(0.002), [[1.0]], p95_ms=1, requests=5)
    Traceback (most recent call last):
    AssertionError: 95 % of answers take up to ... ms, at most 1 ms are allowed
    """
    for _ in range(min(_WARM, requests)):
        _ask(model, row)
    taken = []
    for _ in range(max(1, requests)):
        began = time.perf_counter()
        _ask(model, row)
        taken.append((time.perf_counter() - began) * 1000)
    found = percentile(taken, 95)
    _demand(found <= p95_ms, f"95 % of answers take up to {found:.3g} ms, at most {p95_ms:g} ms are allowed")


def assert_slices(
    model: Any,
    X: Any,  # noqa: N803 - the field's own name
    y: Any,
    by: str | Sequence[Any] | Callable[[Any], Any],
    metric: str | Callable[[Any, Any], float],
    at_least: float,
    min_rows: int = 1,
) -> None:
    """Assert that a metric is reached in every slice of the data, not on the whole alone.

    Parameters
    ----------
    model : object
        With ``predict``, or a function of rows.
    X : pandas.DataFrame
        The rows.
    y : array or list
        The truth.
    by : str, sequence or callable
        A column of ``X``, a value for each row, or a function of ``X`` that gives these.
    metric : str or callable
        A scorer of scikit-learn (``"accuracy"``, ``"roc_auc"``, ``"neg_mean_absolute_error"``), or a function of truth
        and answers where more is better.
    at_least : float
        What it has to be.
    min_rows : int
        Smaller slices are left out.

    Raises
    ------
    AssertionError
        A slice has less; the message lists them, the worst first.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"city": ["a", "a", "b", "b"], "x": [0, 1, 0, 1]})
    >>> assert_slices(lambda rows: rows["x"], X, [0, 1, 0, 1], "city", "accuracy", at_least=1.0)
    >>> assert_slices(lambda rows: rows["x"], X, [0, 1, 1, 1], "city", "accuracy", at_least=0.9)
    Traceback (most recent call last):
    AssertionError: accuracy is below 0.9 in 1 of 2 slices: b 0.5 (2 rows)
    """
    import numpy as np
    import pandas as pd

    truth = np.asarray(y)
    groups = pd.Series(np.asarray(_column(X, by) if isinstance(by, str) else by(X) if callable(by) else by))
    if len(groups) != len(truth):
        raise InvalidInput(f"{len(groups)} slices are named for {len(truth)} rows.", "Name one for each row.")
    score = _scorer(model, metric)
    found = {}
    for name, rows in groups.groupby(groups, dropna=False).indices.items():
        if len(rows) >= min_rows:
            found[name] = (float(score(_rows(X, rows), truth[rows])), len(rows))
    if not found:
        raise InvalidInput(f"no slice has {min_rows} rows.", "Lower min_rows.")
    low = sorted((value, str(name), rows) for name, (value, rows) in found.items() if not value >= at_least)
    said = ", ".join(f"{name} {value:.4g} ({rows} rows)" for value, name, rows in low[:SHOWN])
    word = metric if isinstance(metric, str) else getattr(metric, "__name__", "the metric")
    _demand(not low, f"{word} is below {at_least:g} in {len(low)} of {len(found)} slices: {said}")


def _demand(holds: bool, said: str) -> None:
    """Raise where something does not hold: by hand, so that ``python -O`` asks it too, and pytest adds nothing."""
    if not holds:
        raise AssertionError(said)


def _scorer(model: Any, metric: str | Callable[[Any, Any], float]) -> Callable[[Any, Any], float]:
    if callable(metric):
        return lambda rows, truth: metric(truth, _ask(model, rows))
    from sklearn.metrics import get_scorer

    try:
        scorer = get_scorer({"auc": "roc_auc"}.get(metric, metric))
    except ValueError as error:
        raise InvalidInput(
            f"{metric!r} is no scorer of scikit-learn.",
            "sklearn.metrics.get_scorer_names() lists them; or give a function.",
        ) from error
    if hasattr(model, "predict"):
        return lambda rows, truth: scorer(model, rows, truth)
    # a function has no fit for scikit-learn to check
    score, sign, options = scorer._score_func, scorer._sign, scorer._kwargs  # noqa: SLF001
    return lambda rows, truth: sign * score(truth, _ask(model, rows), **options)


def _ask(model: Any, rows: Any) -> Any:
    predict = getattr(model, "predict", None)
    if predict is None and not callable(model):
        raise InvalidInput(f"a {type(model).__name__} does not predict.", "Give a model with predict, or a function.")
    return predict(rows) if predict is not None else model(rows)


def _answers(model: Any, rows: Any) -> Any:
    """Return a model's answers, one or more for each row."""
    import numpy as np

    found = np.asarray(_ask(model, rows))
    if not found.ndim:
        raise InvalidInput(f"the model gives one answer for all rows: {found}.", "Give one for each row.")
    if not len(found):
        raise InvalidInput("there are no rows, so that nothing is asked.", "Give one row at least.")
    return found


def _differing(found: Any, wanted: Any, atol: float) -> Any:
    """Return the numbers of the rows whose answers differ."""
    import numpy as np

    same = _same(found, wanted, atol)
    return np.flatnonzero(~same.reshape(len(same), -1).all(axis=1))


def _same(found: Any, wanted: Any, atol: float) -> Any:
    import numpy as np

    if found.dtype.kind in "fiuc" and wanted.dtype.kind in "fiuc":
        return np.isclose(found, wanted, rtol=0.0, atol=atol, equal_nan=True)
    return found == wanted


def _with(frame: Any, column: str, values: Any) -> Any:
    _column(frame, column)
    return frame.assign(**{column: values})


def _column(frame: Any, column: str) -> Any:
    if not hasattr(frame, "columns"):
        raise InvalidInput(f"a {type(frame).__name__} has no columns by name.", "Give a frame of pandas.")
    if column not in frame.columns:
        raise InvalidInput(f"the frame has no column {column!r}.", f"It has {', '.join(map(str, frame.columns))}.")
    return frame[column]


def _rows(data: Any, rows: Any) -> Any:
    return data.iloc[rows] if hasattr(data, "iloc") else data[rows]
