"""What one execution of a cell did, as the slice needs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """The effects of one execution.

    Beside names of the notebook there are names of other states, such as ``file:/tmp/x.csv`` or ``env:MODE``: no name
    of Python holds a colon. ``bound`` are names that have a new value after the cell whatever they held before;
    ``maybe`` may have been bound to the value that they hold; ``changed`` are names whose object was changed in place,
    or that reach such an object; ``reads`` are what the cell took from outside. ``shifts`` says that the cell showed a
    value, so that ``_`` became ``__``.
    """

    reads: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    maybe: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    shifts: bool = False
