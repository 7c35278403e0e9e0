"""Whether a cell may change an object that is too large, or too strange, to be looked into."""

from __future__ import annotations

import ast
import builtins
import functools
import linecache
import sys
import types
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint import is_data as is_data_object
from nbmlops.capture.slicing.magics_text import parse
from nbmlops.capture.slicing.mutations import Use, uses_of
from nbmlops.capture.slicing.origins import is_in_figure, is_own_module, own_class, root_of
from nbmlops.capture.slicing.scopes import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA_MUTATORS = frozenset(
    (
        "insert pop update append extend remove clear sort reverse setdefault popitem add discard fill put resize "
        "partition itemset setflags byteswap set_flags __setitem__ __delitem__ __iadd__ intersection_update "
        "difference_update symmetric_difference_update set_value isetitem drop_in_place replace_column insert_column "
        "extend_in_place rename_axis_inplace set_axis_inplace setfield swap_columns add_categories_inplace "
        "sum_duplicates eliminate_zeros sort_indices setdiag prune backward requires_grad_ zero_grad"
    ).split()
)
_PURE_METHODS = frozenset(
    (
        "head tail describe info sample copy mean median sum std var min max count nunique unique value_counts isna "
        "isnull query groupby merge join assign astype to_numpy to_frame tolist to_list items keys values predict "
        "predict_proba predict_log_proba decision_function score transform inverse_transform get_params corr reshape "
        "ravel any all round abs strip split lower upper format startswith endswith index get get_feature_names_out "
        "kneighbors score_samples get_support summary savefig show describe_ to_csv to_json to_dict to_string as_frame "
        "get_booster get_n_leaves get_depth apply_ evaluate_ decision_path staged_predict cost_complexity_pruning_path"
    ).split()
)
_MUTATING_FUNCTIONS = frozenset(
    (
        "shuffle put place putmask copyto fill_diagonal heappush heapify heappop heapreplace insort insort_left "
        "insort_right setattr delattr put_along_axis add_at exec_ apply_inplace nan_to_num_ setitem delitem iadd "
        "manual_update setup_inplace_ register_buffer relabel_inplace clip_ step"
    ).split()
)
_MAX_DEPTH = 4


def is_library_data(value: Any, home: str) -> bool:
    """Tell whether an object is of an installed package's type, whose methods are known by name."""
    kind = type(value)
    if isinstance(value, type) or own_class(kind, home):
        return False
    return kind.__module__.partition(".")[0] not in sys.stdlib_module_names


def may_change(  # noqa: PLR0911 - one a reason
    value: Any, use: Use | None, namespace: dict[str, Any], depth: int = 0
) -> bool:
    """Tell whether what is done to an object may change it; in doubt it may.

    Examples
    --------
    >>> import numpy as np
    >>> from nbmlops.capture.slicing.mutations import Use
    >>> many = np.zeros(3)
    >>> may_change(many, Use(methods={"mean"}), {}), may_change(many, Use(methods={"sort"}), {})
    (False, True)
    """
    home = str(namespace.get("__name__", "__main__"))
    if isinstance(value, types.ModuleType):
        return False
    if _is_stream(value) or own_class(type(value), home) or isinstance(value, type | types.FunctionType):
        return True
    if use is None:
        return False
    if use.stored or use.inplace:
        return True
    if _is_drawn_on(value):
        of_others = any(not hasattr(builtins, callee) for callee, _, _ in use.passed)
        return of_others or any(not _is_pure(name) for name in use.methods)
    is_data = is_data_object(value) or type(value) in (list, dict, set, tuple, frozenset, str, bytes)
    if is_data and use.methods & _DATA_MUTATORS:
        return True
    if not is_data and any(not _is_pure(name) for name in use.methods):
        return True
    return any(_callee_changes(*call, value, namespace, depth) for call in use.passed)


def _is_pure(method: str) -> bool:
    return method in _PURE_METHODS or method.startswith(("get_", "to_", "is_", "has_", "predict", "plot_"))


def _is_drawn_on(value: Any) -> bool:
    """Tell whether a value is a figure or axes, or holds them: what is given axes draws on them."""
    kind = type(value)
    if kind in (list, tuple) and value:
        return is_in_figure(type(value[0]))
    if kind is dict and value:
        return is_in_figure(type(next(iter(value.values()))))
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.dtype.kind == "O" and value.size:
        return is_in_figure(type(value.flat[0]))
    return is_in_figure(kind)


def _is_stream(value: Any) -> bool:
    """Tell whether an object is used up by reading it."""
    return hasattr(type(value), "__next__") or type(value).__name__ in ("Generator", "RandomState", "Random")


def _callee_changes(  # noqa: PLR0911 - one a reason
    callee: str, position: int, keyword: str, value: Any, namespace: dict[str, Any], depth: int
) -> bool:
    found, owner = resolve(callee, namespace)
    last = callee.rpartition(".")[2]
    if last in _MUTATING_FUNCTIONS:
        return True
    if found is None:
        # a method of something the cell made, or a function that it defines itself
        return not callee.startswith("().") and "." not in callee
    home = str(namespace.get("__name__", "__main__"))
    if isinstance(found, type):
        if not own_class(found, home):
            return False
        found, owner = found.__dict__.get("__init__"), found
    if isinstance(found, types.MethodType):
        found, owner = found.__func__, found.__self__  # type: ignore[attr-defined]
    if not isinstance(found, types.FunctionType):
        return False
    if found.__globals__ is not namespace and root_of(found) not in ("", home):
        module = sys.modules.get(found.__module__)
        if type(module) is not types.ModuleType or not is_own_module(module):
            return False
    if depth >= _MAX_DEPTH:
        return True
    use = parameter_use(found.__code__, position + (owner is not None), keyword)
    return use is None or may_change(value, use, found.__globals__, depth + 1)


def resolve(chain: str, namespace: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the object that a dotted chain names, and the instance it is a method of; no property is run."""
    root, *rest = chain.split(".")
    value = namespace.get(root, getattr(builtins, root, None))
    owner = None
    for name in rest:
        owner = None
        if value is None:
            return None, None
        if isinstance(value, types.ModuleType):
            value = value.__dict__.get(name)
            continue
        kind = value if isinstance(value, type) else type(value)
        if not isinstance(value, type):
            if kind.__dictoffset__:
                held = object.__getattribute__(value, "__dict__")
                if type(held) is dict and name in held:
                    value = held[name]
                    continue
            owner = value
        value = next((base.__dict__[name] for base in kind.__mro__ if name in base.__dict__), None)
        if isinstance(value, staticmethod | classmethod):
            owner = owner if isinstance(value, classmethod) else None
            value = value.__func__
    return value, owner


def parameter_use(code: types.CodeType, position: int, keyword: str) -> Use | None:
    """Return what a function does to one of its parameters; None where its text is not at hand."""
    node = _definition(code)
    if node is None:
        return None
    arguments = node.args
    plain = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
    if keyword:
        name = keyword if keyword in plain or any(keyword == one.arg for one in arguments.kwonlyargs) else None
    else:
        name = plain[position] if position < len(plain) else None
    if name is None:
        rest = arguments.kwarg if keyword else arguments.vararg
        if rest is None:
            return None
        name = rest.arg
    body = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
    return uses_of(body).get(name, Use())


def global_use(code: types.CodeType, name: str) -> Use | None:
    """Return what a function does to a global name's object; None where its text is not at hand."""
    node = _definition(code)
    if node is None:
        return None
    body = node.body if isinstance(node.body, list) else [ast.Expr(node.body)]
    return uses_of(body).get(name, Use())


def _definition(code: types.CodeType) -> Any:
    lines = linecache.getlines(code.co_filename)
    return _definitions("".join(lines)).get((code.co_name, code.co_firstlineno)) if lines else None


@functools.lru_cache(maxsize=256)
def _definitions(source: str) -> dict[tuple[str, int], Any]:
    tree = parse(source)
    found: dict[tuple[str, int], Any] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, FUNCTIONS):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            found[(getattr(node, "name", "<lambda>"), first)] = node
    return found
