"""What a tracked cell left behind, as digests: what its replay must give again."""

from __future__ import annotations

import tempfile
import types
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint import fingerprint, is_data, is_shown, object_digest, without_times
from nbmlops.capture.params import as_scalar
from nbmlops.capture.sketch import sketch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nbmlops.capture.observer import Fit

OBJECT_BUDGET = 8_000_000
"""Bytes of one object's graph, that is neither data nor a model, up to which it is digested before the card."""
MODEL_BUDGET = 2_000_000_000
MAX_NAMES = 200

_NO_CONTENT = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.GeneratorType,
    types.CoroutineType,
    type,
)


def note_outcome(
    names: Iterable[str],
    namespace: dict[str, Any],
    fits: Iterable[Fit],
    volatile: Collection[str],
) -> dict[str, Any]:
    """Return the digests of what a cell bound or changed, and of the models that it fitted.

    Parameters
    ----------
    names : iterable of str
        What the cell bound or changed in place.
    namespace : dict
        The notebook's globals.
    fits : iterable of Fit
        What the cell's own code fitted.
    volatile : collection of str
        Names whose value follows from a clock, an address or a temporary path.

    Examples
    --------
    >>> found = note_outcome(["rows"], {"rows": [1, 2]}, [], [])
    >>> found["bound"]["rows"]["type"], found["bound"]["rows"]["digest"][:3]
    ('list', 'b3:')
    """
    models = _models(fits)
    bound: dict[str, Any] = {}
    for name in sorted(set(names))[:MAX_NAMES]:
        if name.startswith("_") or name not in namespace or name in volatile:
            continue
        described = describe(namespace[name], models)
        if described is not None:
            bound[name] = described
    return {"bound": bound, "models": [{"variable": fit.variable, "digest": digest} for fit, digest in models.values()]}


def describe(value: Any, models: dict[int, tuple[Fit, str | None]] | None = None) -> dict[str, Any] | None:
    """Return type and digest of a value, or None for what has no content: a module, a function, a figure."""
    if as_scalar(value)[0] or isinstance(value, _NO_CONTENT):
        return None
    kind = type(value)
    if is_shown(kind) or kind.__module__.partition(".")[0] == "nbmlops":
        return None
    if models and id(value) in models:
        return {"type": kind.__qualname__, "digest": models[id(value)][1]}
    if is_data(value):
        value = without_times(value)
        found = fingerprint(value)
        if found is not None:
            return {
                "type": kind.__qualname__,
                "digest": found.digest,
                "order": found.order,
                "rows": found.rows,
                "columns": found.columns,
                "sketch": sketch(value),
            }
    return {"type": kind.__qualname__, "digest": content_digest(value, OBJECT_BUDGET)}


def _models(fits: Iterable[Fit]) -> dict[int, tuple[Fit, str | None]]:
    """Return the fits by the identity of their model; fitted several times it holds what the last made of it."""
    last = {id(fit.estimator): fit for fit in fits if fit.estimator is not None}
    found = {}
    for key, fit in last.items():
        if fit.digest is None:
            fit.digest = content_digest(fit.estimator, MODEL_BUDGET)
        found[key] = (fit, fit.digest)
    return found


def content_digest(value: Any, budget: int) -> str | None:
    """Return the digest of an object in which temporary paths are alike; None where it has none within a budget.

    Examples
    --------
    >>> content_digest([tempfile.mkdtemp()], 1000) == content_digest([tempfile.mkdtemp()], 1000)
    True
    """
    try:
        return object_digest(value, budget_bytes=budget, temporary=tempfile.gettempdir())
    except Exception:  # noqa: BLE001 - a stranger's object may do anything when it is asked for its state
        return None
