"""What a cell's own code fitted, scored and predicted, noted while it runs.

The patched methods (`nbmlops.capture.patches`) report here. Only calls made by the notebook's own code count: the frame
that calls has the notebook's namespace as its globals. So a fit inside a search, a scorer inside a cross-validation and
a pipeline's steps are not reported, and no bookkeeping of nesting is needed.
"""

from __future__ import annotations

import ast
import functools
import itertools
import linecache
import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import parse
from nbmlops.capture.params import estimator_params

if TYPE_CHECKING:
    from types import FrameType

    from nbmlops.records import Scalar

MAX_FITS = 100
MAX_PREDICTIONS = 200
_TRANSPARENT = frozenset({"float", "round", "print", "abs", "item"})

current_observer: ContextVar[Observer | None] = ContextVar("nbmlops_observer", default=None)
"""The observer of the cell that runs; threads and other cells do not see it."""


@dataclass(eq=False)
class Fit:
    """One call of ``fit`` by the notebook's own code. ``variable`` is the name that its object is bound to.

    ``is_predictor`` tells a model from a scaler. ``described`` is what is noted of the features, once they are let go,
    ``sample`` some rows of them, until a profile is made of these.
    ``digest`` is the content of the fitted object when its cell ended.
    """

    estimator: Any
    variable: str | None
    params: dict[str, Scalar]
    is_predictor: bool
    features: Any = None
    target: Any = None
    described: dict[str, Any] | None = None
    sample: Any = None
    seconds: float | None = None
    digest: str | None = None


@dataclass(eq=False)
class Score:
    """One metric that the notebook's own code computed.

    ``estimator`` is the model it scores, ``fit`` the call in this cell that fitted it; both only where that is known.
    ``site`` is the place in the code that computed it: what one place computes again and again is one curve.
    """

    name: str
    value: float
    function: str
    estimator: Any = None
    fit: Fit | None = None
    site: tuple[int, int] | None = None


@dataclass
class Observation:
    """What one execution of a cell did with models."""

    fits: list[Fit] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    predicted: set[int] = field(default_factory=set)

    def let_go_of_data(self) -> None:
        """Hold the data of earlier fits only as long as somebody else does: a loop over folds makes many copies."""
        for fit in self.fits[-1:]:
            fit.features, fit.target = _weak(fit.features), _weak(fit.target)

    def release(self) -> None:
        """Let go of models and data: what a cell used must not live longer because nbmlops looked on."""
        for fit in self.fits:
            fit.estimator = fit.features = fit.target = None
        for score in self.scores:
            score.estimator = None


class Observer:
    """Collects what the notebook's own code does with models.

    Parameters
    ----------
    namespace : dict
        The globals of the notebook's code.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.observation = Observation()
        self._predictions: list[tuple[weakref.ref[Any], weakref.ref[Any]]] = []

    def begin(self) -> None:
        """Start a new cell."""
        self.observation = Observation()

    def is_own(self, frame: FrameType) -> bool:
        """Tell whether a frame runs the notebook's own code."""
        return frame.f_globals is self.namespace

    def fitted(
        self, estimator: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType, seconds: float
    ) -> None:
        """Note a fit that has returned."""
        if len(self.observation.fits) >= MAX_FITS:
            return
        features = args[0] if args else kwargs.get("X")
        target = args[1] if len(args) > 1 else kwargs.get("y")
        variable = next(
            (name for name, value in self.namespace.copy().items() if value is estimator and not name.startswith("_")),
            None,
        )
        bound = binding_of(frame) if variable is None else None
        params = estimator_params(estimator)
        self.observation.let_go_of_data()
        fit = Fit(estimator, variable or bound, params, _predicts(estimator), features, target, seconds=seconds)
        self.observation.fits.append(fit)

    def scored(
        self, function: str, result: Any, inputs: tuple[Any, ...], frame: FrameType, estimator: Any = None
    ) -> None:
        """Note a metric; results that are not one number are not metrics."""
        value = _number(result)
        if value is None:
            return
        name = binding_of(frame) or function
        behind = estimator if estimator is not None else self._estimator_behind(inputs)
        fit = next((fit for fit in reversed(self.observation.fits) if fit.estimator is behind), None)
        site = (id(frame.f_code), frame.f_lasti)
        self.observation.scores.append(Score(name, value, function, behind, fit, site))

    def predicted(self, estimator: Any, result: Any) -> None:
        """Remember which model made an array, as long as both live."""
        try:
            self._predictions.append((weakref.ref(result), weakref.ref(estimator)))
        except TypeError:
            return
        self.observation.predicted.add(id(result))
        del self._predictions[:-MAX_PREDICTIONS]

    def _estimator_behind(self, inputs: tuple[Any, ...]) -> Any:
        """Return the model that predicted what a metric was given, or None: also where there were several."""
        makers = []
        for value in inputs:
            chain = value
            for _ in range(6):  # a slice of predict_proba's result is a view of it
                if chain is None:
                    break
                for made, maker in reversed(self._predictions):
                    if made() is chain:
                        makers.append(maker())
                        break
                chain = chain.base if type(chain).__module__ == "numpy" and hasattr(chain, "base") else None
        return makers[0] if makers and all(maker is makers[0] for maker in makers) else None


def _predicts(estimator: Any) -> bool:
    """Tell a model from a scaler, and a pipeline that ends in a model from one of scalers alone."""
    try:
        return hasattr(estimator, "predict")
    except Exception:  # noqa: BLE001 - the user's class may do anything when it is asked for an attribute
        return False


def _weak(value: Any) -> Any:
    try:
        return weakref.ref(value)
    except TypeError:
        return value if isinstance(value, weakref.ref) else None


def strong(value: Any) -> Any:
    """Return what a fit was given, or None where nobody holds it any more."""
    return value() if isinstance(value, weakref.ref) else value


def binding_of(frame: FrameType) -> str | None:
    """Return the name that the value of a frame's running call gets: a variable, a keyword or a dictionary's key."""
    code = frame.f_code
    position = next(itertools.islice(code.co_positions(), frame.f_lasti // 2, None), None)
    if position is None or position[1] is None or position[3] is None:
        return None
    source = "".join(linecache.getlines(code.co_filename))
    return _bindings(source).get((position[1], position[3])) if source else None


@functools.lru_cache(maxsize=256)
def _bindings(source: str) -> dict[tuple[int, int], str]:
    """Return the bound name of every call, by where the call ends (line, column in bytes): no two calls end alike."""
    tree = parse(source)
    found: dict[tuple[int, int], str] = {}
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            _bind(node.targets[0], node.value, found)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            _bind(node.target, node.value, found)
        elif isinstance(node, ast.keyword) and node.arg:
            _bind_name(node.arg, node.value, found, keyword=True)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    _bind_name(key.value, value, found)
    return found


def _bind(target: ast.expr, value: ast.expr, found: dict[tuple[int, int], str]) -> None:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for one, other in zip(target.elts, value.elts, strict=False):
            _bind(one, other, found)
    elif isinstance(target, ast.Name):
        _bind_name(target.id, value, found)
    elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        _bind_name(str(target.slice.value), value, found)


def _bind_name(name: str, value: ast.expr, found: dict[tuple[int, int], str], *, keyword: bool = False) -> None:
    while isinstance(value, ast.Call | ast.Await):
        if isinstance(value, ast.Await):
            value = value.value
            continue
        end = (value.end_lineno or 0, value.end_col_offset or 0)
        if keyword:
            found.setdefault(end, name)
        else:
            found[end] = name
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        if called == "fit" and isinstance(value.func, ast.Attribute):
            value = value.func.value
        elif called in _TRANSPARENT and value.args:
            value = value.args[0]
        else:
            return


def _number(value: Any) -> float | None:
    """Return a result as a number, or None when it is an array, a dictionary or text."""
    if isinstance(value, bool | str | bytes):
        return None
    if isinstance(value, int | float):
        return float(value)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        item = value.item()
        return float(item) if isinstance(item, int | float) and not isinstance(item, bool) else None
    return None
