"""What is given as one value for each row: labels, numbers, groups, of any library, checked in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import InvalidInput
from nbmlops.validation.columns import columns_of, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Task = Literal["classification", "regression"]
MISSING = "missing"
CLASSES = 20
"""Whole numbers of more values than this are amounts, not labels."""
_PAIRS = (frozenset({0, 1}), frozenset({-1, 1}))
"""Labels of which 1 is known to count, even where only one of them is there."""


@dataclass(frozen=True)
class Coded:
    """Values as numbers: ``codes`` holds for each row a place in ``values``; a missing value is None there."""

    codes: Any
    values: tuple[Any, ...]
    kind: str

    @property
    def present(self) -> tuple[Any, ...]:
        """The values that are not missing."""
        return tuple(value for value in self.values if value is not None)

    def mapped(self, to: Callable[[Any], Any]) -> Any:
        """Return what a function makes of each value, as an array to take by ``codes``."""
        import numpy as np

        return np.array([to(value) for value in self.values])


def coded(given: Any, name: str) -> Coded:
    """Return values as codes.

    Parameters
    ----------
    given : sequence
        A list, an array, a column of pandas, polars or Arrow.
    name : str
        What it is called in messages.

    Raises
    ------
    InvalidInput
        It is no sequence of values of one type.

    Examples
    --------
    >>> found = coded(["EWR", None, "JFK", "EWR"], "origin")
    >>> found.codes.tolist(), found.values
    ([0, 1, 2, 0], ('EWR', None, 'JFK'))
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = plain_column(given, name)
    if pa.types.is_dictionary(column.type):
        whole = column.unify_dictionaries().combine_chunks()
        whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    else:
        whole = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
        whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
        whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    values = [None if _is_nan(value) else value for value in whole.dictionary.to_pylist()]
    codes = pc.fill_null(whole.indices.cast(pa.int64()), len(values)).to_numpy(zero_copy_only=False)
    if whole.indices.null_count:
        values.append(None)
    places: dict[Any, int] = {}
    target = np.array([places.setdefault(value, len(places)) for value in values], dtype=np.int64)
    if len(places) < len(values):
        codes = target[codes]
    return Coded(codes, tuple(places), kind_of(column))


def numbers(given: Any, name: str, *, infinite: bool = False) -> Any:
    """Return values as an array of floats; a missing one is not a number.

    Parameters
    ----------
    given : sequence
        A list, an array, a column of pandas, polars or Arrow.
    name : str
        What it is called in messages.
    infinite : bool, default False
        Whether infinite values may be there.

    Raises
    ------
    InvalidInput
        They are no numbers, or infinite.

    Examples
    --------
    >>> numbers([1, None, 2.5], "truth").tolist()
    [1.0, nan, 2.5]
    """
    import numpy as np
    import pyarrow as pa

    column = plain_column(given, name)
    kind = kind_of(column)
    if kind not in ("integer", "number", "boolean", "null"):
        raise InvalidInput(f"{name} holds {kind}, and numbers are needed.", "Give one number for each row.")
    if kind == "boolean":
        column = column.cast(pa.int8())
    found = np.asarray(column.cast(pa.float64()).to_numpy(), dtype=float)
    if not infinite and np.isinf(found).any():
        raise InvalidInput(
            f"{int(np.isinf(found).sum()):,} of {len(found):,} values of {name} are infinite.", "Leave these rows out."
        )
    return found


def probabilities(given: Any) -> Any:
    """Return probabilities of the positive label: as given, or the second of two columns.

    Raises
    ------
    InvalidInput
        They are none, or of several labels, or some are missing.

    Examples
    --------
    >>> probabilities([[0.9, 0.1], [0.2, 0.8]]).tolist()
    [0.1, 0.8]
    """
    import numpy as np

    if getattr(given, "ndim", 1) == 2 or (len(given) and isinstance(given, list) and isinstance(given[0], list)):
        table = np.asarray(given, dtype=float)
        if table.ndim != 2 or table.shape[1] > 2:
            raise InvalidInput(
                "probability is of several labels.",
                "Give that of one label, and say it: --positive VALUE, in Python positive=…",
            )
        given = table[:, -1]
    found = numbers(given, "probability")
    if np.isnan(found).any():
        raise InvalidInput(f"{int(np.isnan(found).sum()):,} probabilities are missing.", "Leave these rows out.")
    if len(found) and not (found.min() >= 0 and found.max() <= 1):
        raise InvalidInput(
            f"probabilities are between 0 and 1, and these between {found.min():.6g} and {found.max():.6g}.",
            "Of a score s take 1 / (1 + exp(-s)).",
        )
    return found


def present_rows(truth: Coded) -> Any:
    """Return which rows have a truth, to index by.

    Raises
    ------
    InvalidInput
        None has.
    """
    if not truth.present:
        raise InvalidInput("no row has a truth.", "Wait until it is there, or see what can be told without.")
    return slice(None) if None not in truth.values else truth.codes != truth.values.index(None)


def named_columns(given: Any, alone: str) -> dict[str, Any]:
    """Return columns by name: those of a frame or a dictionary, or a single one.

    Parameters
    ----------
    given : frame, dictionary or sequence
        One or several columns.
    alone : str
        The name of a single column that has none.

    Raises
    ------
    InvalidInput
        Two columns have one name, or there is none at all.

    Examples
    --------
    >>> list(named_columns(["a", "b"], "group")), list(named_columns({"sex": [1], "age": [2]}, "group"))
    (['group'], ['sex', 'age'])
    """
    is_frame = isinstance(given, dict) or hasattr(given, "columns") or hasattr(given, "column_names")
    if not is_frame:
        name = getattr(given, "name", None)
        return {alone if name in (None, "") else str(name): given}
    found = columns_of(given)
    if not found:
        raise InvalidInput(f"there is no column of {alone}s.", "Give a frame with at least one column.")
    if isinstance(given, dict) or hasattr(given, "iloc"):
        return {str(name): given[name] for name in given}
    return found


def same_length(given: Mapping[str, Any]) -> int:
    """Return how many rows there are.

    Raises
    ------
    InvalidInput
        Two of the arrays differ in their length, or they are empty.

    Examples
    --------
    >>> same_length({"truth": [1, 0], "prediction": [1, 1]})
    2
    """
    for name, values in given.items():
        if isinstance(values, str) or not hasattr(values, "__len__"):
            raise InvalidInput(f"{name} is {type(values).__name__}, and no sequence.", "Give one value for each row.")
    lengths = {name: len(values) for name, values in given.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise InvalidInput(f"there is not one value for each row: {said}.", "Give arrays of one length.")
    rows = next(iter(lengths.values()))
    if not rows:
        raise InvalidInput("there are no rows.", "Give at least one.")
    return rows


def task_of(truth: Coded, said: Coded | None) -> Task:
    """Return whether labels or amounts were predicted, as the values look.

    Examples
    --------
    >>> task_of(coded([1, 0], "truth"), None), task_of(coded([1.5, 2], "truth"), None)
    ('classification', 'regression')
    """
    if truth.kind not in ("integer", "number"):
        return "classification"
    many = len(truth.present) > CLASSES
    return (
        "regression"
        if many or _fractions(truth) or (len(truth.present) > 2 and _fractions(said))
        else ("classification")
    )


def labels_of(truth: Coded, said: Coded) -> tuple[Any, ...]:
    """Return the labels of both, in order.

    Raises
    ------
    InvalidInput
        They cannot be compared, or what was said are no labels.
    """
    found = dict.fromkeys((*truth.present, *said.present))
    try:
        ordered = tuple(sorted(found))
    except TypeError as error:
        raise InvalidInput(
            f"truth holds {truth.kind} and prediction {said.kind}: they are not the same labels.", "Give both alike."
        ) from error
    if _fractions(said) and not _fractions(truth):
        raise InvalidInput("prediction holds fractions, and truth labels.", "Give labels, such as probability >= 0.5.")
    return ordered


def positive_of(labels: tuple[Any, ...], positive: Any) -> Any:
    """Return the label that counts as positive; the last of two where nothing is said.

    Raises
    ------
    InvalidInput
        It is not clear which one, or it does not occur.

    Examples
    --------
    >>> positive_of((0, 1), None), positive_of((0,), None), positive_of(("a", "b", "c"), "a")
    (1, 1, 'a')
    """
    known = [pair for pair in _PAIRS if pair.issuperset(labels)]
    if positive is not None:
        for label in (*labels, *(one for pair in known for one in pair)):
            if label == positive:
                return label  # as it is read here: a number of numpy is no JSON
        raise InvalidInput(f"no row is {positive!r}.", f"The labels are {', '.join(map(repr, labels))}.")
    if known:
        return 1
    if len(labels) == 2:
        return labels[-1]
    raise InvalidInput(
        f"there {'is 1 label' if len(labels) == 1 else f'are {len(labels)} labels'}: which one counts is not clear.",
        "Say it: --positive VALUE, in Python positive=…; or take metrics that need none, such as accuracy. "
        "Of amounts: task='regression'.",
    )


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _fractions(values: Coded | None) -> bool:
    return values is not None and values.kind == "number" and any(value != int(value) for value in _finite(values))


def _finite(values: Coded) -> list[Any]:
    return [value for value in values.present if abs(value) != float("inf")]


def plain_column(given: Any, name: str) -> Any:
    """Return values as an Arrow column.

    Raises
    ------
    InvalidInput
        They are of several types, or no single values.
    """
    import pyarrow as pa

    if getattr(given, "ndim", 1) == 2 and given.shape[1] == 1:
        given = given.iloc[:, 0] if hasattr(given, "iloc") else given[:, 0]
    if not isinstance(given, pa.Array | pa.ChunkedArray) and hasattr(given, "to_arrow"):
        given = given.to_arrow()
    found = columns_of({name: given})[name]
    if found is not None and isinstance(found.type, pa.BaseExtensionType) and hasattr(given, "astype"):
        found = columns_of({name: given.astype(str)})[name]  # such as pandas' periods and intervals
    if found is None or pa.types.is_nested(found.type):
        raise InvalidInput(
            f"the values of {name} are of several types, or no single values.",
            "Give one value for each row; as text: .astype(str)",
        )
    return found
