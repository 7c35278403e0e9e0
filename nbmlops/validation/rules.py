"""What is expected of data, column by column: read off a reference, or written by hand.

Rules are a dictionary that JSON can hold: ``{"dep_delay": {"type": "number", "min": -60, "nulls": 0.1}}``. Those that
are read off a reference are guesses, and broken by a few rows they only warn; those that are written are meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.validation.columns import kind_of, missing_in, present

CATEGORIES = 100
"""A column of more values than this has no categories."""
WORDS = ("type", "nulls", "min", "max", "values", "unique", "required")
KINDS = ("integer", "number", "boolean", "text", "time", "duration")


@dataclass(frozen=True)
class Rule:
    """What is expected of one column; None is said of nothing. ``guessed`` are the words read off a reference."""

    type: str | None = None
    nulls: float | None = None
    min: Any = None
    max: Any = None
    values: tuple[Any, ...] | None = None
    unique: bool = False
    required: bool = True
    guessed: frozenset[str] = frozenset()


def rules_from(columns: Mapping[str, Any], null_share: float, margin: float) -> dict[str, Rule]:
    """Return the rules that a reference keeps to.

    Parameters
    ----------
    columns : mapping
        Its columns, as Arrow has them.
    null_share : float
        How much larger than here the share of missing values may be.
    margin : float
        How far numbers may go beyond the smallest and largest here, as a share of the span between them.
    """
    return {name: _rule_from(values, null_share, margin) for name, values in columns.items()}


def read_rules(rules: Mapping[str, Any]) -> dict[str, Rule]:
    """Return rules that were written by hand.

    Raises
    ------
    InvalidInput
        A word or a value means nothing.

    Examples
    --------
    >>> read_rules({"month": {"type": "integer", "min": 1, "max": 12}})["month"].max
    12
    """
    found = {}
    for name, rule in rules.items():
        if not isinstance(rule, dict):
            raise InvalidInput(f"the rule of {name!r} is no dictionary.", '{"month": {"min": 1, "max": 12}}')
        for word in rule:
            if word not in WORDS:
                raise InvalidInput(f"{word!r} of {name!r} is no rule.", did_you_mean(word, WORDS, ", ".join(WORDS)))
        if rule.get("type") not in (None, *KINDS):
            raise InvalidInput(f"{rule['type']!r} of {name!r} is no type.", f"It is one of {', '.join(KINDS)}.")
        _check(str(name), rule)
        values = rule.get("values")
        found[str(name)] = Rule(**{**rule, "values": tuple(values) if values is not None else None})
    return found


def _check(name: str, rule: Mapping[str, Any]) -> None:
    """Check the values of a rule: a text is no list of values, and words such as "no" are neither true nor false."""
    nulls, values = rule.get("nulls"), rule.get("values")
    is_share = isinstance(nulls, Real) and not isinstance(nulls, bool) and 0 <= float(nulls) <= 1
    if nulls is not None and not is_share:
        raise InvalidInput(f"nulls of {name!r} cannot be {nulls!r}.", 'A share from 0 to 1: {"nulls": 0.05}')
    is_list = isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)
    if values is not None and not is_list:
        raise InvalidInput(f"values of {name!r} cannot be {values!r}.", 'A list: {"values": ["EWR", "JFK"]}')
    for word in ("unique", "required"):
        if not isinstance(rule.get(word, False), bool):
            raise InvalidInput(f"{word} of {name!r} cannot be {rule[word]!r}.", f'{{"{word}": true}}')


def _rule_from(values: Any, null_share: float, margin: float) -> Rule:
    import pyarrow.compute as pc

    kind = kind_of(values)
    if values is None or kind == "null":
        return Rule(guessed=frozenset(WORDS))
    rows = len(values)
    missing = pc.sum(missing_in(values)).as_py() or 0
    there = present(values)
    nulls = min(1.0, missing / rows + null_share) if rows else None
    least = most = categories = None
    if kind in ("integer", "number") and len(there):
        least, most = (float(end) for end in pc.min_max(there).as_py().values())
        room = (most - least) * margin
        least, most = least - room, most + room
    if kind in ("text", "boolean") and len(there):
        distinct = pc.unique(there)
        if len(distinct) <= min(CATEGORIES, max(2, len(there) // 2)):
            categories = tuple(distinct.to_pylist())
    return Rule(kind, nulls, least, most, categories, guessed=frozenset(WORDS))
