"""All executions of a notebook's cells, what each did, and the slice of them that one depends on."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbmlops.capture.slicing.backward import Touched, slice_of
from nbmlops.capture.slicing.before import Before
from nbmlops.capture.slicing.changes import After
from nbmlops.capture.slicing.files import FileUse, FileWatch, paths_in
from nbmlops.capture.slicing.hidden import cell_name, hidden_state
from nbmlops.capture.slicing.safe_files import SafeFiles
from nbmlops.capture.slicing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.capture.cells import ExecutedCell


MAX_PROBLEMS = 20


class History:
    """Follows the cells of one notebook.

    Parameters
    ----------
    namespace : dict
        The notebook's globals.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> names = {"__name__": "__main__"}
    >>> history = History(names)
    >>> for code in ("a = [1]", "b = 2", "c = a", "c.append(3)", "d = a[1]"):
    ...     cell = ExecutedCell(code, code)
    ...     history.before(cell)
    ...     exec(code, names)
    ...     history.after(cell)
    >>> [cell.code for cell in history.slice_of(cell)]
    ['a = [1]', 'c = a', 'c.append(3)', 'd = a[1]']
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.cells: list[ExecutedCell] = []
        self.problems: list[Exception] = []
        """Defects of ours that did not reach the user: then the text alone had to do."""
        self._traces: list[Trace] = []
        self._touched = Touched()
        self._newest: dict[str, ExecutedCell] = {}
        self._known: set[str] = set()
        self._modules: set[str] = set()
        self._before: Before | None = None
        self._watch = FileWatch()
        self.safe = SafeFiles(self.cells, self._watch)
        self._watch.before_loss = self.safe.before_loss

    def before(self, cell: ExecutedCell) -> None:
        """Note what a cell starts from."""
        self._before = None
        if cell.is_only_own_magics:
            return
        try:
            self._before = Before(cell, self.namespace, self._known, self._modules, self._watch)
        except Exception as problem:  # noqa: BLE001 - whatever the namespace holds, the user's cell must run
            self._note(problem)

    def after(self, cell: ExecutedCell) -> None:
        """Note what a cell did; also of one that failed or was stopped."""
        before, self._before = self._before, None
        if cell.is_only_own_magics:
            cell.trace = Trace()
        else:
            try:
                if before is not None and before.cell is cell:
                    after = After(before)
                    cell.files = after.use  # known, whatever becomes of the rest
                    cell.trace = after.trace()
                else:
                    cell.trace = _by_text(cell)
            except Exception as problem:  # noqa: BLE001 - then the text must do
                self._note(problem)
                cell.trace = _by_text(cell)
            if cell.early:
                cell.trace = _both(cell.trace, _by_text(cell))
        self._append(cell, cell.trace)

    def took_place(self, cell: ExecutedCell) -> None:
        """Add a cell that ran before anybody looked on; its text tells what it did, and which files it names."""
        cell.early, cell.trace = True, _by_text(cell)
        cell.files = FileUse()
        for text in paths_in(cell.effects.texts, cell.effects.shells):
            path = self._watch.resolve(text) if "." in text or "/" in text else None
            if path is not None and os.path.isfile(path):  # noqa: PTH113 - text paths, as everywhere in here
                cell.files.read(path, "named")
        self._append(cell, cell.trace)

    def _append(self, cell: ExecutedCell, trace: Trace) -> None:
        self._learn(trace)
        self.cells.append(cell)
        self._traces.append(trace)
        self._touched.add(trace)
        if cell.cell_id is not None:
            self._newest[cell.cell_id] = cell

    def _note(self, problem: Exception) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem.with_traceback(None))  # its frames would keep the user's objects alive

    def _learn(self, trace: Trace) -> None:
        """Remember settings and files that were changed, generators that were seeded, and names that were deleted."""
        states = {name for name in trace.bound if ":" in name}
        modules = {name for name in states if name.startswith("mod:")}
        self._known |= states - modules
        self._modules |= modules  # a thousand after an import: kept apart, since few cells ask for them
        self._known |= {name for name in trace.changed if ":" in name and not name.startswith("rng:")}
        self._known |= trace.deleted

    def slice_of(self, cell: ExecutedCell) -> list[ExecutedCell]:
        """Return the executions that one depends on, in order, itself last."""
        position = next((i for i in range(len(self.cells) - 1, -1, -1) if self.cells[i] is cell), None)
        if position is None:
            return [cell]
        return [self.cells[index] for index in slice_of(self._traces, position, self._touched)]

    def warnings_for(self, found: Sequence[ExecutedCell]) -> list[str]:
        """Return what a run should say of hidden state that it depends on, by its slice."""
        unseen = [one for one in found if one.early and one.generators is None]
        words = [
            f"{cell_name(one)} ran before nbmlops was loaded: its text was taken, not what it did" for one in unseen
        ]
        return [*words, *hidden_state(found, self._newest)]

    def changed_since(self, cell: ExecutedCell) -> list[str]:
        """Return names that an execution read and whose objects later ones changed in place."""
        position = next((i for i in range(len(self.cells) - 1, -1, -1) if self.cells[i] is cell), len(self.cells))
        watched = {name for name in (cell.trace or Trace()).reads if ":" not in name}
        found: set[str] = set()
        for later in self.cells[position + 1 :]:
            trace = later.trace or Trace()
            found |= watched & trace.changed
            watched -= trace.bound | trace.deleted
        return sorted(found)


def _both(one: Trace, other: Trace) -> Trace:
    """Return everything that one of two traces of a cell has."""
    return replace(
        one,
        reads=one.reads | other.reads,
        bound=one.bound | other.bound,
        maybe=one.maybe | other.maybe,
        changed=one.changed | other.changed,
    )


def _by_text(cell: ExecutedCell) -> Trace:
    """Return what the text says a cell does, where nothing else is known."""
    effects = cell.effects
    return Trace(
        reads=effects.inputs | effects.unsure,
        bound=frozenset() if cell.failed else frozenset(effects.surely),
        maybe=effects.writes,
        changed=frozenset(effects.uses),
    )
