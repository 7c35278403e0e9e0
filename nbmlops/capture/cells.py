"""The executed cells of a notebook, in memory only, and the slice of them that one cell depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import Effects, effects_of, is_only_own_magics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.capture.randomness import Generators


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

    @property
    def effects(self) -> Effects:
        """What the cell's text reads and writes."""
        return effects_of(self.transformed)

    @property
    def is_only_own_magics(self) -> bool:
        """Whether the cell does nothing but ask nbmlops something, such as ``%runs``."""
        return is_only_own_magics(self.transformed)


def naive_slice(cells: Sequence[ExecutedCell], cell: ExecutedCell) -> list[ExecutedCell]:
    """Return every executed cell that ``cell`` reaches by names, in order of execution, ``cell`` itself last.

    Walks backward: a cell that writes, or may change in place, a name that is needed so far is in, and what it reads
    is needed too. When in doubt a cell stays in.

    Examples
    --------
    >>> cells = [ExecutedCell(code, code) for code in ("a = 1", "b = 2", "c = a + 1", "print(c)")]
    >>> [cell.code for cell in naive_slice(cells, cells[-1])]
    ['a = 1', 'c = a + 1', 'print(c)']
    """
    needed = set(cell.effects.inputs)
    taken: list[ExecutedCell] = []
    earlier = list(cells)
    if cell in earlier:
        earlier = earlier[: _position(earlier, cell)]
    for candidate in reversed(earlier):
        effects = candidate.effects
        if needed & (effects.writes | effects.mutates):
            taken.append(candidate)
            needed |= effects.inputs | (effects.mutates & needed)
    return [*reversed(taken), cell]


def reached_names(cell: ExecutedCell, namespace: dict[str, Any]) -> list[str]:
    """Return the names that a cell reads, directly or through the functions of the notebook that it calls."""
    names: dict[str, None] = dict.fromkeys(sorted(cell.effects.inputs))
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


def _position(cells: Sequence[ExecutedCell], cell: ExecutedCell) -> int:
    return next(index for index in range(len(cells) - 1, -1, -1) if cells[index] is cell)
