"""Canonical bytes of functions, classes and objects by what pickling would keep of them, without pickling."""

from __future__ import annotations

import copyreg
import types
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._detect import form_of, is_shown
from nbmlops.capture.fingerprint._record import Unreadable

if TYPE_CHECKING:
    from nbmlops.capture.fingerprint._objects import Walker

_VOLATILE = frozenset({"refit_time_", "_sklearn_version", "_stop_words_id"})
_SCRATCH = frozenset({"_tmp_like_exog"})
"""Arrays that statsmodels makes with ``np.empty`` to compute in: what they hold is whatever was in memory before."""
TIMES = frozenset({"mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time", "fit_time", "score_time"})
"""What scikit-learn calls the times that its searches and cross-validations took."""


def write_object(walker: Walker, out: bytearray, obj: Any) -> None:
    """Append an object that is neither a container, a known value nor data."""
    kind = type(obj)
    if kind is types.FunctionType:
        _function(walker, out, obj)
    elif issubclass(kind, type):
        out += b"T"
        walker.write_all(out, (obj.__module__, obj.__qualname__))
    elif kind in (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType):
        out += b"B"
        owner = getattr(obj, "__self__", None)
        bound = None if owner is None or isinstance(owner, types.ModuleType) else owner
        walker.write_all(out, (getattr(obj, "__module__", None), obj.__qualname__, bound))
    elif kind.__module__ == "numpy" and kind.__qualname__ == "ufunc":
        out += b"U"
        walker.write(out, obj.__name__)
    elif kind is types.CodeType:
        _code(walker, out, obj)
    elif kind is types.MappingProxyType:
        out += b"M"
        walker.write_pairs(out, list(obj.items()))
    else:
        _instance(walker, out, obj, kind)


def _function(walker: Walker, out: bytearray, function: Any) -> None:
    out += b"L"
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    walker.write_all(out, (function.__module__, function.__qualname__, function.__code__))
    walker.write_all(out, (function.__defaults__, function.__kwdefaults__, cells))


def _code(walker: Walker, out: bytearray, code: types.CodeType) -> None:
    out += b"C"
    shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    walker.write_all(out, (code.co_code, code.co_consts, shape, names))


def _instance(walker: Walker, out: bytearray, obj: Any, kind: type) -> None:
    out += b"O"
    walker.write_all(out, (kind.__module__, kind.__qualname__))
    if is_shown(kind):
        return  # what a figure looks like is no content, and it hangs on all of its back-end
    try:
        reduced = obj.__reduce_ex__(4)
    except Exception as failure:
        raise Unreadable(f"a {kind.__qualname__}: {failure}") from failure
    if isinstance(reduced, str):
        walker.write(out, reduced)
        return
    make, arguments, state, items, pairs = (*reduced, None, None, None, None)[:5]
    if make is copyreg.__newobj__:  # type: ignore[attr-defined]
        arguments = arguments[1:]
    else:
        walker.write(out, make)
    walker.write(out, arguments)
    _state(walker, out, kind, state)
    walker.write(out, None if items is None else list(items))
    ordered = any(base.__qualname__ == "OrderedDict" for base in kind.__mro__)
    if pairs is None or ordered:
        walker.write(out, None if pairs is None else list(pairs))
    else:
        walker.write_pairs(out, list(pairs))


def _state(walker: Walker, out: bytearray, kind: type, state: Any) -> None:
    """Append the state; of scikit-learn's and statsmodels' own classes without times and uninitialised bytes."""
    if kind.__module__.startswith("statsmodels.") and type(state) is dict:
        state = {key: value for key, value in state.items() if key not in _SCRATCH}
    if not kind.__module__.startswith("sklearn.") or type(state) is not dict:
        walker.write(out, state)
        return
    kept = {key: value for key, value in state.items() if key not in _VOLATILE}
    results = kept.get("cv_results_")
    if type(results) is dict:
        kept["cv_results_"] = {key: value for key, value in results.items() if key not in TIMES}
    if kind.__qualname__ == "Tree" and "nodes" in kept:
        kept["nodes"] = _tree_nodes(kept["nodes"])
    walker.write(out, kept)


def without_times(data: Any) -> Any:
    """Return a frame without the columns that scikit-learn took from a clock; anything else as it is.

    Examples
    --------
    >>> import pandas as pd
    >>> list(without_times(pd.DataFrame({"fit_time": [0.1], "test_score": [0.9]})))
    ['test_score']
    """
    if form_of(data) not in ("pandas.frame", "polars.frame"):
        return data
    columns = [name for name in data.columns if type(name) is str and name in TIMES]
    if not columns:
        return data
    return data.drop(columns=columns) if form_of(data) == "pandas.frame" else data.drop(columns)


def _tree_nodes(nodes: Any) -> Any:
    """Return a tree's nodes; the flag that scikit-learn never initialises in leaves becomes zero."""
    if "missing_go_to_left" not in (nodes.dtype.names or ()):
        return nodes
    nodes = nodes.copy()
    nodes["missing_go_to_left"][nodes["left_child"] == -1] = 0
    return nodes
