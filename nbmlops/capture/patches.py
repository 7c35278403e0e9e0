"""Patches of scikit-learn, made after the user's own import of it and taken back when the extension unloads.

A patched method calls the original and reports to the observer of the running cell. Its own frame leaves no trace:
before an exception goes on, the wrapper takes its entry off the traceback, and a bare ``raise`` does not add it again,
so the user sees the traceback of the unpatched library (tested on each Python).
"""

from __future__ import annotations

import copy
import functools
import sys
import time
import types
from typing import TYPE_CHECKING, Any

from nbmlops.capture.after_import import AfterImport

if TYPE_CHECKING:
    from collections.abc import Callable

_METHODS = (
    "fit",
    "fit_predict",
    "fit_transform",
    "predict",
    "predict_proba",
    "decision_function",
    "predict_log_proba",
    "score",
)
_NOT_METRICS = (
    "pairwise",
    "make_scorer",
    "get_scorer",
    "check_scoring",
    "distance",
    "kernel",
    "display",
    "plot",
)
_MARK = "__nbmlops_original__"


class Patches:
    """The patches of one extension; several may live in one process, the last one takes the patches back."""

    living = 0
    for_blocks: Patches | None = None

    def __init__(self) -> None:
        self._finder: AfterImport | None = None

    @classmethod
    def install_for_blocks(cls, namespace: dict[str, Any]) -> None:
        """Patch for ``with nbmlops.track()``, once for the process: walking all classes costs too much for each block.

        An extension that unloads takes these back with its own; the next block makes them again.
        """
        if cls.for_blocks is None:
            cls.for_blocks = Patches()
            cls.for_blocks.install({})
            cls.living -= 1
        _swap_metrics(namespace)

    def install(self, namespace: dict[str, Any]) -> None:
        """Patch what is imported, and the rest when it is; names in ``namespace`` that hold a metric follow."""
        if self._finder is not None:
            return
        Patches.living += 1
        self._finder = AfterImport({"sklearn.base": _patch_estimators, "sklearn.metrics": _patch_metrics})
        sys.meta_path.insert(0, self._finder)
        for name, patch in self._finder.watched.items():
            if name in sys.modules:
                patch(sys.modules[name])
        _swap_metrics(namespace)

    def remove(self, namespace: dict[str, Any]) -> None:
        """Take everything back."""
        if self._finder is None:
            return
        sys.meta_path.remove(self._finder)
        self._finder = None
        Patches.living -= 1
        if Patches.living:
            return
        if Patches.for_blocks is not None:
            sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AfterImport)]
            Patches.for_blocks = None
        if "sklearn.base" in sys.modules:
            _restore_estimators(sys.modules["sklearn.base"])
        if "sklearn.metrics" in sys.modules:
            patched = {id(f): _original(f) for f in _metric_functions(sys.modules["sklearn.metrics"])}
            _swap(namespace, patched)
            for name, module in sys.modules.copy().items():
                if name.startswith("sklearn.metrics"):
                    _swap(vars(module), patched)


def _patch_estimators(base: types.ModuleType) -> None:
    root = base.BaseEstimator
    if getattr(root.__init_subclass__, _MARK, None) is not None:
        return
    inherited = root.__init_subclass__.__func__

    def init_subclass(cls: type, /, **kwargs: Any) -> None:
        inherited(cls, **kwargs)
        _patch_class(cls)

    setattr(init_subclass, _MARK, inherited)
    root.__init_subclass__ = classmethod(init_subclass)
    # the mixins of classifiers and regressors bring ``score``, others ``fit_predict`` and ``fit_transform``
    for value in vars(base).values():
        if isinstance(value, type) and value.__name__.endswith("Mixin"):
            _patch_class(value)
    for cls in _subclasses(root):
        _patch_class(cls)


def _restore_estimators(base: types.ModuleType) -> None:
    root = base.BaseEstimator
    if "__init_subclass__" in vars(root) and hasattr(root.__init_subclass__, _MARK):
        del root.__init_subclass__
    mixins = [value for value in vars(base).values() if isinstance(value, type) and value.__name__.endswith("Mixin")]
    for cls in [*mixins, *_subclasses(root)]:
        for name in _METHODS:
            value = vars(cls).get(name)
            original = getattr(getattr(value, "fn", value), _MARK, None)
            if original is not None:
                setattr(cls, name, _like(value, original))


def _subclasses(cls: type) -> list[type]:
    children: list[type] = type.__subclasses__(cls)
    return [*children, *(below for child in children for below in _subclasses(child))]


def _patch_class(cls: type) -> None:
    for name in _METHODS:
        value = vars(cls).get(name)
        function = getattr(value, "fn", value)  # scikit-learn's available_if is a descriptor that holds the function
        if isinstance(function, types.FunctionType) and not hasattr(function, _MARK):
            setattr(cls, name, _like(value, _wrapped_method(function, name)))


def _like(value: Any, function: Any) -> Any:
    if isinstance(value, types.FunctionType):
        return function
    descriptor = copy.copy(value)
    descriptor.fn = function
    return descriptor


def _wrapped_method(method: types.FunctionType, kind: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        # imported here: a class of the notebook is pickled by value, and must not drag the observer along; where it is
        # loaded again there may be no nbmlops at all
        try:
            from nbmlops.capture.observer import current_observer
        except ImportError:
            return method(self, *args, **kwargs)
        observer = current_observer.get()
        if observer is None or not observer.is_own(sys._getframe(1)):  # noqa: SLF001
            observer = None
        began = time.perf_counter()
        try:
            result = method(self, *args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        if observer is not None:
            frame = sys._getframe(1)  # noqa: SLF001
            if kind == "score":
                observer.scored("score", result, (), frame, self)
            elif kind.startswith("fit"):
                observer.fitted(self, args, kwargs, frame, time.perf_counter() - began)
            if "predict" in kind or kind == "decision_function":
                observer.predicted(self, result)
        return result

    setattr(wrapper, _MARK, method)
    return wrapper


def _wrapped_metric(function: types.FunctionType) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from nbmlops.capture.observer import current_observer

        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        observer = current_observer.get()
        if observer is not None and observer.is_own(sys._getframe(1)):  # noqa: SLF001
            observer.scored(function.__name__, result, (*args, *kwargs.values()), sys._getframe(1))  # noqa: SLF001
        return result

    setattr(wrapper, _MARK, function)
    return wrapper


def _patch_metrics(metrics: types.ModuleType) -> None:
    wrapped = {
        id(function): _wrapped_metric(function)
        for function in _metric_functions(metrics)
        if not hasattr(function, _MARK)
    }
    # also where they are defined: a function is pickled by the module and name it says it has
    for name, module in sys.modules.copy().items():
        if name.startswith("sklearn.metrics") and module is not None:
            _swap(vars(module), wrapped)


def _metric_functions(metrics: types.ModuleType) -> list[types.FunctionType]:
    names = (name for name in metrics.__all__ if not any(word in name.lower() for word in _NOT_METRICS))
    values = (getattr(metrics, name, None) for name in names)
    return [value for value in values if isinstance(value, types.FunctionType)]


def _swap_metrics(namespace: dict[str, Any]) -> None:
    """Let names that hold a metric imported earlier hold the patched one."""
    if "sklearn.metrics" in sys.modules:
        _swap(namespace, {id(_original(f)): f for f in _metric_functions(sys.modules["sklearn.metrics"])})


def _original(function: Any) -> Any:
    return getattr(function, _MARK, function)


def _swap(namespace: dict[str, Any], replacements: dict[int, Any]) -> None:
    for name, value in namespace.copy().items():
        if id(value) in replacements and isinstance(value, types.FunctionType):
            namespace[name] = replacements[id(value)]
