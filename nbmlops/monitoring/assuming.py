"""The assumptions of a model's run, asked again of current data: those about the frame that the model was fitted on.

An assertion is text that stands in a registry, and nobody looks on when a monitor looks. So it is evaluated only where
it is made of that frame, of constants, and of operations that read: nothing that imports, calls a function of the user,
evaluates text or reaches behind an object's back. What is left out is said.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.frames import Columns
from nbmlops.monitoring.parts import ASSUMPTION, Part, finding
from nbmlops.validation.columns import pandas_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from nbmlops.records import ModelVersion, RunDetail

_FUNCTIONS = {one.__name__: one for one in (abs, all, any, bool, float, int, list, max, min, round, set, sorted, sum)}
_METHODS = frozenset(
    "abs all any between duplicated eq ge gt isin isna isnull le lt max mean median min ne notna notnull nunique "
    "quantile round std sum unique".split()
)
_PROPERTIES = frozenset("columns dtype dtypes hasnans is_unique loc values".split())
_OF_ROWS = frozenset("count empty len shape size".split())
_NODES = (
    ast.Expression,
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Invert),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot),
    *(ast.Subscript, ast.Slice, ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Load),
    *(ast.Name, ast.Attribute, ast.Call, ast.keyword),
)


@dataclass(frozen=True)
class Assumed:
    """What a run asserted, and the variable that held the frame that its model was fitted on."""

    frame: str
    inputs: tuple[str, ...]
    assertions: tuple[Mapping[str, Any], ...]

    @property
    def texts(self) -> frozenset[str]:
        """What was asserted, as it was written."""
        return frozenset(str(one["text"]) for one in self.assertions)


def assumed_of(version: ModelVersion, run: RunDetail) -> Assumed | None:
    """Return the assumptions of a version's run, None where it has none, or where its frame cannot be told.

    The frame is the one that is known to have been used with as many rows and columns as the model was fitted on; two
    of the same shape, such as halves for learning and testing, could be taken for one another.
    """
    inputs = tuple(str(entry["name"]) for entry in version.signature.get("inputs") or ())
    shape = (version.signature.get("rows"), len(inputs))
    names = {one.name for one in run.datasets if one.kind == "frame" and (one.rows, one.columns) == shape and one.name}
    if not run.assumptions or not inputs or len(names) != 1:
        return None
    return Assumed(str(names.pop()), inputs, tuple(run.assumptions))


def assumptions(assumed: Assumed, frame: Any) -> Part | None:
    """Return which assumptions hold of current data, which do not, and which were not asked."""
    there = Columns(frame).names
    if not set(assumed.inputs) <= set(there):
        return None  # the schema says which column is missing
    features = pandas_of(frame)[list(assumed.inputs)]
    held: list[tuple[str, str]] = []
    broken: list[tuple[str, str]] = []
    unasked = []
    for one in assumed.assertions:
        text = str(one["text"])
        why = _why_not(text, assumed.frame, assumed.inputs)
        if why is None:
            verdict = _holds(text, {assumed.frame: features})
            if isinstance(verdict, bool):
                (held if verdict else broken).append((text, str(one.get("message") or "")))
                continue
            why = verdict
        unasked.append(f"{text} is not asked: {why}")
    words = [f"{len(held)} of {len(held) + len(broken)} assumptions of the model hold"] if held or broken else []
    found = []
    for text, message in broken:
        said = f"{text} does not hold{f': {message}' if message else ''}"
        found.append(finding(ASSUMPTION, text, "severe", f"an assumption of the model: {said}", said))
    record = {"held": [text for text, _ in held], "broken": [text for text, _ in broken], "not_asked": unasked}
    told = frozenset(text for text, _ in (*held, *broken))
    reasons = [one["reason"] for one in found]
    return Part(ASSUMPTION, (*words, *reasons, *unasked), record, tuple(found), told)


def _why_not(text: str, frame: str, columns: Sequence[str]) -> str | None:
    """Return why an assertion is not evaluated, None where it may be.

    Examples
    --------
    >>> _why_not("X['hour'].between(0, 24).all()", "X", ["hour"]), _why_not("len(X) > 100", "X", [])
    (None, 'it is about how many rows there were')
    >>> _why_not("X.eval('hour + 1').all()", "X", ["hour"]), _why_not("y.mean() < 1", "X", ["hour"])
    ('eval is not read only', 'it is not about X alone: y')
    """
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return "it is cut short, or no expression"
    return next(_refused(tree, frame, columns), None)


def _refused(tree: ast.Expression, frame: str, columns: Collection[str]) -> Iterator[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for node in ast.walk(tree):
        is_call = id(node) in called
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if not isinstance(node, _NODES):
            yield f"{type(node).__name__} is not evaluated"
        elif name in _OF_ROWS and name not in columns:
            yield "it is about how many rows there were"
        elif isinstance(node, ast.Name) and name != frame and not (name in _FUNCTIONS and is_call):
            yield f"it is not about {frame} alone: {name}"
        elif isinstance(node, ast.Call) and not isinstance(node.func, ast.Name | ast.Attribute):
            yield "it calls what is not named"
        elif isinstance(node, ast.Attribute) and not _is_read(name, columns, is_call=is_call):
            yield f"{name} is not read only"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Mod) and _may_repeat(node):
            yield "it may make long text or lists"
    if frame not in names:
        yield f"it is not about {frame}"


def _is_read(name: str, columns: Collection[str], *, is_call: bool) -> bool:
    if name.startswith("_"):
        return False
    return name in _METHODS if is_call else name in _PROPERTIES or (name in columns and not _is_of_objects(name))


def _is_of_objects(name: str) -> bool:
    """Tell whether what may stand in a frame has something of this name: then a column of it is not what is meant."""
    import numpy as np
    import pandas as pd

    kinds = (pd.DataFrame, pd.Series, pd.MultiIndex, pd.Timestamp, pd.Timedelta, np.ndarray, np.generic)
    return any(hasattr(one, name) for one in (*kinds, str, bytes, int, float, list, tuple, dict, set))


def _may_repeat(node: ast.AST) -> bool:
    """Tell whether an operand may be text or a list, of which a product is as long as one likes."""
    if isinstance(node, ast.Subscript):
        return _may_repeat(node.value)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    if isinstance(node, ast.List | ast.Tuple):
        return True
    if isinstance(node, ast.Name):
        return node.id in ("list", "sorted", "max", "min")
    return any(_may_repeat(one) for one in ast.iter_child_nodes(node))


def _holds(text: str, names: dict[str, Any]) -> bool | str:
    """Return whether an assertion that may be evaluated holds; where it cannot be told, why."""
    try:
        return bool(eval(text, {"__builtins__": {}, **_FUNCTIONS}, names))  # noqa: S307 - only what `_why_not` lets pass
    except Exception as error:  # noqa: BLE001 - whatever a column of another type raises is the answer
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'it cannot be evaluated'}"
