"""Whether probabilities are what they say on rows with truth, and what makes them so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["none", "beta", "isotonic"]
BINS = 1000
"""Rows of nearly the same probability are taken together, so that it is not more than these that are fitted."""
FOLDS = 5
SURE = 0.05
"""The p-value below which probabilities are not what they say."""
ONE_SIDED = 1.645
"""So many standard errors are more than chance at this p-value."""
NEARLY = 1e-6
"""Nothing and everything are taken as so far from it, since their odds have no logarithm."""


@dataclass(frozen=True)
class Binned:
    """Rows with truth, in bins of nearly the same probability: how many in each are positive, and how many negative."""

    probabilities: Any
    positive: Any
    negative: Any


def binned(truth: Any, probabilities: Any) -> Binned:
    """Return rows in bins; each row is its own where they are few.

    Parameters
    ----------
    truth : array of bool
        Which rows are positive.
    probabilities : array of float
        What was said of each row.
    """
    import numpy as np

    order = np.argsort(probabilities, kind="stable")
    of = np.arange(len(order)) * min(BINS, len(order)) // len(order)
    rows = np.bincount(of)
    mean = np.bincount(of, weights=probabilities[order]) / rows
    positive = np.bincount(of, weights=truth[order].astype(float))
    return Binned(mean, positive, rows - positive)


def calibration_of(truth: Any, probabilities: Any, seed: int) -> Kind:
    """Return which calibration probabilities need.

    None, unless a likelihood-ratio test finds that the odds are not what they say (as Cox's, Biometrika 45, 1958), or
    isotonic regression is better on rows that it has not seen by more than chance. Then beta calibration, unless
    isotonic regression is better than that by more than chance too: its curve has no steps, and is known better.

    Parameters
    ----------
    truth : array of bool
        Which rows are positive.
    probabilities : array of float
        What was said of each row.
    seed : int
        Divides the rows the same way again.
    """
    import numpy as np

    folds = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    losses: dict[Kind, Any] = {"none": (probabilities - truth) ** 2}
    kinds: tuple[Kind, ...] = ("beta", "isotonic")
    for kind in kinds:
        said = np.empty(len(truth))
        for fold in range(FOLDS):
            unseen = folds == fold
            rest = binned(truth[~unseen], probabilities[~unseen])
            said[unseen] = calibrator(kind, rest, rest.positive, rest.negative)(probabilities[unseen])
        losses[kind] = (said - truth) ** 2

    def better(one: Kind, other: Kind) -> bool:
        gain = losses[other] - losses[one]
        return bool(gain.mean() > ONE_SIDED * gain.std() / len(gain) ** 0.5)

    if not better("isotonic", "none") and _as_said(binned(truth, probabilities)) >= SURE:
        return "none"
    return "isotonic" if better("isotonic", "beta") else "beta"


def calibrator(kind: Kind, rows: Binned, positive: Any, negative: Any) -> Callable[[Any], Any]:
    """Return a function that calibrates probabilities.

    Parameters
    ----------
    kind : {"none", "beta", "isotonic"}
        How.
    rows : Binned
        What is known.
    positive, negative : array of float
        How many rows of each bin are positive and negative; those of ``rows``, or drawn again.
    """
    import numpy as np

    if kind == "none":
        return lambda probabilities: probabilities
    if kind == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        weights = positive + negative
        there = weights > 0
        model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        model.fit(rows.probabilities[there], positive[there] / weights[there], sample_weight=weights[there])
        return lambda probabilities: np.asarray(model.predict(probabilities), dtype=float)
    curve = beta(rows.probabilities, positive, negative)
    return lambda probabilities: _sigmoid(curve, probabilities)


def beta(probabilities: Any, positive: Any, negative: Any) -> Any:
    """Return intercept and coefficients of beta calibration (Kull, Silva Filho and Flach, AISTATS 2017).

    The log odds are a sum of the logarithms of the probability and of its complement, which Platt's scaling of the log
    odds is a case of; (0, 1, 1) leaves them as they are.

    Parameters
    ----------
    probabilities, positive, negative : array of float
        Of bins: the probability, and how many rows are positive and negative.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    inputs = np.tile(_logarithms(probabilities), (2, 1))
    labels = np.repeat([1, 0], len(probabilities))
    # all but without a penalty: where the classes do not overlap there would be no end to the coefficients
    model = LogisticRegression(C=1e4, max_iter=1000, solver="newton-cholesky")
    model.fit(inputs, labels, sample_weight=np.concatenate([positive, negative]))
    return np.append(model.intercept_, model.coef_[0])


def shifted(drawn: Any, here: Any) -> Callable[[Any], Any]:
    """Return a function that moves probabilities as far as one curve of beta calibration is from another.

    It says how well it is known that they need no calibration: ``here`` is the curve of the rows, ``drawn`` that of
    rows drawn again.
    """
    curve = drawn - here + [0.0, 1.0, 1.0]
    return lambda probabilities: _sigmoid(curve, probabilities)


def _as_said(rows: Binned) -> float:
    """Return the p-value of probabilities being what they say, beside any curve of beta calibration."""
    import numpy as np
    from scipy.special import chdtrc

    def likelihood(curve: Any) -> float:
        odds = _odds(curve, rows.probabilities)
        return float(-(rows.positive * np.logaddexp(0, -odds) + rows.negative * np.logaddexp(0, odds)).sum())

    best = beta(rows.probabilities, rows.positive, rows.negative)
    return float(chdtrc(3, max(0.0, 2 * (likelihood(best) - likelihood(np.array([0.0, 1.0, 1.0]))))))


def _logarithms(probabilities: Any) -> Any:
    import numpy as np

    within = np.clip(probabilities, NEARLY, 1 - NEARLY)
    return np.column_stack([np.log(within), -np.log(1 - within)])


def _odds(curve: Any, probabilities: Any) -> Any:
    return curve[0] + _logarithms(probabilities) @ curve[1:]


def _sigmoid(curve: Any, probabilities: Any) -> Any:
    from scipy.special import expit

    return expit(_odds(curve, probabilities))
