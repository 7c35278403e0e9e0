"""What a model expects: names, types and ranges of its inputs as JSON; sample rows; the check of new data."""

from __future__ import annotations

from typing import Any

from nbmlops.errors import InvalidInput
from nbmlops.flavors._columns import Column, columns_of, plain_value
from nbmlops.flavors._matrix import is_matrix, matrix_entries

MAX_CATEGORIES = 50
SAMPLES = 5
_PROBE_ROWS = 10_000


def signature_of(X: Any, y: Any = None, model: Any = None) -> dict[str, Any]:  # noqa: N803 - the field's own names
    """Return the signature of a model's training data.

    Parameters
    ----------
    X
        A frame (pandas, polars, Arrow), an array, or a sparse matrix.
    y
        The target, if there is one.
    model
        The fitted model: names the columns of arrays and, without ``y``, the classes.

    Returns
    -------
    dict
        ``inputs`` (``name``, ``type``, ``nullable``, ``min`` and ``max`` of finite values, or ``categories``
        when there are at most 50), ``rows`` and ``output``. Always strict JSON.

    Examples
    --------
    >>> import pandas as pd
    >>> found = signature_of(pd.DataFrame({"age": [31, 64]}), [0, 1])
    >>> found["inputs"]
    [{'name': 'age', 'type': 'int64', 'nullable': False, 'min': 31, 'max': 64}]
    >>> found["rows"], found["output"]["type"]
    (2, 'int64')
    """
    names = getattr(model, "feature_names_in_", None)
    if is_matrix(X):
        return {"inputs": matrix_entries(X, names), "rows": len(X), "output": _output(y, model)}
    return _signature(columns_of(X, names), y, model)


def signature_and_samples(X: Any, y: Any = None, model: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: N803
    """Return `signature_of` and `sample_rows` of the same data; a frame's columns are taken out of it once.

    Examples
    --------
    >>> import pandas as pd
    >>> signature, samples = signature_and_samples(pd.DataFrame({"age": [31, 64]}))
    >>> signature["rows"], samples["rows"]
    (2, [[31], [64]])
    """
    if is_matrix(X) or not hasattr(X, "columns"):
        return signature_of(X, y, model), sample_rows(X)
    columns = columns_of(X)
    return _signature(columns, y, model), _samples(columns, SAMPLES)


def _signature(columns: list[Column], y: Any, model: Any) -> dict[str, Any]:
    rows = columns[0].rows if columns else 0
    return {"inputs": [_described(column) for column in columns], "rows": rows, "output": _output(y, model)}


def sample_rows(X: Any, n: int = SAMPLES) -> dict[str, Any]:  # noqa: N803
    """Return the first rows as strict JSON: missing values are null, infinities are words.

    Examples
    --------
    >>> import pandas as pd
    >>> sample_rows(pd.DataFrame({"a": [1.5, None]}))
    {'columns': ['a'], 'rows': [[1.5], [None]]}
    """
    if is_matrix(X):
        rows = [[plain_value(value) for value in row] for row in X[:n].tolist()]
        return {"columns": [str(position) for position in range(X.shape[1])], "rows": rows}
    return _samples(columns_of(X[:n] if hasattr(X, "__getitem__") else X), n)


def _samples(columns: list[Column], n: int) -> dict[str, Any]:
    values = [[plain_value(value) for value in column.values(n)] for column in columns]
    return {
        "columns": [column.name for column in columns],
        "rows": [list(row) for row in zip(*values, strict=True)],
    }


def check_signature(signature: dict[str, Any], frame: Any) -> None:
    """Check that data has the columns and types of a signature; integers may stand for floats.

    Raises
    ------
    InvalidInput
        Columns are missing, extra or of another type.

    Examples
    --------
    >>> import pandas as pd
    >>> signature = signature_of(pd.DataFrame({"age": [31, 64]}))
    >>> check_signature(signature, pd.DataFrame({"age": [50]}))
    >>> check_signature(signature, pd.DataFrame({"years": [50]}))
    Traceback (most recent call last):
    nbmlops.errors.InvalidInput: the data does not fit the model: missing age; extra years.
      The model expects: age (int64)
    """
    expected = {entry["name"]: entry["type"] for entry in signature["inputs"]}
    given = {column.name: column.word for column in columns_of(frame, list(expected), probe=_PROBE_ROWS)}
    missing = [name for name in expected if name not in given]
    extra = [name for name in given if name not in expected]
    wrong = [
        f"{name} is {given[name]}, not {word}"
        for name, word in expected.items()
        if name in given and not _fits(given[name], word)
    ]
    problems = [f"{title} {', '.join(found)}" for title, found in (("missing", missing), ("extra", extra)) if found]
    if problems or wrong:
        listing = ", ".join(f"{name} ({word})" for name, word in expected.items())
        raise InvalidInput(
            f"the data does not fit the model: {'; '.join(problems + wrong)}.",
            f"The model expects: {listing}",
        )


def _fits(given: str, expected: str) -> bool:
    if given == expected or {given, expected} <= {"string", "category", "object"}:
        return True
    if _family(given) == _family(expected):
        return True
    return _family(given) == "integer" and _family(expected) == "float"


def _family(word: str) -> str:
    stem = word.rstrip("0123456789")
    return {"int": "integer", "uint": "integer", "float": "float"}.get(stem, word)


def _described(column: Column) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": column.name, "type": column.word, "nullable": column.has_missing()}
    if column.word in ("string", "category", "object"):
        categories = column.categories(MAX_CATEGORIES, _PROBE_ROWS)
        return entry if categories is None else {**entry, "categories": [plain_value(item) for item in categories]}
    if column.word != "bool":
        low, high = column.extremes()
        entry["min"], entry["max"] = plain_value(low), plain_value(high)
    return entry


def _output(y: Any, model: Any) -> dict[str, Any]:
    classes = getattr(model, "classes_", None)
    output: dict[str, Any] = {}
    if y is not None:
        targets = [_described(column) for column in columns_of(y)]
        output = targets[0] if len(targets) == 1 else {"outputs": targets}
    if classes is not None and not isinstance(classes, list) and getattr(classes, "ndim", 0) == 1:
        output["classes"] = [plain_value(item) for item in classes.tolist()]
        output.setdefault("type", columns_of(classes)[0].word)
    return output
