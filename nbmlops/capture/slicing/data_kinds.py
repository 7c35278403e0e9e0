"""How data is looked into: arrays, frames, series, indexes and their kin, by content or by what cannot change."""

from __future__ import annotations

import sys
import types
import weakref
from typing import Any

from blake3 import blake3

from nbmlops.capture.fingerprint import fingerprint, nbytes
from nbmlops.capture.slicing.nodes import MAX_ITEMS, UNKNOWN, Leaf, Seen, items_state

_FRAME_PARTS = frozenset({"_mgr", "_item_cache", "_flags", "_cacher", "_name", "_is_copy"})


def by_reference(value: Any) -> Seen:
    """Give a state of an object that cannot change: its weak reference, which no later object at its address gets."""
    try:
        return Seen(weakref.ref(value))
    except TypeError:
        return Seen(value)


def by_fingerprint(value: Any) -> Seen:
    """Give a state by the content's digest; nothing is known of what is too large for that."""
    if (nbytes(value) or 0) > 4_000_000:
        return UNKNOWN
    found = fingerprint(value)
    return Seen(found.digest, (), known=found.digest is not None) if found is not None else Seen(value)


def look_at_numpy(value: Any, kind: type) -> Seen | Leaf | None:  # noqa: PLR0911 - one a kind
    """Look into an object of NumPy's; None where it is an object like any other."""
    import numpy as np

    if issubclass(kind, np.ndarray):
        if value.dtype.kind == "O":
            if value.size > MAX_ITEMS // 4:
                return Seen(None, (), known=False)
            state, others = items_state(value.ravel().tolist())
            return Seen((value.shape, state), others)
        return Leaf(value, (_memory(value),), value.nbytes, _array_content)
    if issubclass(kind, np.generic | np.dtype | np.ufunc):
        return Seen(value)
    if issubclass(kind, np.random.Generator):
        return Seen(repr(value.bit_generator.state))
    if issubclass(kind, np.random.RandomState):
        state = value.get_state(legacy=False)["state"]
        return Seen((state["key"].tobytes(), state["pos"]))
    if issubclass(kind, np.random.BitGenerator):
        return Seen(repr(value.state))
    return Seen(value) if not kind.__dictoffset__ else None


def look_at_pandas(value: Any, kind: type) -> Seen | Leaf | None:  # noqa: PLR0911 - one a kind
    """Look into an object of pandas'; None where it is an object like any other."""
    import pandas as pd

    if issubclass(kind, pd.DataFrame | pd.Series):
        blocks = value._mgr.blocks  # noqa: SLF001 - the only place where pandas tells which memory is whose
        memory = tuple(_memory(block.values) for block in blocks)
        rest = object.__getattribute__(value, "__dict__")
        extra = {name: one for name, one in rest.items() if name not in _FRAME_PARTS and (type(one) is not dict or one)}
        state, held = items_state(extra.values())
        size = sum(2 * _size(block.values) for block in blocks) + value.index.size

        def content(frame: Any) -> Any:
            return (_frame_content(frame), tuple(extra), state)

        return Leaf(value, memory, size, content, tuple(held), copies=_copies_on_write(pd))
    if issubclass(kind, pd.MultiIndex):
        return Seen((weakref.ref(value), repr(list(value.names))))
    if issubclass(kind, pd.Index):
        name = value._name  # noqa: SLF001
        state, others = items_state([name])
        return Seen((weakref.ref(value), state), others)
    if issubclass(kind, pd.api.extensions.ExtensionArray):
        inner = [getattr(value, name, None) for name in ("_ndarray", "_pa_array", "_data", "_mask", "_left", "_right")]
        inner = [one for one in inner if one is not None]
        if not inner:
            return None
        return Seen((tuple(id(one) for one in inner), str(value.dtype)), inner)
    if issubclass(kind, pd.Timestamp | pd.Timedelta | pd.Period | pd.Interval) or not hasattr(value, "__dict__"):
        return Seen(value)
    return None


def shows_alone(value: Any) -> bool:
    """Tell whether nobody but a frame or a series holds the memory that it shows: then no array sees a write to it."""
    waiting = [(block, "values") for block in value._mgr.blocks]  # noqa: SLF001 - as above
    while waiting:
        holder, name = waiting.pop()
        held = getattr(holder, name)
        if held is None:
            continue
        if sys.getrefcount(held) > _HELD_ONCE:
            return False
        inner = ("base",) if type(held).__module__ == "numpy" else ("_ndarray", "_data", "_mask")
        waiting += [(held, one) for one in inner if hasattr(held, one)]
    return True


def _references_when_held_once() -> int:
    """Return the count of an object that one other holds, and a variable: it is not the same in all Pythons."""
    holder = types.SimpleNamespace(value=object())
    held = holder.value
    return sys.getrefcount(held)


_HELD_ONCE = _references_when_held_once()


def _memory(values: Any) -> int:
    """Return the id of what owns the memory of an array, or of an extension array's."""
    base = values
    for _ in range(20):
        kind = type(base)
        if kind.__module__.partition(".")[0] == "pandas":
            inner = getattr(base, "_ndarray", None)
            inner = getattr(base, "_data", None) if inner is None else inner
        else:
            inner = getattr(base, "base", None) if kind.__module__ == "numpy" else None
        if inner is None:
            break
        base = inner
    return id(base)


def _size(values: Any) -> int:
    """Return the bytes to hash, strings estimated: they take longer than their bytes."""
    if getattr(values.dtype, "kind", "") == "O":
        return int(values.size) * 200
    return int(getattr(values, "nbytes", 0) or 0)


def _copies_on_write(pandas: Any) -> bool:
    return int(pandas.__version__.partition(".")[0]) >= 3


def bytes_content(value: Any) -> Any:
    """Return what tells the content of bytes."""
    return (len(value), blake3(value).digest())


def _array_content(value: Any) -> Any:
    whole = value if value.flags.c_contiguous else value.copy(order="C")
    mask = getattr(value, "_mask", None)
    extra = mask.tobytes() if mask is not None and hasattr(mask, "tobytes") else b""
    return (value.shape, value.dtype.str, blake3(whole.reshape(-1).view("u1").data).digest(), extra)


def _frame_content(value: Any) -> Any:
    found = fingerprint(value)
    if found is None or found.digest is None:
        raise TypeError
    return (found.digest, found.order)
