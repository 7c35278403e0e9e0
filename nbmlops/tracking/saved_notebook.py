"""The notebook as its file has it: which cells, in which order. Read in the background, since it may be large."""

from __future__ import annotations

import datetime
import itertools
import json
import os
from typing import TYPE_CHECKING

from nbmlops.capture.slicing.hidden import END, cell_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.capture.cells import ExecutedCell


class SavedNotebook:
    """Says what a slice has that the notebook's file, read from top to bottom, would not give.

    A front end saves now and then: what is newer than the file is not judged by it.

    Examples
    --------
    >>> import tempfile
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> with tempfile.NamedTemporaryFile("w", suffix=".ipynb") as file:
    ...     _ = file.write('{"cells": [{"id": "a"}, {"id": "b"}]}')
    ...     file.flush()
    ...     saved = SavedNotebook(file.name)
    ...     saved.refresh()
    >>> early = "2000-01-01T00:00:00+00:00"
    >>> below, above = (ExecutedCell("", "", n, name, started_at=early) for n, name in ((3, "b"), (4, "a")))
    >>> saved.warnings([below, above])
    ['hidden state: cell [3] stands below cell [4] but ran before it; the notebook as saved cannot give this result']
    >>> saved.warnings([ExecutedCell("", "", 1, "c", started_at=early), above])
    ['hidden state: cell [1] was deleted since it ran; the notebook as saved cannot give this result']
    """

    def __init__(self, path: str | None) -> None:
        self._path = path if path and os.path.isabs(path) else None  # noqa: PTH117 - as the front end gives it
        self._places: dict[str, int] = {}
        self._stamp: tuple[int, int] | None = None

    @property
    def has_file(self) -> bool:
        """Whether the front end has said where the file is."""
        return self._path is not None

    def refresh(self) -> None:
        """Read the file again where it has changed; one that cannot be read is as if it were not there."""
        if self._path is None:
            return
        try:
            found = os.stat(self._path)  # noqa: PTH116
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            with open(self._path, encoding="utf-8") as file:  # noqa: PTH123
                cells = json.load(file)["cells"]
            self._places = {cell["id"]: place for place, cell in enumerate(cells) if "id" in cell}
            self._stamp = stamp
        except (OSError, ValueError, KeyError, TypeError):
            self._places, self._stamp = {}, None

    def warnings(self, slice_cells: Sequence[ExecutedCell]) -> list[str]:
        """Return a sentence for each cell of a slice that was deleted, and for the first that stands out of order."""
        if self._stamp is None or not self._places:
            return []
        deleted = [
            f"hidden state: {cell_name(cell)} was deleted since it ran; {END}"
            for cell in slice_cells[:-1]
            if cell.cell_id is not None and cell.cell_id not in self._places and self._is_newer_than(cell)
        ]
        placed = [(self._places[cell.cell_id], cell) for cell in slice_cells if cell.cell_id in self._places]
        for (place, cell), (next_place, later) in itertools.pairwise(placed):
            if place > next_place:
                words = f"{cell_name(cell)} stands below {cell_name(later)} but ran before it"
                return [*deleted, f"hidden state: {words}; {END}"]
        return deleted

    def _is_newer_than(self, cell: ExecutedCell) -> bool:
        """Tell whether the file was written after a cell had begun."""
        if self._stamp is None or not cell.started_at:
            return False
        return self._stamp[0] / 1e9 > datetime.datetime.fromisoformat(cell.started_at).timestamp()
