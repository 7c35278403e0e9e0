"""The Python API of what a workspace keeps by name: models, data sets and features.

In a replay a name stands for what it stood for in the run; what the workspace of the replay does not hold is looked up
in that of the run.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from nbmlops.api import workspace
from nbmlops.capture.slicing.files import note_name
from nbmlops.config import NAMES_VARIABLE, REPLAYED_VARIABLE
from nbmlops.errors import NotFound
from nbmlops.registry.names import parse_spec
from nbmlops.tracking.active import open_run
from nbmlops.tracking.batch import run_here
from nbmlops.tracking.limits import notebook_limits
from nbmlops.tracking.recorder import PARENT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from nbmlops.datasets import Datasets
    from nbmlops.records import ModelVersion
    from nbmlops.registry import Models
    from nbmlops.validation.challenging import Challenge
    from nbmlops.validation.checking import DataCheck
    from nbmlops.workspaces import Workspace


def load(spec: str, *, allow_code: bool = False) -> Any:
    """Load a registered model back; nothing is ever unpickled unless ``allow_code`` says so.

    Parameters
    ----------
    spec : str
        ``delay@champion``, ``delay@3``, or ``delay`` for the newest version.
    allow_code : bool
        Trust every type that the file names. Only for files whose origin you know.

    Raises
    ------
    NotFound
        No such model, version or alias; the nearest stand in the hint.
    Untrusted
        The file names types that could run code.
    """
    return _found("model", spec, lambda kept: kept.models, allow_code=allow_code)


def _found(kind: str, spec: str, part: Callable[[Workspace], Models | Datasets], **options: Any) -> Any:
    """Load what a name of the workspace stands for, and note which version that was.

    In a replay a name stands for what it stood for in the run; the workspace of a replay is new, so what is not in it
    is looked up in that of the run.
    """
    wanted = json.loads(os.environ.get(NAMES_VARIABLE, "{}")).get(f"{kind} {spec}", spec)

    def read(kept: Workspace) -> Any:
        version = part(kept).get(wanted).spec
        note_name(kind, spec, version)
        return part(kept).load(version, **options)

    try:
        return read(workspace())
    except NotFound:
        original = os.environ.get(REPLAYED_VARIABLE)
        if not original:
            raise
        return read(workspace(original))


def register(model: Any, name: str, alias: str | None = None, *, run: str = "", features: Any = None) -> ModelVersion:
    """Register a fitted model as the next version of a name: ``register(rf, "delay@champion")``.

    Parameters
    ----------
    model : object
        A fitted model of a library that has a flavor.
    name : str
        ``delay`` or ``delay@champion``.
    alias : str, optional
        Moved to the new version.
    run : str
        The run that fitted it; the open one by default, or that of the pipeline's step.
    features : frame or array, optional
        What the model takes, for its signature and sample rows.
    """
    here = workspace(create=True)
    opened = run_here(here.recorder)
    owner = run or (opened.id if opened else "")
    return here.models.register(owner, name, alias, model=model, features=features)


def dataset(spec: str, *, columns: Sequence[Any] | None = None, as_: str | None = None) -> Any:
    """Load a version of a data set: ``dataset("flights@3")`` gives back what was saved.

    Parameters
    ----------
    spec : str
        ``flights@3``, or ``flights`` for the newest version.
    columns : sequence, optional
        Read only these columns of a frame.
    as_ : {"pandas", "arrow", "polars", "duckdb"}, optional
        Give it as this kind instead.

    Raises
    ------
    NotFound
        No such data set, version or column; the nearest stand in the hint.
    Conflict
        What is kept is damaged.
    """
    return _found("dataset", spec, lambda kept: kept.datasets, columns=columns, as_=as_)


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


def feature(
    *,
    entity: str | Sequence[str] = "",
    timestamp: str = "",
    ttl: Any = None,
    created: str | None = None,
    sources: Mapping[str, Any] | None = None,
    window: Sequence[Any] = (),
    aggregate: Sequence[str] = (),
    checks: Sequence[Any] = (),
    request: str | Mapping[str, str] | None = None,
    inputs: Sequence[str] = (),
    tags: dict[str, str] | None = None,
    owner: str = "",
    description: str = "",
    name: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Define a feature view by a function of Ibis tables; the function stays as it is.

    Parameters
    ----------
    entity : str or sequence of str
        The key columns.
    timestamp : str
        The event time.
    ttl : str, number or timedelta, optional
        How old a row may be when a label sees it: ``"2h"``; seconds as a number. No limit by default.
    created : str, optional
        When a row became known. A label sees only what was known at its time.
    sources : mapping, optional
        Frames, paths and addresses by the names of the function's parameters; else frames of these names are taken.
    window : sequence of spans
        Trailing windows for ``aggregate``: ``["1h", "24h"]``. An event exactly as old as the window is outside of it.
    aggregate : sequence of str
        ``"mean(dep_delay) as delay"``: count, sum, mean, min, max, std, last.
    checks : sequence
        Conditions as SQL, Ibis expressions or functions of the table; ``"unique"`` for key and time.
    request : str or mapping, optional
        Makes a view on demand: the columns that a request brings, as ``"due TIMESTAMP"``. The function's parameter is
        ``request``, and has the inputs as ``view__column``.
    inputs : sequence of str, optional
        Features of other views that a view on demand takes.
    tags, owner, description
        What the catalogue says; the first line of the docstring by default.
    name : str, optional
        The view; the function's name by default.

    Examples
    --------
    >>> import os, tempfile, pandas as pd
    >>> os.environ["NBMLOPS_HOME"] = tempfile.mkdtemp()
    >>> readings = pd.DataFrame({"origin": ["EWR"], "at": pd.to_datetime(["2013-01-01 05:00"]), "temp": [39.0]})
    >>> @feature(entity="origin", timestamp="at", ttl="2h", sources={"readings": readings})
    ... def weather(readings):
    ...     return readings.mutate(celsius=(readings.temp - 32) / 1.8)
    >>> workspace().features.get("weather").features
    ('temp', 'celsius')
    >>> del os.environ["NBMLOPS_HOME"]
    """
    from nbmlops.features.defining import Asked

    def define(function: Callable[..., Any]) -> Callable[..., Any]:
        called = str(name or getattr(function, "__name__", ""))
        asked = Asked(
            name=called,
            body=function,
            entity=entity,
            timestamp=timestamp,
            created=created,
            ttl=ttl,
            windows=window,
            aggregates=aggregate,
            checks=checks,
            request=request,
            inputs=inputs,
            sources=sources or {},
            namespace=getattr(function, "__globals__", {}),
        )
        said = description or ((function.__doc__ or "").strip().splitlines() or [""])[0]
        workspace(create=True).features.define(asked, tags=tags, owner=owner, description=said)
        return function

    return define


def training_set(
    frame: Any,
    features: Sequence[str],
    *,
    timestamp: str | None = None,
    check_leaks: bool = False,
    engine: Any = "duckdb",
) -> Any:
    """Join features to a frame of labels, right in time: give the frame with the features beside its columns.

    Every row gets, from each view, the newest row with its keys at or before its time and no older than the view's TTL;
    nulls of that row stay null. Exactly as many rows come out as went in, in their order, with their index. A pandas
    frame's ``attrs["nbmlops"]`` hold the id of the training set, whose record is
    ``workspace().features.get_training_set(id)``.

    Parameters
    ----------
    frame : frame
        Of pandas, polars or Arrow: the labels' keys and times, and whatever else.
    features : sequence of str
        ``"weather:temp"``, ``"weather@2:temp"``, or ``"weather"`` for all of a view's features. A column is named as
        the feature, ``weather__temp`` where that would clash.
    timestamp : str, optional
        The column of the label's time; the only one of times by default.
    check_leaks : bool
        Compute everything again without what came after the labels.
    engine : {"duckdb", "portable", "spark"} or SparkSession
        What computes it; the definitions are the same.

    Raises
    ------
    Leak
        A feature sees the future; the rows stand in the hint.
    NotFound
        No such view, feature or column; the nearest stand in the hint.
    InvalidInput
        Keys or times cannot be compared, or the view's rows break its checks.

    Examples
    --------
    >>> import os, tempfile, pandas as pd
    >>> os.environ["NBMLOPS_HOME"] = tempfile.mkdtemp()
    >>> readings = pd.DataFrame({"origin": ["EWR"], "at": pd.to_datetime(["2013-01-01 05:00"]), "temp": [39.0]})
    >>> @feature(entity="origin", timestamp="at", ttl="2h", sources={"readings": readings})
    ... def weather(readings):
    ...     return readings
    >>> late = "2013-01-02 06:00"
    >>> flights = pd.DataFrame({"origin": ["EWR", "EWR"], "at": pd.to_datetime(["2013-01-01 06:00", late])})
    >>> training_set(flights, ["weather:temp"])["temp"].tolist()
    [39.0, nan]
    >>> del os.environ["NBMLOPS_HOME"]
    """
    here = workspace()
    opened = open_run.get()
    limits = here.recorder.settings.capture.limited(notebook_limits.now)
    original = os.environ.get(REPLAYED_VARIABLE)
    names = json.loads(os.environ.get(NAMES_VARIABLE, "{}"))
    result, _ = here.features.training_set(
        frame,
        features,
        timestamp=timestamp,
        check_leaks=check_leaks,
        engine=engine,
        run=opened.id if opened is not None and limits.data != "off" else None,
        others=[workspace(original).features] if original else [],
        names=names,
    )
    return result
