"""What looking into an object gives: its own state, and the objects it holds.

A state is bytes, a tuple of simple values or a weak reference, compared before and after a cell. It never holds data.
"""

from __future__ import annotations

import marshal
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterable

ATOMS = frozenset({int, float, complex, str, bytes, bool, type(None), type(Ellipsis)})
"""Types that are compared by value."""

MAX_ITEMS = 200_000


class Seen(NamedTuple):
    """What looking into an object gave. ``known`` is False where its state could not be told."""

    state: Any
    children: Iterable[Any] = ()
    known: bool = True
    functions: tuple[types.FunctionType, ...] = ()
    methods: tuple[tuple[str, Any], ...] = ()


class Leaf(NamedTuple):
    """Data whose content is hashed when time is left. ``memory`` are ids of the memory that it shows."""

    value: Any
    memory: tuple[int, ...]
    size: int
    content: Callable[[Any], Any]
    children: tuple[Any, ...] = ()
    copies: bool = False
    """Whether others that show the same memory keep their content when this one is written (pandas' copy on write)."""


UNKNOWN = Seen(None, (), known=False)


def items_state(values: Iterable[Any]) -> tuple[bytes, list[Any]]:
    """Return bytes that tell values (atoms by value, others by identity), and the others."""
    others: list[Any] = []
    parts: list[Any] = []
    for value in values:
        kind = type(value)
        if kind in ATOMS:
            parts.append(value)
        elif kind in _numbers:
            parts.append((kind.__name__, value.tobytes()))
        else:
            parts.append((id(value),))
            others.append(value)
    return marshal.dumps(parts, 2), others


_numbers: set[type] = set()


def is_number(value: Any) -> bool:
    """Tell whether a value is a scalar of NumPy's."""
    return type(value) in _numbers


def learn_numbers() -> None:
    """Take NumPy's scalars among the atoms, once it is imported."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and not _numbers and hasattr(numpy, "sctypeDict"):
        _numbers.update(kind for kind in numpy.sctypeDict.values() if kind is not numpy.object_)
