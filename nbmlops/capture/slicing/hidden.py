"""Hidden state: what a slice says of the notebook as it is saved, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.capture.cells import ExecutedCell

END = "the notebook as saved cannot give this result"


def hidden_state(slice_cells: Sequence[ExecutedCell], newest: Mapping[str, ExecutedCell]) -> list[str]:
    """Return a sentence for each way in which a run depends on more than the cells as they stand.

    ``newest`` are the last executions by the cell's id.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> old = ExecutedCell("x = 1", "x = 1", 1, "a")
    >>> new = ExecutedCell("x = 2", "x = 2", 3, "a")
    >>> hidden_state([old], {"a": new})
    ['hidden state: cell [1] was edited since it ran; the notebook as saved cannot give this result']
    """
    warnings = []
    counts: dict[str, int] = {}
    for cell in slice_cells:
        if cell.cell_id is None:
            continue
        counts[cell.cell_id] = counts.get(cell.cell_id, 0) + 1
        if newest.get(cell.cell_id, cell).code != cell.code:
            warnings.append(f"hidden state: {cell_name(cell)} was edited since it ran; {END}")
    for cell_id, count in counts.items():
        last = [cell for cell in slice_cells if cell.cell_id == cell_id][-1]
        if count > 1 and newest[cell_id].code == last.code:
            warnings.append(f"hidden state: {cell_name(last)} ran {count} times; {END}")
    failed = [cell for cell in slice_cells[:-1] if cell.failed]
    warnings += [f"hidden state: {cell_name(cell)} failed, and what it did before counts" for cell in failed]
    return list(dict.fromkeys(warnings))


def cell_name(cell: ExecutedCell) -> str:
    """Return what a warning calls a cell."""
    return f"cell [{cell.execution_count}]" if cell.execution_count is not None else "a cell"
