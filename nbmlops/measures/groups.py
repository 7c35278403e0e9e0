"""Which group each row is of: columns as one joint code, from which any of their combinations is summed up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.vectors import MISSING, coded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NUMBERS = 50
"""A column of numbers of more values than this is no column of groups."""
VALUES = 1000
"""A column of anything of more values than this is an identifier."""
CELLS = 1_000_000
"""So many combinations are counted in one array, whether they occur or not."""


@dataclass(frozen=True)
class Joint:
    """The cell of each row: a combination of the values of all columns.

    ``levels`` are the values of each column as text; ``cells`` holds, for each cell, the place of its value in each
    column.
    """

    columns: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    codes: Any
    cells: Any


@dataclass(frozen=True)
class Combined:
    """Groups by some of the columns: ``places`` holds the group of each cell, ``values`` the values of each group."""

    columns: tuple[str, ...]
    places: Any
    values: tuple[dict[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the groups are called."""
        return tuple(", ".join(f"{column} = {value}" for column, value in one.items()) for one in self.values)


def joint_of(columns: Mapping[str, Any], keep: Any, numbers: int = NUMBERS) -> Joint:
    """Return the cell of each row.

    Parameters
    ----------
    columns : mapping
        Sequences of one length by name.
    keep : slice or array of bool
        The rows that count.
    numbers : int
        A column of numbers of more values than this has to be put in bins first.

    Raises
    ------
    InvalidInput
        A column has too many values to be one of groups.

    Examples
    --------
    >>> found = joint_of({"sex": ["f", "m", "f"], "old": [True, None, True]}, slice(None))
    >>> found.levels, found.codes.tolist()
    ((('f', 'm'), ('True', 'missing')), [0, 1, 0])
    """
    import numpy as np

    levels, joint, places = [], None, np.zeros((1, 0), dtype=np.int64)
    for name, values in columns.items():
        codes, texts = _levels(name, values, numbers)
        levels.append(texts)
        codes = codes[keep]
        wide = codes if joint is None else joint * len(texts) + codes
        size = len(places) * len(texts)
        places = np.column_stack([np.repeat(places, len(texts), axis=0), np.tile(np.arange(len(texts)), len(places))])
        if size > CELLS:
            there, wide = np.unique(wide, return_inverse=True)
        else:
            there = np.flatnonzero(np.bincount(wide, minlength=size))
            wide = np.searchsorted(there, wide) if size > len(there) else wide
        joint, places = wide, places[there]
    return Joint(tuple(columns), tuple(levels), joint, places)


def combined(joint: Joint, depth: int) -> Iterator[Combined]:
    """Yield the groups by each column alone, then by two of them, and so on.

    Examples
    --------
    >>> joint = joint_of({"sex": ["f", "m", "f"], "old": [True, None, True]}, slice(None))
    >>> [one.names for one in combined(joint, 2)][-1]
    ('sex = f, old = True', 'sex = m, old = missing')
    """
    import numpy as np

    every = range(len(joint.columns))
    for many in range(1, min(depth, len(joint.columns)) + 1):
        for chosen in combinations(every, many):
            found, places = np.unique(joint.cells[:, list(chosen)], axis=0, return_inverse=True)
            values = tuple(
                {joint.columns[at]: joint.levels[at][level] for at, level in zip(chosen, row, strict=True)}
                for row in found.tolist()
            )
            yield Combined(tuple(joint.columns[at] for at in chosen), places.reshape(-1), values)


def _levels(name: str, values: Any, numbers: int) -> tuple[Any, tuple[str, ...]]:
    """Return the place of each row's value, and the values as text in order, what is missing last."""
    import numpy as np

    found = coded(values, name)
    many = len(found.present)
    if many > (numbers if found.kind in ("integer", "number", "duration") else VALUES):
        hint = (
            f"Put them in bins: pandas.qcut(frame[{name!r}], 4)."
            if found.kind in ("integer", "number", "duration", "time")
            else "Is it an identifier? Take a column of fewer values."
        )
        raise InvalidInput(f"{name!r} has {many:,} values: too many for groups.", hint)
    order = sorted((value for value in found.present), key=lambda value: (str(type(value)), value))
    texts = tuple(dict.fromkeys([*map(str, order), *([MISSING] if None in found.values else [])]))
    at = {text: place for place, text in enumerate(texts)}
    target = np.array([at[MISSING if value is None else str(value)] for value in found.values], dtype=np.int64)
    return target[found.codes], texts
