"""What a model answers to its sample rows: kept with a version, so that any other place can be asked for the same.

Sample rows are JSON. They are made into a frame again in the same way when the answers are kept and when they are
checked, so that what differs is the model or what it runs on.
"""

from __future__ import annotations

import contextlib
import math
import random
import warnings
from typing import TYPE_CHECKING, Any

from nbmlops.flavors.signature import MAX_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.flavors._protocol import Flavor

FORMS = ("frame", "array", "values")
"""How rows are given to a model: a frame with names, a matrix, or one column as a list."""
_WORDS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def with_answers(flavor: Flavor, model: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Return a version's facts with the model's answers to the sample rows; as they are where it cannot be asked.

    Parameters
    ----------
    flavor : Flavor
        Asks the model.
    model : object
        The model itself.
    facts : dict
        ``signature`` and ``samples``.
    """
    samples = facts.get("samples")
    if not samples or not samples.get("rows"):
        return facts
    for form in forms_of(model):
        try:
            rows = rows_as(samples, facts.get("signature", {}), form)
            with _unnoticed():
                answers, again = answers_to(flavor, model, rows), answers_to(flavor, model, rows)
        except Exception:  # noqa: BLE001, S112 - a model raises what it likes
            continue
        if len(answers) != len(samples["rows"]):
            continue  # what takes text goes through a frame name by name
        if answers != again:
            return facts  # it answers at random: nothing of it can be known
        return {**facts, "samples": {**samples, "answers": answers, "form": form}}
    return facts


@contextlib.contextmanager
def _unnoticed() -> Iterator[None]:
    """Leave no trace in the user's process: no warning, and generators that stand where they stood."""
    import numpy as np

    state, numpy_state = random.getstate(), np.random.get_state()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)


def forms_of(model: Any) -> Iterator[str]:
    """Yield the forms in which a model may take rows, the likely one first.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> list(forms_of(Ridge().fit([[1.0], [2.0]], [1, 2])))
    ['array', 'frame', 'values']
    """
    has_names = getattr(model, "feature_names_in_", None) is not None
    yield from FORMS if has_names else ("array", "frame", "values")


def rows_as(samples: dict[str, Any], signature: dict[str, Any], form: str) -> Any:
    """Return sample rows as a model takes them.

    Parameters
    ----------
    samples : dict
        ``columns`` and ``rows``.
    signature : dict
        Tells the type of each column.
    form : str
        One of `FORMS`.

    Examples
    --------
    >>> samples = {"columns": ["a"], "rows": [[1], [None]]}
    >>> rows_as(samples, {"inputs": [{"name": "a", "type": "float64"}]}, "frame")["a"].tolist()
    [1.0, nan]
    """
    import pandas as pd

    kinds = {entry["name"]: entry for entry in signature.get("inputs", ())}
    names = samples["columns"]
    columns = {}
    for at, name in enumerate(names):
        values = [row[at] for row in samples["rows"]]
        columns[at] = _column(values, kinds.get(name, {}))
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(names)
    if form == "frame":
        return frame
    return frame.iloc[:, 0].tolist() if form == "values" else frame.to_numpy()


def _column(values: list[Any], entry: dict[str, Any]) -> Any:
    import pandas as pd

    kind = entry.get("type", "")
    if kind.startswith(("int", "uint", "float")):
        numbers = [_WORDS.get(value, value) if isinstance(value, str) else value for value in values]
        has_gaps = any(value is None for value in numbers)
        return pd.Series(numbers, dtype="float64" if has_gaps and not kind.startswith("float") else kind)
    if kind.startswith("datetime"):
        return pd.to_datetime(pd.Series(values))
    if kind.startswith(("timedelta", "duration")):
        return pd.to_timedelta(pd.Series(values))
    if kind == "category":
        known = entry.get("categories")
        if known is not None and len(known) <= MAX_CATEGORIES:
            return pd.Series(pd.Categorical(values, categories=known))
        return pd.Series(values, dtype="category")
    return pd.Series(values, dtype="bool" if kind == "bool" and None not in values else None)


def answers_to(flavor: Flavor, model: Any, rows: Any) -> list[Any]:
    """Return a model's answers as strict JSON: numbers, text, lists of these."""
    import numpy as np

    found = flavor.predict(model, rows)
    found = found.toarray() if hasattr(found, "toarray") else found
    plain: list[Any] = _plain(np.asarray(found).tolist())
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def differences(expected: list[Any], found: list[Any], tolerance: float) -> list[str]:
    """Return in words where answers differ: numbers by more than a tolerance, anything else at all.

    Parameters
    ----------
    expected, found : list
        Answers, as `answers_to` gives them.
    tolerance : float
        Absolute, and relative to the expected number.

    Examples
    --------
    >>> differences([0.5, 1.0], [0.5, 1.0 + 1e-12], 1e-9), differences([0.5, "a"], [0.7, "b"], 1e-9)
    ([], ['row 1: 0.7, expected 0.5', 'row 2: b, expected a'])
    """
    if len(expected) != len(found):
        return [f"{len(found)} answers, expected {len(expected)}"]
    return [
        f"row {row}: {_said(now)}, expected {_said(then)}"
        for row, (then, now) in enumerate(zip(expected, found, strict=True), 1)
        if not _same(then, now, tolerance)
    ]


def _same(then: Any, now: Any, tolerance: float) -> bool:
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(_same(a, b, tolerance) for a, b in zip(then, now, strict=True))
    numbers = [isinstance(one, int | float) and not isinstance(one, bool) for one in (then, now)]
    if all(numbers):
        return bool(abs(now - then) <= tolerance * max(1.0, abs(then)))
    return bool(then == now)


def _said(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
