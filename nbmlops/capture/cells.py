"""The executed cells of a notebook, in memory only."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import Effects, effects_of, is_only_own_magics

if TYPE_CHECKING:
    from nbmlops.capture.randomness import Generators
    from nbmlops.capture.slicing.files import FileUse
    from nbmlops.capture.slicing.trace import Trace


@dataclass(eq=False)
class ExecutedCell:
    """One execution of a cell. ``code`` is what the user wrote, ``transformed`` the Python that ran."""

    code: str
    transformed: str
    execution_count: int | None = None
    cell_id: str | None = None
    generators: Generators | None = None
    duration_s: float | None = None
    failed: bool = False
    scalars_before: dict[str, int] = field(default_factory=dict)
    started_at: str = ""
    seeded: bool = False
    """Whether tracking seeded the generators before the cell ran."""
    early: bool = False
    """Whether it began before nbmlops was loaded: then its text tells what was not seen of it."""
    trace: Trace | None = None
    """What the execution did, once it has ended."""
    files: FileUse | None = None
    """What files it read and wrote."""

    @property
    def effects(self) -> Effects:
        """What the cell's text reads and writes."""
        return effects_of(self.transformed)

    @property
    def is_only_own_magics(self) -> bool:
        """Whether the cell does nothing but ask nbmlops something, such as ``%runs``."""
        return is_only_own_magics(self.transformed)


def changed_names(cell: ExecutedCell) -> frozenset[str]:
    """Return the names that an execution bound or whose objects it changed, other states left out."""
    if cell.trace is None:
        return frozenset(cell.effects.writes)
    surely = cell.trace.maybe.intersection(cell.effects.surely)
    return frozenset(name for name in cell.trace.bound | cell.trace.changed | surely if ":" not in name)


def reached_names(cell: ExecutedCell, namespace: dict[str, Any]) -> list[str]:
    """Return the names that a cell reads, directly or through the functions of the notebook that it calls."""
    names: dict[str, None] = dict.fromkeys(sorted(cell.effects.inputs | cell.effects.unsure))
    waiting = list(names)
    while waiting:
        value = namespace.get(waiting.pop())
        # exact type: asking a stranger's object for an attribute may run its code
        if type(value) is not FunctionType or value.__globals__ is not namespace:
            continue
        for name in _global_names(value.__code__):
            if name in namespace and name not in names:
                names[name] = None
                waiting.append(name)
    return [name for name in names if name in namespace]


def _global_names(code: Any) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names |= _global_names(constant)
    return names
