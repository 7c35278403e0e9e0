"""What one execution of a cell did, as the slice needs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


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

    @cached_property
    def touched(self) -> frozenset[str]:
        """Every name that is another after the cell, or may be: what the cell reads alone is not in it."""
        return self.bound | self.maybe | self.deleted | self.changed
