"""What is asked of a frame: its columns by name, or arrays beside it; labels as they are typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.vectors import coded, named_columns

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Asked:
    """The columns of a frame, to be asked by name; None where there is no frame and everything is given as arrays."""

    columns: Mapping[str, Any]

    @classmethod
    def of(cls, frame: Any) -> Asked:
        """Return the columns of a frame."""
        return cls({} if frame is None else named_columns(frame, "column"))

    def one(self, given: Any) -> Any:
        """Return the column that a name stands for; an array, or None, as it is.

        Raises
        ------
        InvalidInput
            There is no such column.

        Examples
        --------
        >>> asked = Asked.of({"late": [1, 0]})
        >>> asked.one("late"), asked.one([0, 0])
        ([1, 0], [0, 0])
        """
        if not isinstance(given, str):
            return given
        if given not in self.columns:
            hint = did_you_mean(given, list(self.columns), ", ".join(list(self.columns)[:10]) or "none")
            raise InvalidInput(f"there is no column {given!r}.", hint)
        return self.columns[given]

    def several(self, given: Any) -> dict[str, Any]:
        """Return the columns that names stand for: one, or a list of them; a frame or an array as columns by name.

        Examples
        --------
        >>> asked = Asked.of({"sex": ["f", "m"], "old": [True, False]})
        >>> list(asked.several(["sex", "old"])), asked.several("sex"), asked.several({"home": ["A", "B"]})
        (['sex', 'old'], {'sex': ['f', 'm']}, {'home': ['A', 'B']})
        """
        if isinstance(given, str):
            given = [given]
        if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
            return {name: self.one(name) for name in given}
        return named_columns(given, "group")


def label_meant(word: Any, values: Any) -> Any:
    """Return the label that is meant: itself, or of a text the label that is written so.

    Parameters
    ----------
    word : object
        A label, or how it is typed where everything is text; None for none.
    values : sequence or None
        The values among which it is.

    Examples
    --------
    >>> label_meant("1", [0, 1]), label_meant("true", [True, False]), label_meant("late", ["late"]), label_meant(2, [1])
    (1, True, 'late', 2)
    """
    if not isinstance(word, str) or values is None:
        return word
    labels = coded(values, "truth").present
    if word in labels:
        return word
    return next((label for label in labels if _written(label) == _written(word)), word)


def _written(label: Any) -> str:
    text = str(label).casefold()
    return text[:-2] if isinstance(label, float) and text.endswith(".0") else text
