"""Champion and challenger on the same rows: whether the new model is better, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.records import json_value
from nbmlops.store.directions import known_direction
from nbmlops.validation.bootstrap import draws, interval
from nbmlops.validation.metrics import Metric, metric_named, of_function
from nbmlops.validation.predictions import said_by, truth_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "challenge."
COMPARED = ("champion", "difference", "low", "high", "better")
"""What is known only where there is a champion."""


@dataclass(frozen=True)
class Challenge:
    """How a challenger does beside the champion.

    ``difference`` is above zero where the challenger is better, whichever way the metric goes; ``low`` and ``high`` are
    its interval, ``better`` is the share of draws in which the challenger is better. Without a champion they are None.
    """

    metric: str
    challenger: float
    champion: float | None
    difference: float | None
    low: float | None
    high: float | None
    better: float | None
    confidence: float
    repeats: int
    rows: int

    @property
    def metrics(self) -> dict[str, float]:
        """What a run logs of it: ``challenge.champion``, ``challenge.low`` and the others."""
        names = ("challenger", *COMPARED)
        return {PREFIX + name: value for name in names if (value := getattr(self, name)) is not None}

    def __str__(self) -> str:
        if self.champion is None:
            return f"{self.metric}: challenger {self.challenger:.4g}, and no champion yet"
        return (
            f"{self.metric}: challenger {self.challenger:.4g}, champion {self.champion:.4g}; better by "
            f"{self.difference:+.4g} ({self.confidence:.0%}: {self.low:+.4g} to {self.high:+.4g}, {self.rows:,} rows)"
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


def challenge_models(
    champion: Any,
    challenger: Any,
    X: Any,  # noqa: N803 - scikit-learn's name
    y: Any,
    *,
    metric: str | Callable[[Any, Any], float] = "roc_auc",
    confidence: float = 0.95,
    repeats: int = 1000,
    seed: int = 0,
    positive: Any = None,
    lower: bool | None = None,
) -> Challenge:
    """Judge two fitted models on the same rows; see `nbmlops.challenge`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn.linear_model import LinearRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> found = challenge_models(DummyRegressor().fit(X, y), LinearRegression().fit(X, y), X, y, metric="mae")
    >>> print(found)
    mae: challenger 0.1653, champion 0.6667; better by +0.5014 (95%: +0.4139 to +0.5856, 150 rows)
    """
    import numpy as np
    import pandas as pd

    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence is a share between 0 and 1, not {confidence}.", "confidence=0.95")
    if repeats < 1:
        raise InvalidInput(f"{repeats} draws say nothing.", "repeats=1000")
    asked = _asked(metric, lower)
    given = np.asarray(y).reshape(-1)
    size = X.shape[0] if hasattr(X, "shape") else len(X)  # a sparse matrix has no length
    if len(given) != size or not size:
        raise InvalidInput(f"X has {size} rows and y {len(given)} values.", "Give one value for each row.")
    missing = int(pd.isna(given).sum())
    if missing:
        raise InvalidInput(f"{missing} of {size} values of y are missing.", "Leave these rows out of X and of y.")
    truth, counted = truth_for(given, asked, positive)
    sides = [None if model is None else said_by(model, X, given, asked, counted) for model in (champion, challenger)]
    measures = [None if said is None else asked.make(truth, said) for said in sides]
    once = np.ones((1, len(given)))
    values = [None if measure is None else float(measure(once)[0]) for measure in measures]
    label = metric if isinstance(metric, str) else getattr(metric, "__name__", "metric")
    for side, value in zip(("champion", "challenger"), values, strict=True):
        if value is not None and not math.isfinite(value):
            raise InvalidInput(
                f"{label} of the {side} is {value} on these rows.",
                "Leave out rows that it has no answer to; r2 needs rows whose y differs.",
            )
    assert values[1] is not None
    if measures[0] is None or values[0] is None:
        return Challenge(label, values[1], None, None, None, None, None, confidence, repeats, len(given))
    sign = -1.0 if asked.lower else 1.0
    strata = np.unique(given, return_inverse=True)[1] if asked.stratified else np.zeros(len(given), dtype=int)
    differences = np.concatenate(
        [sign * (measures[1](counts) - measures[0](counts)) for counts in draws(strata, repeats, seed)]  # type: ignore[misc]
    )
    known = differences[np.isfinite(differences)]  # a draw may lack what a metric needs, such as two values of y
    if not len(known):
        raise InvalidInput(f"{label} has no value in any draw of these rows.", "Judge on more rows.")
    low, high = interval(known, confidence)
    return Challenge(
        label,
        values[1],
        values[0],
        sign * (values[1] - values[0]),
        low,
        high,
        float((known > 0).mean()),
        confidence,
        repeats,
        len(given),
    )


def is_unchallenged(name: str, metrics: Mapping[str, float]) -> bool:
    """Tell whether a name is what a run would know of a challenge, had there been a champion to challenge.

    Examples
    --------
    >>> is_unchallenged("challenge.low", {"challenge.challenger": 0.8})
    True
    >>> is_unchallenged("challenge.low", {"auc": 0.8})
    False
    """
    told = PREFIX + "challenger" in metrics and PREFIX + "champion" not in metrics
    return told and name.removeprefix(PREFIX) in COMPARED and name.startswith(PREFIX)


def _asked(metric: str | Callable[[Any, Any], float], lower: bool | None) -> Metric:
    if isinstance(metric, str):
        found = metric_named(metric)
        if lower is not None and lower is not found.lower:
            raise InvalidInput(
                f"{metric} is {'lower' if found.lower else 'higher'} where it is better.", "Leave lower out."
            )
        return found
    if not callable(metric):
        raise InvalidInput(f"a metric is a name or a function, not {metric!r}.", "metric='roc_auc'")
    name = str(getattr(metric, "__name__", "metric"))
    falls = known_direction(name) == "lower" if lower is None else lower
    return Metric(name, "answers", of_function(metric), lower=falls)
