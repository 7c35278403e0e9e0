"""How each kind of object is looked into: its own state, and the objects it holds. No code of the user's runs."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import functools
import gc
import random
import re
import sys
import types
import uuid
from pathlib import PurePath
from typing import Any, NamedTuple

from nbmlops.capture.slicing.data_kinds import (
    by_fingerprint,
    by_reference,
    bytes_content,
    look_at_numpy,
    look_at_pandas,
)
from nbmlops.capture.slicing.nodes import ATOMS, MAX_ITEMS, UNKNOWN, Leaf, Seen, items_state
from nbmlops.capture.slicing.origins import is_in_figure, is_own_module, own_class

IMMUTABLE = frozenset(
    {
        datetime.datetime,
        datetime.date,
        datetime.time,
        datetime.timedelta,
        datetime.timezone,
        decimal.Decimal,
        fractions.Fraction,
        uuid.UUID,
        range,
        slice,
        re.Pattern,
        types.BuiltinFunctionType,
        types.CodeType,
        type(NotImplemented),
        types.GenericAlias,
        types.UnionType,
        types.MemberDescriptorType,
        types.GetSetDescriptorType,
        types.WrapperDescriptorType,
        types.MethodDescriptorType,
    }
)
_HARMLESS = frozenset(
    (
        "_thread.lock _thread.RLock weakref.ReferenceType weakref.KeyedRef _io.TextIOWrapper.std _thread._local "
        "_contextvars.ContextVar _contextvars.Context weakref.ProxyType"
    ).split()
)
_ITERATORS = frozenset(
    {
        type(iter([])),
        type(iter(())),
        type(iter(range(0))),
        type(iter("")),
        type(iter(b"")),
        enumerate,
        zip,
        map,
        filter,
        reversed,
    }
)
_WHOLE = ("_parent_figure", "_root_figure", "figure")
_CACHES = ("_cache", "_item_cache", "_id", "_references", "__weakref__")


def look(  # noqa: C901, PLR0911 - one branch a kind
    value: Any, home: str, namespace: dict[str, Any]
) -> Seen | Leaf:
    """Return the state of an object and what it holds."""
    kind = type(value)
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(value, namespace)  # type: ignore[no-any-return]
    if kind in IMMUTABLE or issubclass(kind, PurePath):
        return Seen(value)  # held, so that its id stays its own
    if issubclass(kind, type):
        return _class(value, home)
    if kind in _ITERATORS:
        state, others = items_state(_flat(value.__reduce__()))
        return Seen(state, others)
    package = kind.__module__.partition(".")[0] if type(kind.__module__) is str else ""
    if package == "numpy":
        found = look_at_numpy(value, kind)
        if found is not None:
            return found
    elif package == "pandas":
        found = look_at_pandas(value, kind)
        if found is not None:
            return found
    elif package in ("pyarrow", "polars"):
        return by_reference(value) if package == "pyarrow" else by_fingerprint(value)
    elif package == "torch" and hasattr(kind, "_version"):
        return Seen((value.data_ptr(), value._version), (value.grad,) if value.is_leaf else ())  # noqa: SLF001
    if f"{kind.__module__}.{kind.__qualname__}" in _HARMLESS:
        return Seen(id(value))
    return _instance(value, kind, home)


def _flat(parts: Any) -> list[Any]:
    """Return what a builtin iterator is made of: the tuples that tell it are new at each call."""
    if type(parts) is not tuple:
        return [parts]
    return [one for part in parts for one in _flat(part)]


def _sequence(value: Any, _: Any) -> Seen:
    size = list.__len__(value) if isinstance(value, list) else len(value)
    if size > MAX_ITEMS:
        return UNKNOWN
    state, others = items_state(value)
    return Seen(state, others)


def _mapping(value: Any, _: Any) -> Seen:
    if dict.__len__(value) > MAX_ITEMS:
        return UNKNOWN
    keys, other_keys = items_state(dict.keys(value))
    values, others = items_state(dict.values(value))
    return Seen((keys, values), [*other_keys, *others])


def _bytearray(value: Any, _: Any) -> Seen | Leaf:
    return Leaf(value, (id(value),), len(value), bytes_content)


def _function(value: Any, namespace: dict[str, Any]) -> Seen:
    cells = []
    for cell in value.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:
            continue
    contents, others = items_state(cells)
    held = [value.__defaults__, value.__kwdefaults__, value.__dict__ or None, *others]
    if value.__globals__ is not namespace:
        module = sys.modules.get(value.__module__) if type(value.__module__) is str else None
        if type(module) is not types.ModuleType or not is_own_module(module):
            if not value.__closure__:
                return Seen(value)
        else:
            held.append(module)
    return Seen((id(value.__code__), contents), [one for one in held if one is not None], functions=(value,))


def _method(value: Any, _: Any) -> Seen:
    return Seen(None, (value.__self__, value.__func__))


def _builtin(value: Any, _: Any) -> Seen:
    owner = value.__self__
    return Seen(value) if owner is None or type(owner) is types.ModuleType else Seen(None, (owner,))


def _partial(value: Any, _: Any) -> Seen:
    return Seen(None, (value.func, value.args, value.keywords))


def _cached(value: Any, _: Any) -> Seen:
    wrapped = value.__dict__.get("__wrapped__")
    info = value.cache_info()
    return Seen((info.misses, info.currsize) if _is_impure(wrapped) else None, (wrapped,))


def _is_impure(function: Any) -> bool:
    """Tell whether what a cached function gave may depend on when it was called: it reads what can change."""
    if type(function) is not types.FunctionType:
        return True
    from nbmlops.capture.slicing.codes import facts_of

    facts = facts_of(function.__code__)
    if facts.stores or function.__closure__:
        return True
    plain = (types.FunctionType, types.ModuleType, type, functools._lru_cache_wrapper)  # noqa: SLF001
    for name in facts.loads:
        found = function.__globals__.get(name)
        if type(found) not in ATOMS and not isinstance(found, plain):
            return True
    return any("random" in chain or "time" in chain for chain in facts.chains)


def _descriptor(value: Any, _: Any) -> Seen:
    return Seen(None, tuple(one for one in (value.fget, value.fset, value.fdel) if one is not None))


def _wrapper(value: Any, _: Any) -> Seen:
    return Seen(None, (value.__func__,))


def _cached_property(value: Any, _: Any) -> Seen:
    return Seen(None, (value.func,))


def _module(value: Any, namespace: dict[str, Any]) -> Seen:
    if not is_own_module(value) or value.__dict__ is namespace:
        return Seen(id(value))
    names = [name for name in value.__dict__ if not name.startswith("__")]
    state, others = items_state(value.__dict__[name] for name in names)
    return Seen((tuple(names), state), others)


def _generator(value: Any, _: Any) -> Seen:
    frame = value.gi_frame
    if frame is None:
        return Seen("finished")
    held = [one for one in frame.f_locals.values() if type(one) not in ATOMS]
    functions = (types.FunctionType(value.gi_code, frame.f_globals),) if not value.gi_code.co_freevars else ()
    if frame.f_lasti < 0 or not getattr(value, "gi_suspended", True):
        return Seen("made", held, functions=functions)
    return Seen(None, held, known=False, functions=functions)


def _random(value: Any, _: Any) -> Seen:
    return Seen(random.Random.getstate(value))


def _view(value: Any, _: Any) -> Seen:
    return Seen(None, gc.get_referents(value))


def _deque(value: Any, _: Any) -> Seen:
    state, others = items_state(collections.deque.__iter__(value))
    return Seen(state, others)


_READERS: dict[type, Any] = {
    list: _sequence,
    tuple: _sequence,
    set: _sequence,
    frozenset: _sequence,
    collections.deque: _deque,
    dict: _mapping,
    collections.OrderedDict: _mapping,
    collections.defaultdict: _mapping,
    collections.Counter: _mapping,
    bytearray: _bytearray,
    types.FunctionType: _function,
    types.MethodType: _method,
    types.BuiltinMethodType: _builtin,
    functools.partial: _partial,
    functools._lru_cache_wrapper: _cached,  # noqa: SLF001 - the type of what @lru_cache gives
    property: _descriptor,
    staticmethod: _wrapper,
    classmethod: _wrapper,
    functools.cached_property: _cached_property,
    types.ModuleType: _module,
    types.GeneratorType: _generator,
    types.MappingProxyType: _view,
    type({}.keys()): _view,
    type({}.values()): _view,
    type({}.items()): _view,
    types.CellType: _view,
    random.Random: _random,
}


def _class(value: type, home: str) -> Seen:
    if not own_class(value, home):
        return Seen(id(value))
    members = {name: one for name, one in value.__dict__.items() if name not in ("__dict__", "__weakref__", "__doc__")}
    members.pop("_abc_impl", None)
    state, others = items_state(members.values())
    callables = (types.FunctionType, property, staticmethod, classmethod, functools.cached_property)
    methods = tuple((name, one) for name, one in members.items() if isinstance(one, callables))
    of_methods = {id(one) for _, one in methods}
    held = [one for one in others if id(one) not in of_methods]
    bases = [base for base in value.__mro__[1:] if own_class(base, home)]
    return Seen((tuple(members), state), [*held, *bases], methods=methods)


class _Layout(NamedTuple):
    """Where the instances of a class keep what they hold."""

    builtin: Any
    """How the builtin container that the class extends is read; `_UNREADABLE` where it is another builtin."""
    atom: Any
    has_dict: bool
    caches: frozenset[Any]
    slots: tuple[tuple[str, types.MemberDescriptorType], ...]
    in_figure: bool


_UNREADABLE = object()


def _layout(kind: type) -> _Layout:
    builtin = atom = None
    for base in kind.__mro__:
        if base in _READERS and base is not object:
            builtin = _READERS[base] if base in (list, tuple, dict, set, frozenset) else _UNREADABLE
            break
        if base in ATOMS:
            atom = base
            break
    caches = {
        name for base in kind.__mro__ for name, one in base.__dict__.items() if type(one) is functools.cached_property
    }
    slots = tuple(
        (name, slot)
        for base in kind.__mro__
        if "__slots__" in base.__dict__
        for name, slot in base.__dict__.items()
        if type(slot) is types.MemberDescriptorType and name not in ("__dict__", "__weakref__")
    )
    has_dict = bool(kind.__dictoffset__) or any("__dict__" in base.__dict__ for base in kind.__mro__)
    return _Layout(builtin, atom, has_dict, frozenset({*_CACHES, *caches}), slots, is_in_figure(kind))


_layout_of_a_library = functools.lru_cache(maxsize=4096)(_layout)
"""A figure has many thousand parts of a few classes, and no library's class changes where its instances keep them."""


def _instance(value: Any, kind: type, home: str) -> Seen:
    own = own_class(kind, home)
    layout = _layout(kind) if own else _layout_of_a_library(kind)
    if layout.in_figure and not own:
        return _part_of_figure(value)
    state: list[Any] = []
    held: list[Any] = [kind] if own else []
    if layout.builtin is not None:
        inner = layout.builtin(value, {}) if layout.builtin is not _UNREADABLE else UNKNOWN
        if not isinstance(inner, Seen) or not inner.known:
            return Seen(None, held, known=False)
        state.append(inner.state)
        held += inner.children
    elif layout.atom is not None:
        state.append(layout.atom.__repr__(value))
    if layout.has_dict:
        attributes = object.__getattribute__(value, "__dict__")
        names = tuple(name for name in attributes if name not in layout.caches)
        part, others = items_state(attributes[name] for name in names)
        state += [names, part]
        held += others
    for name, slot in layout.slots:
        try:
            part, others = items_state([slot.__get__(value)])
        except AttributeError:
            continue
        state.append((name, part))
        held += others
    known = layout.builtin is not None or layout.atom is not None or layout.has_dict or bool(layout.slots)
    if not known or (not own and _is_handle(kind)):
        return _by_reduce(value, kind) if not own else Seen(None, held, known=False)
    return Seen(tuple(state), held)


def _part_of_figure(value: Any) -> Seen:
    """Look from a part of a figure to the figure, of which nothing is known: it has many thousand parts, all tied."""
    attributes = object.__getattribute__(value, "__dict__")
    for name in _WHOLE:
        whole = attributes.get(name)
        if whole is not None and whole is not value:
            return Seen(id(value), (whole,))
    return Seen(None, (), known=False)


def _is_handle(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("ctypes", "_ctypes", "xgboost", "lightgbm", "catboost")


def _by_reduce(value: Any, kind: type) -> Seen:
    """Look into an object of a library's compiled type as a pickle would."""
    module = kind.__module__ if type(kind.__module__) is str else ""
    if module in ("builtins", "itertools", "_asyncio", "operator", "_functools"):
        return Seen(None, [one for one in gc.get_referents(value) if not isinstance(one, type)], known=False)
    if module in ("_io", "sqlite3", "_thread", "_ctypes", "ctypes", "socket"):
        return UNKNOWN
    from nbmlops.capture.fingerprint import object_digest

    try:
        digest = object_digest(value, budget_bytes=1_000_000)
    except Exception:  # noqa: BLE001 - a library's type may refuse in any way
        return UNKNOWN
    return Seen(digest) if digest is not None else UNKNOWN
