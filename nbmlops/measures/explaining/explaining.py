"""What a model looks at, put together: importances, dependence, single predictions, and what has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.explaining import permutation, shapley
from nbmlops.measures.explaining.dependence import dependence_of
from nbmlops.measures.explaining.inputs import Answers, inputs_of
from nbmlops.measures.explaining.ranking import moved
from nbmlops.measures.explaining.records import Explained, Explanation, Importance, Method
from nbmlops.measures.explaining.threads import one_thread
from nbmlops.measures.intervals import student

if TYPE_CHECKING:
    from nbmlops.measures.explaining.inputs import Inputs

ROWS = {"permutation": 2000, "shap": 100}
CURVES = 4


def explain_model(
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
    """Return what a model looks at; see `nbmlops.explain`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> rng = np.random.default_rng(0)
    >>> rows = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    >>> rows["late"] = rows["a"] > 0
    >>> model = LogisticRegression().fit(rows[["a", "b"]], rows["late"])
    >>> found = explain_model(model, rows, target="late")
    >>> [one.column for one in found.importances], found.of, found["a"].share > 0.9
    (['a', 'b'], 'roc_auc', True)
    """
    chosen: Any = method or ("shap" if target is None else "permutation")
    if chosen not in get_args(Method):
        known = get_args(Method)
        raise InvalidInput(f"there is no method {chosen!r}.", did_you_mean(str(chosen), known, ", ".join(known)))
    size = ROWS[chosen] if rows is None else rows
    here = inputs_of(model, frame, target, size, seed)
    before = None if against is None else inputs_of(model, against, target, size, seed)
    find = _by_permutation if chosen == "permutation" else _by_shap
    columns = [str(name) for name in here.features.columns]
    with one_thread():
        found, reference = find(model, here, before, positive, seed)
        importances = _importances(columns, found)
        curves, notes = _curves(model, here, importances, positive)
    drift = None
    if before is not None:
        drift = moved(columns, reference, found.draws, len(before.features), seed)
    return Explanation(
        chosen,
        type(model.steps[-1][1] if hasattr(model, "steps") else model).__name__,
        found.of,
        found.score,
        len(here.features),
        permutation.WORDS if chosen == "permutation" else shapley.WORDS,
        importances,
        curves,
        found.predictions,
        drift,
        notes,
    )


@dataclass(frozen=True)
class _Found:
    """How much each column mattered in each draw, and what the intervals are made by."""

    of: str
    score: float | None
    draws: Any
    predictions: tuple[Explained, ...] = ()


def _by_permutation(model: Any, here: Inputs, before: Inputs | None, _positive: Any, seed: int) -> tuple[_Found, Any]:
    found = permutation.shuffled(model, here, seed)
    reference = None if before is None else permutation.shuffled(model, before, seed).falls
    return _Found(found.metric, found.score, found.falls), reference


def _by_shap(model: Any, here: Inputs, before: Inputs | None, positive: Any, seed: int) -> tuple[_Found, Any]:
    answers = Answers(model, positive)
    background = (here if before is None else before).features  # one for both sides: else they cannot be compared
    found = shapley.shared(answers, here.features, background, seed)
    reference = None if before is None else shapley.shared(answers, before.features, background, seed).sizes
    return _Found(answers.words, None, found.sizes, _predictions(answers, here, found)), reference


def _predictions(answers: Answers, here: Inputs, found: shapley.Shared) -> tuple[Explained, ...]:
    """Return each row as a sum: of several labels for the one that is most probable."""
    columns = [str(name) for name in here.features.columns]
    explained = []
    for at, place in enumerate(here.places.tolist()):
        values, base = found.values[at], found.base[at]
        label = None if answers.at is None else answers.classes[answers.at]
        if not answers.is_single:
            most = int((values.sum(axis=0) + base).argmax())
            values, base, label = values[:, most], base[most], answers.classes[most]
        parts = {name: float(value) for name, value in zip(columns, values, strict=True)}
        explained.append(Explained(place, float(base + values.sum()), float(base), _plain(label), parts))
    return tuple(explained)


def _importances(columns: list[str], found: _Found) -> tuple[Importance, ...]:
    means = found.draws.mean(axis=0)
    total = float(means.clip(min=0).sum()) or 1.0
    rows = []
    for at, name in enumerate(columns):
        draws, mean = found.draws[:, at], float(means[at])
        low: float | None = None
        high: float | None = None
        if found.score is not None:
            low, high = float(draws.min()), float(draws.max())
        elif len(draws) > 1:
            low, high = student(mean, float(draws.var(ddof=1)), len(draws), 0.95)
            low = max(0.0, low)
        rows.append(Importance(name, mean, low, high, max(mean, 0.0) / total))
    return tuple(sorted(rows, key=lambda one: -one.value))


def _curves(
    model: Any, here: Inputs, importances: tuple[Importance, ...], positive: Any
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    if hasattr(model, "classes_") and not hasattr(model, "predict_proba"):
        return (), (f"{type(model).__name__} says no probabilities: no dependence is shown",)
    answers = Answers(model, positive)
    if not answers.is_single:
        return (), (f"{len(answers.classes)} labels: how the answer depends on a column is shown of one, positive=…",)
    return tuple(dependence_of(answers, here.features, one.column) for one in importances[:CURVES]), ()


def _plain(label: Any) -> Any:
    return label.item() if hasattr(label, "item") else label
