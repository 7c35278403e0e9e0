"""scikit-learn estimators as skops files: types and arrays, checked before anything is built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, BadZipFile

from nbmlops.errors import InvalidInput, Untrusted
from nbmlops.flavors._trust import NATIVE, allowed_types

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGED = (
    BadZipFile,
    json.JSONDecodeError,
    UnicodeDecodeError,
    KeyError,
    AttributeError,
    ImportError,
    TypeError,
    ValueError,
    EOFError,
)
_LOCAL = ("__main__.", "<lambda>", "<locals>")


class SklearnFlavor:
    """Models whose class derives from ``sklearn.base.BaseEstimator``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from sklearn.linear_model import LinearRegression
    >>> flavor = SklearnFlavor()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "model.skops"
    ...     flavor.save(LinearRegression().fit([[0], [1]], [0, 2]), path)
    ...     model = flavor.load(path)
    >>> flavor.predict(model, [[2]]).round(6).tolist()
    [4.0]
    """

    name = "sklearn"
    suffix = ".skops"

    def matches(self, model: object) -> bool:
        """Return whether the model is a scikit-learn estimator, told by the names of its classes."""
        kinds = type(model).__mro__
        return any(kind.__module__ == "sklearn.base" and kind.__qualname__ == "BaseEstimator" for kind in kinds)

    def save(self, model: object, path: Path) -> None:
        """Write the model as a skops file.

        Raises
        ------
        InvalidInput
            The model holds a class or function of the notebook itself, or something that skops cannot write.
        """
        import skops.io

        kind = type(model).__qualname__
        try:
            data = skops.io.dumps(model, compression=ZIP_DEFLATED, compresslevel=1)
            types = skops.io.get_untrusted_types(data=data)
        except (TypeError, ValueError, AttributeError, RecursionError) as failure:
            raise InvalidInput(
                f"a {kind} cannot be saved as a skops file: {failure}",
                "Leave out the part that holds it, or replace it by one of scikit-learn's own.",
            ) from failure
        local = [name for name in types if any(mark in name for mark in _LOCAL)]
        if local:
            raise InvalidInput(
                f"the model uses {', '.join(local)}, which lives in the notebook only.",
                "Move it to a module (a .py file beside the notebook), import it from there, fit again.",
            )
        path.write_bytes(data)

    def load(self, path: Path, *, verified: bool = False, allow_code: bool = False) -> Any:
        """Return the model of a skops file; types that are not trusted are refused before anything is built.

        Raises
        ------
        Untrusted
            The file holds types outside of what `nbmlops.flavors._trust` lists.
        InvalidInput
            The file is not a skops file, is damaged, or was written by packages that differ too much.
        """
        import skops.io

        data = path.read_bytes()
        try:
            types = set(skops.io.get_untrusted_types(data=data))
        except _DAMAGED as failure:
            raise InvalidInput(
                f"{path.name} is not a skops file, or it is damaged: {failure}",
                "Files of other formats, pickles among them, are not opened. Register the model again.",
            ) from failure
        refused = set() if allow_code else types - allowed_types(verified=verified)
        if refused:
            raise Untrusted(f"{path.name} holds {', '.join(sorted(refused))}, which could run code.", _advice(refused))
        try:
            return skops.io.loads(data, trusted=sorted(types))
        except _DAMAGED as failure:
            raise InvalidInput(
                f"{path.name} cannot be built: {failure}",
                "Compare the installed scikit-learn with that of the run that made the model.",
            ) from failure

    def predict(self, model: Any, frame: Any) -> Any:
        """Return ``predict`` of the rows, or ``transform`` for a model that only transforms.

        Raises
        ------
        InvalidInput
            The model has neither.
        """
        for method in ("predict", "transform"):
            answer = getattr(model, method, None)
            if answer is not None:
                return answer(frame)
        raise InvalidInput(f"a {type(model).__qualname__} can neither predict nor transform new rows.")


def _advice(refused: set[str]) -> str:
    if refused <= NATIVE:
        return "They are allowed in files that this registry wrote. If you trust the author: allow_code=True."
    return "If you trust the author of the file, load it with allow_code=True."
