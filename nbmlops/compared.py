"""The Python API of what is compared: current data with a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.datasets.meant import frame_meant
from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.comparing import Roles, drift_between

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nbmlops.measures.drift.records import Drift
    from nbmlops.measures.threats import Threats


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
    before = frame_meant(reference, _version)
    if model is not None:
        from nbmlops.measures.explaining import weights_of

        if importance is not None:
            raise InvalidInput("importance and model say the same.", "Give one of them.")
        importance = weights_of(_registered(model), before, target)
    return drift_between(
        before,
        frame_meant(current, _version),
        Roles(time, target, prediction),
        window=window,
        ignore=ignore,
        importance=importance,
    )


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
    from nbmlops.measures.threats import threats_in

    return threats_in(
        frame_meant(reference, _version), frame_meant(current, _version), target=target, ignore=tuple(ignore)
    )


def _registered(model: Any) -> Any:
    from nbmlops.stored import load

    return load(model) if isinstance(model, str) else model


def _version(name: str) -> Any:
    from nbmlops.stored import dataset

    return dataset(name)
