"""The frames and arrays that a cell used, each fingerprinted once however many names reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.cells import reached_names
from nbmlops.capture.fingerprint import fingerprint, is_data
from nbmlops.records import UsedDataset
from nbmlops.store.features import TRAINING_SET

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbmlops.capture.cells import ExecutedCell


ATTRIBUTE = "nbmlops"
"""Under which the ``attrs`` of a pandas frame hold the id of the training set that it was made from."""


class DataUse:
    """Collects the data of one run.

    Parameters
    ----------
    limit : {"keep", "fingerprint", "off"}
        What the user allows; *off* notes nothing at all.
    """

    def __init__(self, limit: str = "keep") -> None:
        self.limit = limit
        self._used: dict[int, UsedDataset] = {}
        self._alive: list[Any] = []  # an id is only unique while its object lives

    def note_inputs(self, cell: ExecutedCell, namespace: dict[str, Any]) -> None:
        """Fingerprint what a cell will read, before it can change it."""
        for name in reached_names(cell, namespace):
            self._note(name, namespace[name])

    def note_loaded(self, cell: ExecutedCell, namespace: dict[str, Any], but: Collection[int]) -> None:
        """Fingerprint what a cell made and then read itself, after it ran; ``but`` are ids of predictions.

        A part of an array, such as the second column of ``predict_proba``, counts as the array it is a view of.
        """
        for name in sorted(cell.effects.writes & cell.effects.reads):
            value = namespace.get(name)
            if value is not None and id(value) not in but and id(_base(value)) not in but:
                self._note(name, value)

    def datasets(self) -> list[UsedDataset]:
        """Return what was used, largest first; a name used twice gets a number."""
        names: dict[str, int] = {}
        result = []
        for used in sorted(self._used.values(), key=lambda one: -(one.bytes or 0)):
            names[used.name] = names.get(used.name, 0) + 1
            count = names[used.name]
            result.append(used if count == 1 else UsedDataset(**{**vars(used), "name": f"{used.name}_{count}"}))
        return result

    def _note(self, name: str, value: Any) -> None:
        if self.limit == "off" or name.startswith("_") or id(value) in self._used or not is_data(value):
            return
        print_ = fingerprint(value)
        if print_ is None:
            return
        self._alive.append(value)
        self._used[id(value)] = UsedDataset(
            name,
            _training_set(value),
            print_.digest,
            print_.rows,
            print_.columns,
            print_.bytes,
            print_.kind,
            print_.note,
        )


def _training_set(value: Any) -> str | None:
    """Return the words for the training set that a pandas frame comes from, or None; pandas hands them on."""
    attributes = getattr(value, "attrs", None) if type(value).__module__.partition(".")[0] == "pandas" else None
    made_of = attributes.get(ATTRIBUTE) if isinstance(attributes, dict) else None
    return f"{TRAINING_SET}{made_of}" if isinstance(made_of, str) else None


def _base(value: Any) -> Any:
    """Return the array that an array is a view of, or None."""
    return value.base if type(value).__module__ == "numpy" and hasattr(value, "base") else None
