"""Conditions on one column: equal to a value, at least or below an edge, between two edges, missing.

A column is cut into atoms, of which each of its conditions is a union; so what a condition covers is summed up from
what its atoms cover, however many conditions there are.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.vectors import coded, numbers, plain_column
from nbmlops.validation.columns import kind_of, missing_in

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Condition:
    """A condition on a column, in words and in values: ``least`` ≤ value < ``below``, or equal to ``equals``.

    All three are None where it is that the value is missing.
    """

    column: str
    words: str
    least: Any = None
    below: Any = None
    equals: Any = None


@dataclass(frozen=True)
class Atoms:
    """A column cut into atoms: the atom of each row, and for each condition the atoms that fulfil it."""

    codes: Any
    conditions: tuple[Condition, ...]
    members: Any


def atoms_of(name: str, values: Any, bins: int, top: int) -> Atoms:
    """Return a column cut into atoms, and the conditions that can be made of them.

    Parameters
    ----------
    name : str
        The column.
    values : sequence
        Its values: numbers and times are cut at quantiles, unless they have few values; of others the most frequent
        ones count.
    bins : int
        Into how many parts numbers are cut.
    top : int
        Of how many of the most frequent values there are conditions.

    Examples
    --------
    >>> [one.words for one in atoms_of("origin", ["EWR", None, "EWR", "JFK"], 8, 1).conditions]
    ['origin = EWR', 'origin is missing']
    >>> [one.words for one in atoms_of("hour", [5, 6, 18], 8, 20).conditions]
    ['hour = 5', 'hour = 6', 'hour = 18', 'hour < 6', 'hour ≥ 6', 'hour < 18', 'hour ≥ 18']
    """
    kind = kind_of(plain_column(values, name))
    if kind in ("integer", "number"):
        return _ordered(name, numbers(values, name, infinite=True), bins, _number)
    if kind in ("time", "duration"):
        found, show = ticks(plain_column(values, name))
        return _ordered(name, found, bins, show)
    return _unordered(name, values, top)


def _unordered(name: str, values: Any, top: int) -> Atoms:
    import numpy as np

    found = coded(values, name)
    counts = np.bincount(found.codes, minlength=len(found.values))
    frequent = [int(at) for at in np.argsort(-counts, kind="stable") if found.values[at] is not None][:top]
    conditions = [Condition(name, f"{name} = {found.values[at]}", equals=_plain(found.values[at])) for at in frequent]
    atoms = np.array(frequent, dtype=np.int64)
    if None in found.values:
        conditions.append(Condition(name, f"{name} is missing"))
        atoms = np.append(atoms, found.values.index(None))
    return Atoms(found.codes, tuple(conditions), np.arange(len(found.values)) == atoms[:, None])


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    return value if isinstance(value, str | bool | int | float) else str(value)


def _ordered(name: str, values: Any, bins: int, show: Callable[[float], Any]) -> Atoms:
    import numpy as np

    missing = np.isnan(values)
    there = np.unique(values[~missing])
    few = len(there) <= 2 * bins
    if few:
        edges = there[1:]
    else:
        finite = values[np.isfinite(values)]
        cuts = np.quantile(finite, np.arange(1, bins) / bins, method="inverted_cdf")
        edges = np.unique(_rounded(cuts, float(np.ptp(finite))) if show is _number else cuts)
        edges = edges[(edges > there[0]) & (edges <= there[-1])]
    codes = np.where(missing, len(edges) + 1, np.searchsorted(edges, values, side="right"))
    places = np.arange(len(edges) + 2)
    conditions, members = [], []
    shown = [show(float(edge)) for edge in edges]
    if few:
        for at, value in enumerate(show(float(one)) for one in there):
            conditions.append(Condition(name, f"{name} = {value}", equals=value))
            members.append(places == at)
    for at, edge in enumerate(shown, start=1):
        conditions.append(Condition(name, f"{name} < {edge}", below=edge))
        members.append(places < at)
        conditions.append(Condition(name, f"{name} ≥ {edge}", least=edge))
        members.append((places >= at) & (places <= len(edges)))
    if not few:
        for at, (low, high) in enumerate(itertools.pairwise(shown), start=1):
            conditions.append(Condition(name, f"{low} ≤ {name} < {high}", least=low, below=high))
            members.append(places == at)
    if missing.any():
        conditions.append(Condition(name, f"{name} is missing"))
        members.append(places == len(edges) + 1)
    return Atoms(codes, tuple(conditions), np.array(members, dtype=bool).reshape(len(members), len(places)))


def _rounded(edges: Any, spread: float) -> Any:
    """Return edges with the digits that tell them apart, so that the words say exactly what is meant."""
    import numpy as np

    return np.round(edges, 2 - math.floor(math.log10(spread)))


def _number(value: float) -> Any:
    return int(value) if value.is_integer() else float(f"{value:.12g}")


def ticks(column: Any) -> tuple[Any, Callable[[float], Any]]:
    """Return times as numbers, what is missing as not a number, and what shows a number as a time again.

    Parameters
    ----------
    column : Arrow column
        Of times or durations.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    whole = pa.int32() if pa.types.is_date32(kind) else pa.int64()
    found = np.array(pc.fill_null(column.cast(whole), 0).to_numpy(), dtype=float)
    found[missing_in(column).to_numpy()] = np.nan
    return found, lambda tick: str(pa.scalar(int(tick), type=whole).cast(kind))
