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
from nbmlops.tracking.active import open_run
from nbmlops.tracking.batch import run_here
from nbmlops.tracking.limits import notebook_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbmlops.datasets import Datasets
    from nbmlops.records import ModelVersion
    from nbmlops.registry import Models
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
    here.recorder.background.wait()  # what its fit was given is noted with the model's bytes
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
