"""The contract of a flavor; others register theirs as entry points of the group ``nbmlops.flavors``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path


@runtime_checkable
class Flavor(Protocol):
    """How the models of one library are saved, loaded and asked; made without arguments.

    Attributes
    ----------
    name : str
        The word stored with a model version, and the name of the entry point.
    suffix : str
        The ending of the file's name, like ``.skops``. Loading never goes by it.
    """

    name: str
    suffix: str

    def matches(self, model: object) -> bool:
        """Return whether the flavor can save the model, told by names of classes: nothing is imported."""
        ...

    def save(self, model: object, path: Path) -> None:
        """Write the model as one file.

        Raises
        ------
        InvalidInput
            The model holds something that could not be loaded again elsewhere.
        """
        ...

    def load(self, path: Path, *, verified: bool = False, allow_code: bool = False) -> Any:
        """Return the model of a file.

        Parameters
        ----------
        path
            The file.
        verified
            The caller has checked that the bytes are those which this registry once wrote.
        allow_code
            The user trusts the file's author: any type may be built.

        Raises
        ------
        Untrusted
            The file holds types that are allowed only with ``verified`` or ``allow_code``.
        InvalidInput
            The file is not of this format, or damaged.
        """
        ...

    def predict(self, model: Any, frame: Any) -> Any:
        """Return the model's answer to the rows of a frame or array."""
        ...
