"""The Python API of how a model does: on groups of people, over time, on slices, and what it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.datasets.meant import frame_meant
from nbmlops.measures.explaining import explain_model
from nbmlops.measures.fairness.asking import fairness_in
from nbmlops.measures.performance.asking import performance_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.explaining.records import Explanation, Method
    from nbmlops.measures.fairness.records import Fairness
    from nbmlops.measures.performance.asking import PerformanceReport


def fairness(
    frame: Any = None,
    *,
    truth: Any = None,
    prediction: Any,
    by: Any,
    scores: Any = None,
    positive: Any = None,
    depth: int = 2,
    metrics: Sequence[str] | None = None,
    confidence: float = 0.95,
    min_rows: int = 30,
    small: bool = False,
) -> Fairness:
    """Say whether a model treats groups alike: rates of each group, and how far groups are apart.

    The gaps are those of fairlearn (demographic parity, equalized odds, equal opportunity), each with an interval that
    allows for the two groups having been chosen because they are far apart.

    Parameters
    ----------
    frame : frame, path or str, optional
        Of pandas, polars or Arrow; a file; or a version of a data set (``"scored@3"``). None where all is given as
        arrays.
    truth, prediction : str or sequence
        Columns of the frame, or arrays. Without truth only selection rates can be told.
    by : str, sequence or frame
        The columns of groups; one or a list of names, or a frame or dictionary of columns. Intersections of them are
        groups too.
    scores : str or sequence, optional
        Scores of the positive label, for the area under the ROC curve.
    positive : object, optional
        The label that counts as positive; of 0 and 1 it is 1, of two others the last in order.
    depth : int, default 2
        Of how many columns together groups are made at most.
    metrics : sequence of str, optional
        Which; all that can be found by default.
    confidence : float, default 0.95
        Of the intervals.
    min_rows : int, default 30
        A group of fewer rows is uncertain.
    small : bool, default False
        Let uncertain groups take part in gaps.

    Returns
    -------
    Fairness
        ``groupings``, each with ``groups`` and ``gaps``; ``by("sex")`` is one of them.

    Raises
    ------
    InvalidInput
        A column is not there, or cannot be used.

    Examples
    --------
    >>> import nbmlops
    >>> people = {"hired": [1, 1, 1, 0] * 25 + [1, 0, 0, 0] * 25, "sex": ["m"] * 100 + ["f"] * 100}
    >>> found = nbmlops.fairness(people, prediction="hired", by="sex")
    >>> print(found.by("sex").gap("demographic_parity_ratio"))
    demographic_parity_ratio: 0.3333 (0.2331 to 0.4767), sex = f beside sex = m
    """
    return fairness_in(
        frame_meant(frame, _version),
        truth=truth,
        prediction=prediction,
        by=by,
        scores=scores,
        positive=positive,
        depth=depth,
        metrics=metrics,
        confidence=confidence,
        min_rows=min_rows,
        small=small,
    )


def performance(
    frame: Any = None,
    *,
    truth: Any,
    prediction: Any = None,
    probability: Any = None,
    time: Any = None,
    window: str | None = None,
    by: Any = (),
    slices: bool = False,
    reference: Any = None,
    metrics: Sequence[str] | None = None,
    positive: Any = None,
    threshold: float = 0.5,
    confidence: float = 0.95,
    min_rows: int = 30,
    seed: int = 0,
) -> PerformanceReport:
    """Say how well a model does, each metric with its interval; and what can be told where no truth is there yet.

    Parameters
    ----------
    frame : frame, path or str, optional
        Of pandas, polars or Arrow; a file; or a version of a data set (``"scored@3"``). None where all is given as
        arrays.
    truth, prediction, probability : str or sequence
        Columns of the frame, or arrays: what was true, what was predicted, the probability of the positive label.
        Labels are made of probabilities where there are no predictions.
    time : str or sequence, optional
        When a row was, for ``window``.
    window : {"hour", "day", "week", "month", "quarter", "year"}, optional
        Tell each of them.
    by : str, sequence or frame, optional
        Columns of which each value is told.
    slices : bool, default False
        Look for the slices in which the model is worst, in all other columns of the frame; they are tested on rows that
        the search has not seen.
    reference : frame, path or str, optional
        Rows with truth that the model was not trained on: from them it is estimated how the model does on ``frame``,
        whose truth may be missing. With probabilities by confidence-based estimation (CBPE), of amounts by direct loss
        estimation (DLE); ``estimate.limits`` says what neither can see.
    metrics : sequence of str, optional
        Which; all that can be found by default.
    positive : object, optional
        The label that counts as positive; of 0 and 1 it is 1, of two others the last in order.
    threshold : float, default 0.5
        From which probability on a label is positive, where labels are made of probabilities.
    confidence : float, default 0.95
        Of the intervals.
    min_rows : int, default 30
        A part of fewer rows is uncertain.
    seed : int
        Gives the same draws again.

    Returns
    -------
    PerformanceReport
        ``measured`` where there is a truth, ``worst`` slices, and the ``estimate`` without any; None what was not asked
        for.

    Raises
    ------
    InvalidInput
        A column is not there, or cannot be used.

    Examples
    --------
    >>> import nbmlops
    >>> flights = {"late": [1, 0, 0, 0] * 50, "said": [1, 1, 0, 0] * 50, "origin": ["EWR", "EWR", "JFK", "JFK"] * 50}
    >>> found = nbmlops.performance(flights, truth="late", prediction="said", by="origin", metrics=["accuracy"])
    >>> print(found)
    all (200 rows): accuracy 0.75 (0.6857 to 0.8049)
    origin = EWR (100 rows): accuracy 0.5 (0.4038 to 0.5962)
    origin = JFK (100 rows): accuracy 1 (0.963 to 1)
    """
    return performance_in(
        frame_meant(frame, _version),
        truth=truth,
        prediction=prediction,
        probability=probability,
        time=time,
        window=window,
        by=by,
        slices=slices,
        reference=frame_meant(reference, _version),
        metrics=metrics,
        positive=positive,
        threshold=threshold,
        confidence=confidence,
        min_rows=min_rows,
        seed=seed,
    )


def explain(
    model: Any,
    frame: Any,
    *,
    target: str | None = None,
    method: Method | None = None,
    rows: int | None = None,
    against: Any = None,
    positive: Any = None,
    seed: int = 0,
) -> Explanation:
    """Say what a model looks at, how its answer depends on that, and whether it still looks at the same.

    Parameters
    ----------
    model : str or object
        A registered model (``"delay@champion"``), or a fitted one.
    frame : frame, path or str
        Of pandas, polars or Arrow; a file; or a version of a data set (``"flights@3"``). Rows that the model was not
        trained on say what it is worth there.
    target : str, optional
        The column of true values.
    method : {"permutation", "shap"}, optional
        How much worse the model gets where a column is shuffled, which needs the target and is taken where it is given;
        or how much each column adds to each answer, which needs ``pip install 'nbmlops[explain]'``.
    rows : int, optional
        So many at most: 2000, of SHAP 100.
    against : frame, path or str, optional
        Rows from before: the rankings of columns are compared by nDCG.
    positive : object, optional
        The label whose probability is explained; the last of two.
    seed : int
        Draws the same rows, and shuffles them the same way, again.

    Returns
    -------
    Explanation
        ``importances``, the most important column first; ``dependence`` of the first few; with SHAP ``predictions``;
        with ``against`` the ``drift`` of what the model looks at.

    Raises
    ------
    NotFound
        There is no such model.
    InvalidInput
        The frame lacks a column, or the model cannot be asked in this way.
    MissingExtra
        SHAP is asked for and not installed.

    Examples
    --------
    >>> import nbmlops
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> rows = {"hour": list(range(24)) * 10, "day": list(range(10)) * 24, "delay": [2.0 * at for at in range(24)] * 10}
    >>> model = DecisionTreeRegressor().fit([[at] for at in rows["hour"]], rows["delay"])
    >>> found = nbmlops.explain(model, {"hour": rows["hour"], "delay": rows["delay"]}, target="delay")
    >>> [(one.column, one.share) for one in found.importances]
    [('hour', 1.0)]
    """
    return explain_model(
        _registered(model),
        frame_meant(frame, _version),
        target=target,
        method=method,
        rows=rows,
        against=frame_meant(against, _version),
        positive=positive,
        seed=seed,
    )


def _registered(model: Any) -> Any:
    from nbmlops.stored import load

    return load(model) if isinstance(model, str) else model


def _version(name: str) -> Any:
    from nbmlops.stored import dataset

    return dataset(name)
