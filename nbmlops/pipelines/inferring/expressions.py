"""The value of an expression, as far as the code alone says it."""

from __future__ import annotations

import ast
import itertools
import operator
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.calling import attribute_of, called
from nbmlops.pipelines.inferring.texts import join
from nbmlops.pipelines.inferring.values import (
    GAP,
    MOST,
    UNKNOWN,
    Either,
    Frame,
    Function,
    Param,
    PathValue,
    either,
    is_whole,
    items_of,
    options_of,
    plain,
    text_of,
)
from nbmlops.pipelines.paths import has_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.pipelines.inferring.walking import Walker

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
}
_COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
    ast.Is: lambda one, other: one is other,
    ast.IsNot: lambda one, other: one is not other,
}
_CONSTANTS = (str, int, float, bool, type(None), bytes, tuple, list, dict, set)


def evaluate(walker: Walker, node: ast.expr | None, frame: Frame) -> Any:  # noqa: C901, PLR0911, PLR0912
    """Return the value of an expression; the uses of files in it are noted on the way."""
    match node:
        case None:
            return UNKNOWN
        case ast.Constant():
            return node.value
        case ast.Name():
            return frame.find(node.id)
        case ast.Attribute():
            return lifted(attribute_of, walker, evaluate(walker, node.value, frame), node.attr)
        case ast.Call():
            return called(walker, node, frame)
        case ast.JoinedStr():
            parts = [_part(walker, part, frame) for part in node.values]
            return combined(lambda *texts: "".join(texts), *parts)
        case ast.BinOp():
            left, right = evaluate(walker, node.left, frame), evaluate(walker, node.right, frame)
            return combined(lambda one, other: _binary(node.op, one, other), left, right)
        case ast.List() | ast.Tuple() | ast.Set():
            return _listed(walker, node, frame)
        case ast.Dict():
            return _mapped(walker, node, frame)
        case ast.Subscript():
            owner = evaluate(walker, node.value, frame)
            index = plain(evaluate(walker, node.slice, frame)) if not isinstance(node.slice, ast.Slice) else UNKNOWN
            return combined(_item, owner, index)
        case ast.IfExp():
            decided = truth(evaluate(walker, node.test, frame))
            if decided is not None:
                return evaluate(walker, node.body if decided else node.orelse, frame)
            return either(evaluate(walker, node.body, frame), evaluate(walker, node.orelse, frame))
        case ast.BoolOp():
            return _chosen(node.op, [evaluate(walker, one, frame) for one in node.values])
        case ast.UnaryOp():
            return _unary(node.op, evaluate(walker, node.operand, frame))
        case ast.Compare():
            values = [evaluate(walker, one, frame) for one in (node.left, *node.comparators)]
            return _compared(node.ops, values)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return _comprehended(walker, node.generators, lambda inner: evaluate(walker, node.elt, inner), frame)
        case ast.DictComp():
            pairs = _comprehended(
                walker,
                node.generators,
                lambda inner: (evaluate(walker, node.key, inner), evaluate(walker, node.value, inner)),
                frame,
            )
            return {key: value for key, value in pairs if isinstance(key, str | int)} if pairs is not UNKNOWN else pairs
        case ast.Lambda():
            return Function(node, frame)
        case ast.NamedExpr():
            value = evaluate(walker, node.value, frame)
            frame.names[node.target.id] = value
            return value
        case ast.Await() | ast.Starred():
            return evaluate(walker, node.value, frame)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            evaluate(walker, child, frame)
    return UNKNOWN


def combined(function: Callable[..., Any], *values: Any) -> Any:
    """Return what a function gives for values that may be one of several."""
    if not any(isinstance(value, Either) for value in values):
        return function(*values)
    sets = [options_of(value) for value in values]
    count = 1
    for one in sets:
        count *= len(one)
    return UNKNOWN if count > MOST else either(*(function(*chosen) for chosen in itertools.product(*sets)))


def lifted(function: Callable[..., Any], walker: Walker, value: Any, *more: Any) -> Any:
    """Return what a function of the walker gives for each of several values."""
    return either(*(function(walker, one, *more) for one in options_of(value)))


def truth(value: Any) -> bool | None:
    """Return whether a condition holds, None where that is not known; a parameter may have any value."""
    return bool(value) if _is_known(value) else None


def _is_known(value: Any) -> bool:
    """Tell whether nothing of a value is unknown, of a container neither what stands in it."""
    if isinstance(value, str):
        return is_whole(value) and not has_pattern(value)  # glob gives its pattern for files that may not be there
    if isinstance(value, list | tuple | set | dict):
        return all(map(_is_known, value.values() if isinstance(value, dict) else value))
    return isinstance(value, _CONSTANTS)


def _part(walker: Walker, part: ast.expr, frame: Frame) -> Any:
    if isinstance(part, ast.FormattedValue):
        spec = evaluate(walker, part.format_spec, frame) if part.format_spec is not None else ""
        value = evaluate(walker, part.value, frame)
        return combined(lambda one: text_of(one, spec if isinstance(spec, str) else ""), value)
    return evaluate(walker, part, frame)


def _binary(op: ast.operator, left: Any, right: Any) -> Any:  # noqa: PLR0911 - one case a kind of value
    if isinstance(op, ast.Div):
        if isinstance(left, PathValue) or isinstance(right, PathValue):
            return join(left, right)
        return UNKNOWN
    texts = [isinstance(one, str | Param) for one in (left, right)]
    if isinstance(op, ast.Add) and any(texts):
        if UNKNOWN in (left, right) or all(
            isinstance(one, str) or (isinstance(one, Param) and isinstance(one.default, str)) for one in (left, right)
        ):
            return text_of(left) + text_of(right)
        if not all(isinstance(plain(one), int | float) for one in (left, right)):
            return UNKNOWN
    if isinstance(op, ast.Mod) and isinstance(left, str):
        return _percent(left, right)
    if isinstance(left, list | tuple) and isinstance(op, ast.Add):
        more = items_of(right)
        return [*left, *more] if more is not None else UNKNOWN
    if UNKNOWN in (left, right) or isinstance(left, Param) or isinstance(right, Param):
        return UNKNOWN
    try:
        return _ARITHMETIC[type(op)](left, right)
    except Exception:  # noqa: BLE001 - what the code does with these values is not known
        return UNKNOWN


def _percent(left: str, right: Any) -> Any:
    values = right if isinstance(right, tuple) else (right,)
    parts = left.replace("%%", "\0").split("%")
    if len(parts) != len(values) + 1:
        return UNKNOWN
    text = parts[0]
    for value, part in zip(values, parts[1:], strict=True):
        width = len(part) - len(part.lstrip("0123456789.-+# "))
        if width >= len(part):
            return UNKNOWN
        kind = part[: width + 1]
        text += text_of(value, kind if kind != "s" and kind[-1] in "dfg" and len(kind) > 1 else "") + part[width + 1 :]
    return text.replace("\0", "%")


def _listed(walker: Walker, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    found: list[Any] = []
    for one in node.elts:
        value = evaluate(walker, one, frame)
        if isinstance(one, ast.Starred):
            inner = items_of(value)
            if inner is None:
                return UNKNOWN
            found += inner
        else:
            found.append(value)
    return tuple(found) if isinstance(node, ast.Tuple) else found


def _mapped(walker: Walker, node: ast.Dict, frame: Frame) -> Any:
    found: dict[Any, Any] = {}
    for key, one in zip(node.keys, node.values, strict=True):
        value = evaluate(walker, one, frame)
        if key is None:
            found.update(value if isinstance(value, dict) else {})
            continue
        name = plain(evaluate(walker, key, frame))
        if isinstance(name, str | int | float | bool | tuple):
            found[name] = value
    return found


def _item(owner: Any, index: Any) -> Any:
    owner = plain(owner)
    if isinstance(owner, dict | list | tuple | str) and index is not UNKNOWN:
        try:
            return owner[index]
        except (KeyError, IndexError, TypeError):
            return UNKNOWN
    if isinstance(owner, dict) and owner:
        return either(*owner.values())
    if isinstance(owner, list | tuple) and owner:
        return either(*owner)
    return GAP if isinstance(owner, str) else UNKNOWN


def _chosen(op: ast.boolop, values: list[Any]) -> Any:
    known = [truth(value) for value in values]
    if isinstance(op, ast.And):
        if False in known:
            return False
        return values[-1] if all(known) else UNKNOWN
    for value, decided in zip(values, known, strict=True):
        if decided:
            return value
        if decided is None:
            return either(*(one for one in values if one is not UNKNOWN and truth(one) is not False))
    return values[-1]


def _unary(op: ast.unaryop, value: Any) -> Any:
    if isinstance(op, ast.Not):
        decided = truth(value)
        return UNKNOWN if decided is None else not decided
    if isinstance(op, ast.USub) and isinstance(value, int | float):
        return -value
    return UNKNOWN


def _compared(ops: list[ast.cmpop], values: list[Any]) -> Any:
    for op, one, other in zip(ops, values, values[1:], strict=False):
        if not _is_known(one) or not _is_known(other):
            return UNKNOWN
        try:
            if not _COMPARED[type(op)](one, other):
                return False
        except Exception:  # noqa: BLE001 - what the code compares is not known
            return UNKNOWN
    return True


def _comprehended(
    walker: Walker, generators: list[ast.comprehension], make: Callable[[Frame], Any], frame: Frame
) -> Any:
    inner = Frame(outer=frame)
    found: list[Any] = []

    def step(depth: int) -> bool:
        if depth == len(generators):
            found.append(make(inner))
            return True
        one = generators[depth]
        values = items_of(evaluate(walker, one.iter, inner))
        known = values is not None
        for value in values if values is not None else [UNKNOWN]:
            if not walker.may_go_on():
                return False
            walker.bind(one.target, value, inner)
            decided = [truth(evaluate(walker, test, inner)) for test in one.ifs]
            if False not in decided:
                known &= step(depth + 1)
        return known

    return found if step(0) else (found if len(found) == 1 and found[0] is not UNKNOWN else UNKNOWN)
