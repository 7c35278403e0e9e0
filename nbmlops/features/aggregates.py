"""What is computed over windows, read from words such as ``mean(dep_delay) as delay``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.features.records import FUNCTIONS, Aggregate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.features.records import Definition, Function

_CALL = re.compile(
    r"\s*(?P<function>\w+)\s*\(\s*(?P<column>\*|\"[^\"]+\"|\w+)\s*(?:,\s*(?P<number>\d{1,3})\s*)?\)"
    r"\s*(?:as\s+(?P<name>\w+)\s*)?",
    re.IGNORECASE,
)
_OTHER_NAMES = {"avg": "mean", "stddev": "std", "stddev_samp": "std", "n": "count"}
_EXAMPLE = 'Write "mean(dep_delay) as delay", "count(*) as flights" or "last(dep_delay, 3) as recent".'


class WindowFeature(NamedTuple):
    """One column that a window gives: its name, what is computed, over how long, and which of the last values."""

    name: str
    aggregate: Aggregate
    window: str
    place: int = 1


def parse_aggregate(words: str) -> Aggregate:
    """Return what some words compute.

    Raises
    ------
    InvalidInput
        They cannot be read, or name no function that is known.

    Examples
    --------
    >>> parse_aggregate("mean(dep_delay) as delay")
    Aggregate(function='mean', column='dep_delay', name='delay', number=1)
    >>> parse_aggregate("count(*)").name, parse_aggregate("max(gust)").name
    ('count', 'gust_max')
    """
    found = _CALL.fullmatch(words)
    if found is None:
        raise InvalidInput(f"the aggregate {words!r} cannot be read.", _EXAMPLE)
    said = found["function"].lower()
    word = _OTHER_NAMES.get(said, said)
    function: Function | None = next((name for name in FUNCTIONS if name == word), None)
    if function is None:
        raise InvalidInput(f"no aggregate is called {said!r}.", did_you_mean(said, FUNCTIONS, ", ".join(FUNCTIONS)))
    column = "" if found["column"] == "*" else found["column"].strip('"')
    number = int(found["number"] or 1)
    if not column and function != "count":
        raise InvalidInput(f"{function} wants a column.", _EXAMPLE)
    if (found["number"] and function != "last") or number < 1:
        raise InvalidInput(f"{words!r}: only last takes a number, of one or more.", _EXAMPLE)
    return Aggregate(function, column, found["name"] or (f"{column}_{function}" if column else function), number)


def window_features(definition: Definition) -> list[WindowFeature]:
    """Return the columns that a view's windows give, in order: each aggregate over each window.

    The column of ``last`` with a number has a place at its end, 1 for the newest.
    """
    found = []
    for aggregate in definition.aggregates:
        for window in definition.windows:
            for place in range(1, aggregate.number + 1):
                end = f"_{place}" if aggregate.number > 1 else ""
                found.append(WindowFeature(f"{aggregate.name}_{window}{end}", aggregate, window, place))
    return found


def check_names(names: Iterable[str], what: str) -> None:
    """Raise where two columns would have one name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidInput(f"two {what} are called {name!r}.", "Name them apart: mean(x) as one, max(x) as other")
        seen.add(name)
