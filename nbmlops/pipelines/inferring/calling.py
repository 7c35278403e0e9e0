"""What a call gives, and what it reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.file_calls import call_of_library, call_of_method
from nbmlops.pipelines.inferring.texts import call_of_path, call_of_text, path_attribute
from nbmlops.pipelines.inferring.values import (
    UNKNOWN,
    Attribute,
    Either,
    Frame,
    Function,
    Instance,
    ModuleNames,
    Param,
    Partial,
    PathValue,
    Ref,
    either,
    items_of,
    options_of,
    plain,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from nbmlops.pipelines.inferring.walking import Walker

_SAME_FUNCTION = ("joblib.delayed", "dask.delayed", "functools.cache", "functools.lru_cache")
_EACH = ("map", "imap", "imap_unordered", "starmap")


def called(walker: Walker, node: ast.Call, frame: Frame) -> Any:
    """Return the value of a call in the code."""
    import ast

    callee = walker.evaluate(node.func, frame)
    args: list[Any] = []
    for one in node.args:
        value = walker.evaluate(one, frame)
        if isinstance(one, ast.Starred):
            args += items_of(value) or []
        else:
            args.append(value)
    words: dict[str, Any] = {}
    for word in node.keywords:
        value = walker.evaluate(word.value, frame)
        if word.arg is not None:
            words[word.arg] = value
        elif isinstance(value, dict):
            words.update({str(name): one for name, one in value.items()})
    return apply(walker, callee, args, words, node)


def apply(  # noqa: PLR0911 - one case a kind of value
    walker: Walker, callee: Any, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None = None
) -> Any:
    """Return what a value gives when it is called."""
    if isinstance(callee, Either):
        return either(*(apply(walker, one, args, words, node) for one in options_of(callee)))
    if isinstance(callee, Function):
        return walker.call(callee, args, words)
    if isinstance(callee, Partial):
        return apply(walker, callee.function, [*callee.args, *args], {**callee.words, **words}, node)
    if isinstance(callee, Instance):
        return _made(walker, callee, args, words)
    if isinstance(callee, Ref):
        if callee.name in _SAME_FUNCTION and args:
            return args[0]
        if callee.name == "functools.partial" and args:
            return Partial(args[0], tuple(args[1:]), words)
        if callee.name == "builtins.map" and args:
            return _each(walker, args[0], args[1:])
        return call_of_library(walker, callee.name, args, words, node)
    if isinstance(callee, Attribute):
        return _method(walker, callee, args, words, node)
    return UNKNOWN


def attribute_of(walker: Walker, value: Any, name: str) -> Any:
    """Return an attribute of a value."""
    if isinstance(value, Ref):
        return Ref(f"{value.name}.{name}")
    if isinstance(value, ModuleNames):
        return value.frame.names.get(name, UNKNOWN)
    if isinstance(value, Instance):
        return _attribute_of_instance(walker, value, name)
    if isinstance(value, PathValue) or (isinstance(value, Param) and isinstance(value.default, PathValue)):
        found = path_attribute(value, name)
        return found if found is not UNKNOWN else Attribute(value, name)
    if isinstance(value, dict) and name in value and not hasattr(dict, name):
        return value[name]
    return Attribute(value, name)


def _attribute_of_instance(walker: Walker, value: Instance, name: str) -> Any:
    is_own = value.kind is None or name in value.names  # a class, a namespace, or what the instance holds itself
    found = (value if is_own or value.kind is None else value.kind).names.get(name)
    if not isinstance(found, Function):
        return found if found is not None else Attribute(value, name)
    named = {getattr(one, "id", getattr(one, "attr", "")) for one in getattr(found.node, "decorator_list", ())}
    if "classmethod" in named:
        return Function(found.node, found.frame, value.kind or value)
    if is_own or "staticmethod" in named:
        return found
    bound = Function(found.node, found.frame, value)
    return walker.call(bound, (), {}) if named & {"property", "cached_property"} else bound  # a property is its value


def _method(  # noqa: PLR0911 - one case a kind of value
    walker: Walker, callee: Attribute, args: Sequence[Any], words: dict[str, Any], node: ast.Call | None
) -> Any:
    owner, name = callee.owner, callee.name
    if isinstance(owner, Either):
        return either(*(_method(walker, Attribute(one, name), args, words, node) for one in owner.options))
    if name in _EACH and len(args) > 1 and isinstance(args[0], Function | Ref | Attribute):
        return _each(walker, args[0], args[1:])
    if name in ("submit", "apply_async", "apply") and args and isinstance(args[0], Function):
        inner = args[1:]
        if name == "apply_async" and len(args) > 1 and isinstance(args[1], list | tuple):
            inner = list(args[1])
        return walker.call(args[0], inner, {} if name != "submit" else words)
    if isinstance(owner, PathValue):
        return call_of_path(walker, owner, name, args, words, node)
    if isinstance(plain(owner), str):
        return call_of_text(owner, name, args, words)
    if isinstance(plain(owner), dict | list | tuple | set):
        return _container(plain(owner), name, args)
    return call_of_method(walker, owner, name, args, words, node)


def _each(walker: Walker, function: Any, values: Sequence[Any]) -> Any:
    columns = [items_of(one) for one in values]
    known = [one for one in columns if one is not None]
    if len(known) != len(columns) or not columns:
        apply(walker, function, [UNKNOWN for _ in values], {})
        return UNKNOWN
    return [apply(walker, function, row, {}) for row in zip(*known, strict=False)]


def _made(walker: Walker, kind: Instance, args: Sequence[Any], words: dict[str, Any]) -> Any:
    """Return a new instance of a class of the user's own."""
    if kind.kind is not None:
        return UNKNOWN
    made = Instance({}, kind)
    begin = kind.names.get("__init__")
    if isinstance(begin, Function):
        walker.call(Function(begin.node, begin.frame, made), args, words)
        return made
    fields = [name for name, one in kind.names.items() if not isinstance(one, Function)]
    made.names.update(zip(fields, args, strict=False))
    made.names.update(words)
    return made


def _container(owner: Any, name: str, args: Sequence[Any]) -> Any:
    if isinstance(owner, dict):
        if name == "items":
            return list(owner.items())
        if name in ("keys", "values"):
            return list(getattr(owner, name)())
        if name in ("get", "pop", "setdefault") and args:
            found = owner.get(plain(args[0])) if isinstance(plain(args[0]), str | int) else None
            return found if found is not None else args[1] if len(args) > 1 else UNKNOWN
        if name == "update" and args and isinstance(args[0], dict):
            owner.update(args[0])
        return dict(owner) if name == "copy" else UNKNOWN
    if isinstance(owner, list) and args and name == "append":
        owner.append(args[0])
    elif isinstance(owner, list) and args and name == "extend":
        owner.extend(items_of(args[0]) or [])
    elif name == "copy":
        return list(owner)
    return UNKNOWN
