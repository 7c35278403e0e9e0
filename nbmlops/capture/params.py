"""Params of a run: what its slice assigns literally, and what its estimators were made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.secrets import mask_param

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.records import Scalar

MAX_TEXT = 250


def literal_params(cells: Iterable[ExecutedCell]) -> dict[str, Scalar]:
    """Return the names that cells only ever give literals, with the last one; counters are not params.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> code = "max_depth = 6\\ni = 0\\nwhile i < 3:\\n    i += 1"
    >>> literal_params([ExecutedCell(code, code)])
    {'max_depth': 6}
    """
    params: dict[str, Scalar] = {}
    rebound: set[str] = set()
    for cell in cells:
        params.update(cell.effects.literals)
        rebound |= cell.effects.rebound
    return {name: _short(mask_param(name, value)) for name, value in params.items() if name not in rebound}


def estimator_params(estimator: Any) -> dict[str, Scalar]:
    """Return what an estimator was made with: ``model`` is its class, nested ones are named as scikit-learn does.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> params = estimator_params(Ridge(alpha=2.0))
    >>> params["model"], params["alpha"]
    ('Ridge', 2.0)
    """
    params: dict[str, Scalar] = {"model": type(estimator).__name__}
    try:
        for name, value in estimator.get_params(deep=True).items():
            found, scalar = _scalar(value)
            if found:
                params[str(name)] = _short(mask_param(str(name), scalar))
    except Exception:  # noqa: BLE001 - the user's class may do anything; its run is recorded all the same
        return params
    return params


def as_scalar(value: Any) -> tuple[bool, Scalar]:
    """Tell whether a value is a scalar, numpy's included, and return it as Python's own."""
    if value is None or type(value) in (bool, int, float, str):
        return True, value
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and hasattr(value, "item"):
        item = value.item()
        return type(item) in (bool, int, float, str), item
    return False, None


def _scalar(value: Any) -> tuple[bool, Scalar]:
    found, scalar = as_scalar(value)
    if found:
        return True, scalar
    if hasattr(value, "get_params") and not isinstance(value, type):
        return True, type(value).__name__
    if isinstance(value, list | tuple) and len(value) <= 20 and all(as_scalar(item)[0] for item in value):
        return True, str(list(value))
    if isinstance(value, dict) and len(value) <= 20 and all(as_scalar(item)[0] for item in value.values()):
        return True, str({str(key): item for key, item in value.items()})
    if callable(value) and hasattr(value, "__qualname__"):
        return True, str(value.__qualname__)
    return False, None


def _short(value: Scalar) -> Scalar:
    return value[: MAX_TEXT - 1] + "…" if isinstance(value, str) and len(value) > MAX_TEXT else value
