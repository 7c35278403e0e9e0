"""The cells of a notebook that differ from the base: code and text, not outputs, counts and ids."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from nbmlops.integration.records import CellChange

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = 2
MAX_LINES = 200
"""Lines of one cell's diff that are shown."""

_Cells = list[tuple[str, str]]


def cell_changes(notebook: str, before: str | None, now: str | None) -> list[CellChange]:
    """Return what differs between two texts of a notebook's file, cell by cell.

    Parameters
    ----------
    notebook : str
        Its path.
    before, now : str or None
        The file in the base and now; None where there is none.

    Examples
    --------
    >>> def file(*codes):
    ...     return json.dumps({"cells": [{"cell_type": "code", "source": code} for code in codes]})
    >>> [change] = cell_changes("train.ipynb", file("a = 1", "depth = 3"), file("a = 1", "depth = 6"))
    >>> change.cell, change.change
    (2, 'changed')
    >>> print(change.diff)
    -depth = 3
    +depth = 6
    """
    old, new = _cells(before), _cells(now)
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += list(_changes(notebook, old, new, (i1, i2), (j1, j2)))
    return found


def _changes(
    notebook: str, old: _Cells, new: _Cells, olds: tuple[int, int], news: tuple[int, int]
) -> Iterator[CellChange]:
    """Pair the cells of a stretch that differs: in their order, as many as both sides have."""
    (i, i2), (j, j2) = olds, news
    while i < i2 or j < j2:
        if i < i2 and j < j2 and (old[i][0] == new[j][0] or (i2 - i == 1 and j2 - j == 1)):
            yield CellChange(notebook, j + 1, "changed", new[j][0], _diff(old[i][1], new[j][1]))
            i, j = i + 1, j + 1
        elif j < j2 and (i >= i2 or j2 - j >= i2 - i):
            yield CellChange(notebook, j + 1, "added", new[j][0], _diff("", new[j][1]))
            j += 1
        else:
            yield CellChange(notebook, i + 1, "removed", old[i][0], _diff(old[i][1], ""))
            i += 1


def _diff(before: str, now: str) -> str:
    whole = difflib.unified_diff(before.splitlines(), now.splitlines(), n=CONTEXT, lineterm="")
    lines = [line for line in list(whole)[2:] if not line.startswith("@@")]  # without the names of files, and places
    if len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… {len(lines) - MAX_LINES} more lines"]
    return "\n".join(lines)


def _cells(text: str | None) -> _Cells:
    """Return kind and source of each cell; nothing of a file that is no notebook."""
    try:
        notebook: Any = json.loads(text or "{}")
        cells = notebook.get("cells", [])
        return [(str(cell.get("cell_type", "code")), _joined(cell.get("source", ""))) for cell in cells]
    except (json.JSONDecodeError, AttributeError, TypeError):
        return []


def _joined(source: Any) -> str:
    """Return a cell's text; halves of signs, which JSON can hold and no file can, as question marks."""
    text = "".join(source) if isinstance(source, list) else str(source)
    return text.encode("utf-8", "replace").decode()
