"""Whether the same inputs still mean the same target: residuals of a model of the reference, place by place."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.records import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_ROWS = 20_000
FEWEST_ROWS = 100
FEWEST_IN_PLACE = 25
PLACES = 8
LEAST_EFFECT = 0.1
"""Of the target's spread, or of a probability where the target is a class."""
SEVERE_EFFECT = 0.25
FALSE_ALARMS = 1e-4
MOST_CLASSES = 20
LARGEST = 1e150
SHOWN_LABELS = 3
LEAST_SHARED = 0.3
"""The share of the current rows that a model of the reference has to know of to say anything."""
ITERATIONS = 60
LEAVES = 15
BEYOND = 0.06
"""Of the current rows so many beyond the outer percentile of a feature are more than chance brings."""


def concept_of(
    features: tuple[Any, Any],
    target: tuple[Any, Any],
    names: Sequence[str],
    *,
    overall: bool,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> Finding | None:
    """Return what the target means otherwise than it did, or None.

    A model of the reference, fitted on one half of it and judged on the other, says what the target should be. Where
    its residuals lie otherwise in the current data, place by place along the prediction and along each feature, the
    target depends on the features in another way. Numbers far out are drawn in, so that heavy tails have no more say
    than others.

    Parameters
    ----------
    features : pair of arrays of shape (rows, columns)
        Of the reference and of the current data.
    target : pair of arrays of shape (rows,)
        Numbers, or codes of classes.
    names : sequence of str
        The features, and last the target.
    overall : bool
        Whether a shift that is the same everywhere counts; it does not where it is told of the target itself.
    labels : mapping, optional
        Of columns that hold codes, what each code stands for.
    """
    import numpy as np

    sides = [(np.asarray(x, float), np.asarray(y, float)) for x, y in zip(features, target, strict=True)]
    sides = [(x[np.isfinite(y)].clip(-LARGEST, LARGEST), y[np.isfinite(y)]) for x, y in sides]
    if min(len(y) for _, y in sides) < FEWEST_ROWS or not names[:-1]:
        return None
    (x, y), (current_x, current_y) = (_thinned(*side) for side in sides)
    order = np.random.default_rng(0).permutation(len(y))
    half = len(y) // 2
    learn, judge = order[:half], order[half:]
    told = [at for at, column in enumerate(x[learn].T) if len(np.unique(column[~np.isnan(column)])) > 1]
    if not told:
        return None
    names = [*(names[at] for at in told), names[-1]]
    x, current_x = x[:, told], current_x[:, told]
    kept = [_in_reach(x[learn], side, current_x) for side in (x[judge], current_x)]
    judge, current_x, current_y = judge[kept[0]], current_x[kept[1]], current_y[kept[1]]
    if kept[1].mean() < LEAST_SHARED or min(len(judge), len(current_y)) < FEWEST_IN_PLACE:
        return None
    worst: tuple[float, float, str] = (1.0, 0.0, "")
    for expected in _expectations(x[learn], y[learn], current_y):
        before = expected.of(x[judge]), expected.truth(y[judge])
        now = expected.of(current_x), expected.truth(current_y)
        if not overall:
            now = expected.level(*now, before), now[1]
        spans = functools.partial(_span, labels=labels or {})
        p_value, effect, sign, span = _worst_place(before, now, (x[judge], current_x), names[:-1], spans)
        place = f"where {span}, {expected.moved(sign, (labels or {}).get(names[-1]))}"
        worst = min(worst, (p_value, effect, place), key=lambda one: (one[0], -one[1]))
    p_value, effect, place = worst
    if p_value > FALSE_ALARMS or effect < LEAST_EFFECT:
        return None
    reason = f"{names[-1]} means something else than it did: {place}"
    return Finding("concept", (names[-1],), "severe" if effect >= SEVERE_EFFECT else "warn", reason)


def _in_reach(known: Any, side: Any, current: Any) -> Any:
    """Return which rows of a side lie where a model of the known rows can tell.

    Only columns count of which many current values lie beyond the known: a model does not see further than it has.
    """
    import numpy as np

    kept = np.ones(len(side), bool)
    for at in range(known.shape[1]):
        column = known[~np.isnan(known[:, at]), at]
        low, high = np.quantile(column, [0.01, 0.99])
        if (current[:, at] < low).mean() > BEYOND:
            kept &= ~(side[:, at] < low)  # a missing value is on neither side
        if (current[:, at] > high).mean() > BEYOND:
            kept &= ~(side[:, at] > high)
    return kept


def _thinned(x: Any, y: Any) -> tuple[Any, Any]:
    from nbmlops.measures.drift.joint import even_rows

    chosen = even_rows(len(y), MOST_ROWS)
    return x[chosen], y[chosen]


@dataclass(frozen=True)
class _Numbers:
    """What a model expects of a target of numbers."""

    of: Callable[[Any], Any]
    low: float
    high: float

    def truth(self, target: Any) -> Any:
        return target.clip(self.low, self.high)

    def moved(self, sign: float, labels: Sequence[str] | None) -> str:  # noqa: ARG002 - one signature for both
        """Say in words which way the target has moved."""
        return f"it is {'higher' if sign > 0 else 'lower'}"

    def level(self, said: Any, truth: Any, before: tuple[Any, Any]) -> Any:
        """Move what is expected by what the target has moved everywhere."""
        return said + (truth - said).mean() - (before[1] - before[0]).mean()


@dataclass(frozen=True)
class _Class:
    """What a model expects of one class: its probability."""

    of: Callable[[Any], Any]
    label: float

    def truth(self, target: Any) -> Any:
        return (target == self.label).astype(float)

    def moved(self, sign: float, labels: Sequence[str] | None) -> str:
        """Say in words which way the target has moved."""
        name = f"{self.label:g}" if labels is None else repr(labels[int(self.label)])
        return f"{name} is {'more' if sign > 0 else 'less'} frequent"

    def level(self, said: Any, truth: Any, before: tuple[Any, Any]) -> Any:  # noqa: ARG002 - one signature for both
        """Move the log-odds by what makes the class as frequent as it is."""
        from scipy.optimize import brentq
        from scipy.special import expit, logit

        odds = logit(said.clip(1e-6, 1 - 1e-6))
        share = float(truth.mean().clip(1e-6, 1 - 1e-6))
        return expit(odds + brentq(lambda by: float(expit(odds + by).mean()) - share, -30, 30))


def _expectations(x: Any, y: Any, current: Any) -> list[_Numbers | _Class]:
    """Fit a model of the reference; give what it says of a number, or of each class."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    leaf = max(5, min(20, len(y) // 20))
    classes = np.unique(y)
    if len(classes) < 2:
        return []
    if len(classes) <= MOST_CLASSES and len(classes) * FEWEST_IN_PLACE <= len(y):
        # as many trees as there are classes grow at each step
        steps = ITERATIONS if len(classes) == 2 else max(10, 2 * ITERATIONS // len(classes))
        model = HistGradientBoostingClassifier(
            max_iter=steps,
            learning_rate=0.1 * (ITERATIONS / steps) ** 0.5,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=leaf,
            random_state=0,
        ).fit(x, y)
        of = [1] if len(classes) == 2 else range(len(classes))
        return [_Class(functools.partial(_probability, model, at), float(classes[at])) for at in of]
    ends = np.quantile(np.concatenate([y, current]), [0.01, 0.25, 0.75, 0.99])
    room = 2 * (ends[2] - ends[1])
    regressor = HistGradientBoostingRegressor(
        max_iter=ITERATIONS, max_leaf_nodes=LEAVES, min_samples_leaf=leaf, random_state=0
    )
    expected = _Numbers(regressor.predict, float(ends[0] - room), float(ends[3] + room))
    regressor.fit(x, expected.truth(y))
    return [expected]


def _probability(model: Any, at: int, rows: Any) -> Any:
    return model.predict_proba(rows)[:, at]


def _worst_place(
    before: tuple[Any, Any],
    now: tuple[Any, Any],
    features: tuple[Any, Any],
    names: Sequence[str],
    spans: Callable[[str, Any, int], str],
) -> tuple[float, float, float, str]:
    """Return p-value, effect, direction and words of the place where residuals differ most surely.

    The p-value is corrected for the number of places (Bonferroni).
    """
    import numpy as np
    from scipy.stats import norm

    residuals = [truth - said for said, truth in (before, now)]
    spread = float(np.std(before[1])) or 1.0
    axes = [("the prediction", before[0], now[0])]
    axes += [(name, features[0][:, at], features[1][:, at]) for at, name in enumerate(names)]
    best, places = (0.0, 0.0, 0.0, ""), 0
    count = min(PLACES, max(2, len(before[0]) // (2 * FEWEST_IN_PLACE)))
    for name, known, values in axes:
        if not np.isfinite(known).any():
            continue
        edges = np.unique(np.nanquantile(known, np.arange(1, count) / count))
        at = [np.searchsorted(edges, side, side="right") for side in (known, values)]
        for place in range(len(edges) + 1):
            one, other = (residual[where == place] for residual, where in zip(residuals, at, strict=True))
            if min(len(one), len(other)) < FEWEST_IN_PLACE:
                continue
            places += 1
            error = float(np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)))
            difference = float(other.mean() - one.mean())
            effect = abs(difference) / spread
            z = abs(difference) / error if error else 0.0
            if z > best[0] and effect >= LEAST_EFFECT:
                best = (z, effect, difference, spans(name, edges, place))
    p_value = min(1.0, 2 * float(norm.sf(best[0])) * max(places, 1))
    return p_value, *best[1:]


def _span(name: str, edges: Any, place: int, labels: Mapping[str, Sequence[str]]) -> str:
    """Return in words which values of a column lie in a place between edges.

    Examples
    --------
    >>> _span("hour", [6.0, 18.0], 1, {}), _span("hour", [6.0, 18.0], 2, {})
    ('6 ≤ hour < 18', 'hour ≥ 18')
    >>> _span("origin", [1.0, 2.0], 1, {"origin": ["EWR", "JFK", "LGA"]})
    "origin is 'JFK'"
    """
    low = edges[place - 1] if place else None
    high = edges[place] if place < len(edges) else None
    if name in labels:
        held = [
            repr(label)
            for code, label in enumerate(labels[name])
            if (low is None or code >= low) and (high is None or code < high)
        ]
        more = " or another" if len(held) > SHOWN_LABELS else ""
        return f"{name} is {' or '.join(held[:SHOWN_LABELS])}{more}"
    if low is None:
        return f"{name} < {high:.3g}"
    return f"{name} ≥ {low:.3g}" if high is None else f"{low:.3g} ≤ {name} < {high:.3g}"
