"""The Python API of what is measured on frames: what has changed, how a model does and for whom, what it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measuring import Measuring

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Mapping, Sequence

    from nbmlops.measures.drift import changes as stream
    from nbmlops.measures.drift.behind import DriftRows
    from nbmlops.measures.drift.records import Drift
    from nbmlops.measures.explaining.records import Explanation, Method
    from nbmlops.measures.fairness.records import Fairness
    from nbmlops.measures.performance.asking import PerformanceReport
    from nbmlops.measures.threats import Threats


class _Stored(Measuring):
    """Names stand for what the workspace at hand keeps, which is only opened where one is given."""

    def load_data(self, name: str) -> Any:
        from nbmlops.stored import dataset

        return dataset(name)

    def load_model(self, name: str) -> Any:
        from nbmlops.stored import load

        return load(name)


STORED = _Stored()


def drift(
    reference: Any,
    current: Any,
    *,
    time: str | None = None,
    target: str | None = None,
    prediction: str | None = None,
    window: str | None = None,
    ignore: Collection[str] = (),
    importance: Mapping[str, float] | None = None,
    model: Any = None,
    max_age: str | float | datetime.timedelta | None = None,
    as_of: str | float | datetime.datetime | None = None,
    classifier: bool = False,
) -> Drift:
    """Say what differs between current data and a reference; nothing has to be set up.

    The schema comes first: columns, types, missing values, ranges, values never seen. Then each column: numbers by the
    two-sample Kolmogorov–Smirnov test and its distance D, labels and codes by the χ² test and the Jensen–Shannon
    distance; a column has drifted where that is more than chance (Benjamini and Hochberg's false discovery rate over
    all columns and windows) **and** the distance is at least 0.05. Then rank correlations of all pairs, and whether the
    target still means the same.

    Parameters
    ----------
    reference, current : frame, path or str
        Of pandas, polars or Arrow; a file; or a version of a data set (``"flights@3"``).
    time : str, optional
        The column that says when a row was. Data of a part of a season are compared with that part of the reference,
        where the reference has seen it all: the time of year, the day of the week, the hour of the day.
    target, prediction : str, optional
        The columns of what is to be predicted and of what was.
    window : str, optional
        Compare each hour, day, week, month, quarter or year of the current data as well.
    ignore : collection of str
        Columns that are not looked at.
    importance : mapping, optional
        How much each column weighs for the model; the ranking is by distance times weight.
    model : str or object, optional
        A registered model (``"delay@champion"``) or a fitted one, whose importances on the reference are taken instead:
        by permutation where the reference holds the target, else those that the model has itself.
    max_age : str, float or timedelta, optional
        How old the newest row may be (``"1d"``, ``"90m"``, seconds): an older one is a finding. Needs ``time``; times
        without a zone are taken for UTC, a clock that is ahead of it for new.
    as_of : str, float or datetime, optional
        The moment from which the age is measured; now by default.
    classifier : bool, default False
        Let gradient boosting try to tell the two sides apart by the columns in which nothing was found: it sees what
        three columns together do. Takes seconds.

    Returns
    -------
    Drift
        ``drifted``, ``columns`` by their weight, and the findings of ``schema``, ``joint`` and ``concept``.

    Raises
    ------
    InvalidInput
        One of them is no frame, two columns have one name, or a column that is named is not there; or the model does
        not say what it looks at.

    Examples
    --------
    >>> import nbmlops
    >>> before = {"delay": list(range(100)) * 10, "origin": ["EWR", "JFK"] * 500}
    >>> now = {"delay": list(range(100)) * 10, "origin": ["EWR"] * 700 + ["JFK"] * 300}
    >>> found = nbmlops.drift(before, now)
    >>> found.drifted, found["origin"].reason
    (True, "'EWR' 50.0% → 70.0%")
    """
    return STORED.drift(
        reference,
        current,
        time=time,
        target=target,
        prediction=prediction,
        window=window,
        ignore=ignore,
        importance=importance,
        model=model,
        max_age=max_age,
        as_of=as_of,
        classifier=classifier,
    )


def drift_rows(
    reference: Any,
    current: Any,
    column: str,
    *,
    time: str | None = None,
    target: str | None = None,
    prediction: str | None = None,
    ignore: Collection[str] = (),
    limit: int | None = None,
) -> DriftRows:
    """Return the rows of current data behind what `drift` finds about a column.

    They are those with values never seen, beyond the range, missing, or of another type; of a column that is
    distributed in another way those in the stretch, or of the label, that has gained most.

    Parameters
    ----------
    reference, current : frame, path or str
        Of pandas, polars or Arrow; a file; or a version of a data set (``"flights@3"``).
    column : str
        The column.
    time, target, prediction, ignore
        As in `drift`.
    limit : int, optional
        How many rows ``frame`` holds at most; all of them by default.

    Returns
    -------
    DriftRows
        ``findings`` in words, each with the ``places`` of its rows, counted from 0; ``frame`` with the rows themselves
        and the index that they had.

    Raises
    ------
    InvalidInput
        There is no such column.

    Examples
    --------
    >>> import nbmlops
    >>> before = {"origin": ["EWR", "JFK"] * 500}
    >>> found = nbmlops.drift_rows(before, {"origin": ["EWR"] * 700 + ["JFK"] * 300}, "origin")
    >>> print(found)
    origin 'EWR': 70% of the rows, was 50% (700 rows)
    >>> len(found.frame)
    700
    """
    words = {"time": time, "target": target, "prediction": prediction}
    return STORED.drift_rows(reference, current, column, **words, ignore=ignore, limit=limit)


def changes(frame: Any, column: str, *, time: str | None = None, method: stream.Method = "adwin") -> stream.Changes:
    """Return where the mean of a column of numbers has changed, row after row.

    A stream test notices; then the rows since the last change are split where they differ most, and that counts where
    it is by five standard errors. Values far out are drawn in, so that heavy tails do not change a mean by themselves.
    Rows that follow their neighbours (a random walk) have levels that chance made: these are found too.

    Parameters
    ----------
    frame : frame, path or str
        Of pandas, polars or Arrow; a file; or a version of a data set (``"flights@3"``).
    column : str
        The numbers; rows without one are left out.
    time : str, optional
        When a row was: rows are taken in this order. By default they are taken as they stand.
    method : {"adwin", "page-hinkley"}, default "adwin"
        What notices: adaptive windowing, which finds changes of any size where rows are enough; or the test of Page and
        Hinkley, for changes of half a standard deviation and more.

    Returns
    -------
    Changes
        ``changes``, each with the ``row`` and ``time`` at which the new level begins, where it was ``noticed``, and the
        means ``before`` and ``after``.

    Raises
    ------
    InvalidInput
        A column is not there, or holds no numbers.

    Examples
    --------
    >>> import nbmlops
    >>> frame = {"x": [float(at % 7) for at in range(1400)] + [4 + float(at % 7) for at in range(700)]}
    >>> [(round(one.before), round(one.after)) for one in nbmlops.changes(frame, "x").changes]
    [(3, 7)]
    """
    return STORED.changes(frame, column, time=time, method=method)


def threats(reference: Any, current: Any, *, target: str | None = None, ignore: Collection[str] = ()) -> Threats:
    """Return rows of current data that are none of the reference's kind, or contradict it; each with its evidence.

    Parameters
    ----------
    reference, current : frame, path or str
        Of pandas, polars or Arrow; a file; or a version of a data set.
    target : str, optional
        The column of labels: rows that the reference knows under another label are found too.
    ignore : collection of str
        Columns that are not looked at.

    Raises
    ------
    InvalidInput
        There are too few rows, or no column in common that a forest can cut.

    Examples
    --------
    >>> import nbmlops
    >>> known = {"a": [float(at % 50) for at in range(500)]}
    >>> nbmlops.threats(known, {"a": [3.0, 4000.0]}).found[0].reason
    'far out: a 4000'
    """
    return STORED.threats(reference, current, target=target, ignore=ignore)


def fairness(
    frame: Any = None,
    *,
    truth: Any = None,
    prediction: Any,
    by: Any,
    probability: Any = None,
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
    probability : str or sequence, optional
        The probability of the positive label, or another score of it, for the area under the ROC curve; ``scores`` is
        another name for it.
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
    return STORED.fairness(
        frame,
        truth=truth,
        prediction=prediction,
        by=by,
        probability=probability,
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
    return STORED.performance(
        frame,
        truth=truth,
        prediction=prediction,
        probability=probability,
        time=time,
        window=window,
        by=by,
        slices=slices,
        reference=reference,
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
    return STORED.explain(
        model,
        frame,
        target=target,
        method=method,
        rows=rows,
        against=against,
        positive=positive,
        seed=seed,
    )
