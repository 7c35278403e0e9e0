"""What can still be said of a cell that ran a while ago: what later cells have not bound anew or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.capture.cells import changed_names
from nbmlops.capture.params import as_scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.slicing.history import History


@dataclass(frozen=True)
class Remains:
    """A cell after the fact: ``names`` that still hold what it left, ``namespace`` as it was then, ``warnings``."""

    names: frozenset[str]
    namespace: dict[str, Any]
    warnings: tuple[str, ...]


def scalars_of(cell: ExecutedCell, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scalars that a cell left, by name: few and small, so that they can be kept for every cell."""
    names = changed_names(cell)
    return {name: namespace[name] for name in names if name in namespace and as_scalar(namespace[name])[0]}


def what_remains(
    cell: ExecutedCell, scalars: Mapping[str, Any], history: History, namespace: dict[str, Any]
) -> Remains:
    """Return what is still known of a cell, with a word for each input that is not what it was.

    Parameters
    ----------
    cell : ExecutedCell
        One of the history's.
    scalars : mapping
        What `scalars_of` gave when it ended.
    history : History
        The notebook's cells.
    namespace : dict
        The notebook's globals as they are now.
    """
    position = next((at for at, one in enumerate(history.cells) if one is cell), len(history.cells))
    later = [one.trace for one in history.cells[position + 1 :] if one.trace is not None]
    bound = frozenset[str]().union(*(trace.bound | trace.deleted for trace in later))
    changed = frozenset[str]().union(*(trace.changed for trace in later))
    then = {name: value for name, value in namespace.copy().items() if name not in bound}
    then.update(scalars)
    warnings = [
        f"{name} was changed in place since: its fingerprint is that of now, and a replay starts from what it was"
        for name in history.changed_since(cell)
    ]
    gone = sorted(name for name in changed_names(cell) & (bound | changed) if name not in scalars)
    if gone:
        warnings.append(f"{', '.join(gone[:6])} changed since: what the cell left there is not compared")
    return Remains(changed_names(cell) - (bound | changed) | frozenset(scalars), then, tuple(warnings))
