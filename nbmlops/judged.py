"""The Python API of what is judged before it counts: data before training, a model before it takes another's place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from nbmlops.api import workspace
from nbmlops.errors import NotFound
from nbmlops.registry.names import parse_spec
from nbmlops.stored import dataset, load
from nbmlops.tracking.active import open_run
from nbmlops.tracking.batch import run_here
from nbmlops.tracking.recorder import PARENT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from nbmlops.validation.challenging import Challenge
    from nbmlops.validation.checking import DataCheck


def check_data(
    frame: Any,
    like: Any = None,
    *,
    rules: Mapping[str, Any] | None = None,
    ignore: Collection[str] = (),
    null_share: float = 0.05,
    margin: float = 0.1,
    tolerance: float = 0.01,
    raises: bool = True,
) -> DataCheck:
    """Check that data are as expected, before anything is trained on them.

    Columns that are missing or new, types that changed, missing values, numbers out of range, values that were not seen
    before. The open run, or that of the pipeline's step, logs how much was found, for gates: ``check_data.severe`` and
    ``check_data.warn``.

    Parameters
    ----------
    frame : frame
        Of pandas, polars or Arrow.
    like : frame, str or mapping, optional
        What it should be like: a frame, a version of a data set (``"flights@3"``), or rules.
    rules : mapping, optional
        What is meant, by column: ``type`` (integer, number, boolean, text, time, duration), ``nulls`` (the largest
        share), ``min``, ``max``, ``values``, ``unique``, ``required``. They win over the reference.
    ignore : collection of str
        Columns that are not looked at.
    null_share : float
        How much larger than in the reference the share of missing values may be.
    margin : float
        How far beyond the reference's range numbers may go, as a share of the range.
    tolerance : float
        Ranges and values of a reference that are broken by no larger share of the rows only warn.
    raises : bool
        Raise where a finding is severe; else give the findings only.

    Raises
    ------
    InvalidInput
        There is a severe finding; all stand in the hint.

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"origin": ["EWR", "JFK"] * 4, "delay": [1.0, -4.0, 12.0, 3.0] * 2})
    >>> check_data(before.head(4), before).ok
    True
    >>> print(check_data(before.assign(delay="late"), before, raises=False))
    8 rows, 2 columns
    ✗ delay is text, and number was expected
    >>> check_data(before, rules={"delay": {"min": 0}})
    Traceback (most recent call last):
    nbmlops.errors.InvalidInput: the data are not as expected: delay: 2 of 8 rows are below 0: down to -4.
    ...
    """
    from nbmlops.validation.checking import check_frame

    said = dict(rules or {})
    if isinstance(like, str):
        like = dataset(like, as_="arrow")
    elif isinstance(like, dict) and like and all(isinstance(rule, dict) for rule in like.values()):
        said, like = {**like, **said}, None
    found = check_frame(frame, like, said, ignore=ignore, null_share=null_share, margin=margin, tolerance=tolerance)
    _log(found.metrics)
    if raises:
        found.raise_if_severe()
    return found


def challenge(
    champion: Any,
    model: Any,
    X: Any,  # noqa: N803 - scikit-learn's name
    y: Any,
    *,
    metric: str | Callable[[Any, Any], float] = "roc_auc",
    confidence: float = 0.95,
    repeats: int = 1000,
    seed: int = 0,
    positive: Any = None,
    lower: bool | None = None,
    allow_code: bool = False,
) -> Challenge:
    """Judge a new model and the champion on the same rows, and say how sure the difference is.

    Rows are drawn with replacement, the same ones for both models; the interval is that of the percentiles of the
    difference (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3). For metrics that have no
    value without one of the classes, as many rows of each class are drawn as there are.

    The open run, or that of the pipeline's step, logs ``challenge.champion``, ``challenge.challenger``,
    ``challenge.difference``, ``challenge.low``, ``challenge.high`` and ``challenge.better``, so that a gate can say
    ``challenge.low > -0.005``. Where there is no champion yet, such a gate holds.

    Parameters
    ----------
    champion : str or object
        ``"delay@champion"``, or a fitted model.
    model : object
        The challenger, fitted.
    X : frame or array
        Rows that neither model was fitted on; of a frame each model takes the columns that it knows.
    y : array
        Their true values.
    metric : str or callable
        ``roc_auc``, ``average_precision``, ``log_loss``, ``brier``, ``accuracy``, ``balanced_accuracy``, ``f1``,
        ``precision``, ``recall``, ``f1_macro``, ``r2``, ``mae``, ``mse``, ``rmse``; or a function of truth and
        prediction, which is slower.
    confidence : float
        Of the interval.
    repeats : int
        How often rows are drawn.
    seed : int
        Gives the same draws again.
    positive : object, optional
        The label that counts as positive; the larger of two by default.
    lower : bool, optional
        Of a function: whether lower is better; by its name, else higher.
    allow_code : bool
        As in `load`.

    Returns
    -------
    Challenge
        Above zero is better, whichever way the metric goes: ``difference``, with ``low`` and ``high``.

    Raises
    ------
    NotFound
        A version was named that is not there.
    InvalidInput
        A model cannot be judged by the metric on these rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> stump = DecisionTreeClassifier(max_depth=1).fit(X, y)
    >>> found = challenge(stump, LogisticRegression(max_iter=1000).fit(X, y), X, y, metric="accuracy")
    >>> found.low > 0.2, round(found.difference, 3)
    (True, 0.307)
    """
    from nbmlops.validation.challenging import challenge_models

    beaten = _champion(champion, allow_code=allow_code) if isinstance(champion, str) else champion
    found = challenge_models(
        beaten,
        model,
        X,
        y,
        metric=metric,
        confidence=confidence,
        repeats=repeats,
        seed=seed,
        positive=positive,
        lower=lower,
    )
    against = champion if isinstance(champion, str) else type(champion).__name__
    _log(found.metrics, {"challenge.against": against, "challenge.metric": found.metric})
    return found


def _log(metrics: dict[str, float], params: dict[str, Any] | None = None) -> None:
    """Write to the run that is open, or to that of the notebook where it is recorded as a whole; if there is one."""
    if open_run.get() is None and not os.environ.get(PARENT_VARIABLE):
        return  # nothing is recorded: then no workspace is looked for either
    run = run_here(workspace().recorder)
    if run is not None:
        run.log(dict(metrics))
        run.log_params(params or {})


def _champion(spec: str, *, allow_code: bool) -> Any:
    """Load the model that a name stands for; None where nothing has the name yet."""
    try:
        return load(spec, allow_code=allow_code)
    except NotFound:
        if parse_spec(spec)[1] is not None:
            raise
        return None
