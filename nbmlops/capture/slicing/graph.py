"""The objects that names reach, and the state of each: noted before a cell and again after it, to see what changed.

The walk has a deadline. What it did not come to, or cannot look into, is *unknown*; it counts as changed where the text
of the cell looks as if it may change it. What is small is looked at whatever the clock says, so that a slice does
not hang on how busy the machine is.
"""

from __future__ import annotations

import sys
import time
import types
from collections import deque
from typing import TYPE_CHECKING, Any

from nbmlops.capture.slicing.codes import facts_of
from nbmlops.capture.slicing.data_kinds import shows_alone
from nbmlops.capture.slicing.node_kinds import look
from nbmlops.capture.slicing.nodes import ATOMS, UNKNOWN, Leaf, learn_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

_HASH_SPEED = 3e9
"""Bytes a second, to tell beforehand whether an array can be hashed in time."""

LEAST_STEPS = 512
LEAST_BYTES = 4_000_000
"""What is always looked at, and always hashed: a fitted model and a table of some thousand rows; a few milliseconds."""

_MISSING = object()


class Graph:
    """A walk from the objects of some names.

    Parameters
    ----------
    namespace : dict
        The notebook's globals.
    attributes : iterable of str
        Attributes that the running code mentions: only methods of such names, or of special ones, are looked into.
    deadline : float
        Of ``time.perf_counter()``: when to stop.
    """

    def __init__(self, namespace: dict[str, Any], attributes: Iterable[str], deadline: float) -> None:
        self.namespace = namespace
        self.home = str(namespace.get("__name__", "__main__"))
        self.attributes = set(attributes)
        self.deadline = deadline
        self.states: dict[int, Any] = {}
        self.children: dict[int, list[int]] = {}
        self.unknown: set[int] = set()
        self.memory: dict[int, tuple[int, ...]] = {}
        """Of arrays and frames: ids of the memory that they show; negative where only an array sees a write."""
        self.writes: dict[int, tuple[int, ...]] = {}
        """What a change of an array or a frame is noted under, besides itself."""
        self.roots: dict[str, int] = {}
        self.chains: list[str] = []
        self.texts: set[str] = set()
        self.stores: set[str] = set()
        self.packages: set[str] = set()
        self.every_method = False
        self.late_in: dict[str, list[tuple[int, types.CodeType]]] = {}
        """Names read by functions, with the nodes and the codes of these functions."""
        self.follows_late = True
        self.hashes = True
        self.least_steps = LEAST_STEPS
        self._objects: dict[int, Any] = {}
        self._waiting: deque[Any] = deque()
        self._arrays: list[tuple[int, int, Leaf]] = []
        self._methods: list[tuple[int, str, Any]] = []
        self._over = False
        learn_numbers()

    def add(self, name: str, value: Any) -> None:
        """Begin at the object of a name."""
        self.roots[name] = id(value)
        self._queue(value)

    def run(self) -> None:
        """Walk until everything is seen, or the time is over and enough is seen; `release` must follow."""
        steps = 0
        while self._waiting or self._wake_methods():
            steps += 1
            if not steps % 32 and steps >= self.least_steps and time.perf_counter() > self.deadline:
                self._over = True
                break
            self._visit(self._waiting.popleft())
        fixed = (type, types.ModuleType, types.FunctionType)
        self.unknown.update(id(value) for value in self._waiting if not isinstance(value, fixed))
        self._hash_arrays()
        self._waiting.clear()

    def release(self) -> None:
        """Let go of the objects: none may live longer because it was looked at."""
        self._objects.clear()
        self._arrays.clear()
        self._methods.clear()

    @property
    def is_whole(self) -> bool:
        """Whether the walk came to its end."""
        return not self._over

    def reference_count(self, node: int) -> int:
        """Return how many references to an object there are beside those of this walk; many, where it is not held."""
        value = self._objects.get(node)
        # the walk's own dictionary, the variable here, and the argument of the call; data is waiting to be hashed, too
        return 1 << 30 if value is None else sys.getrefcount(value) - (4 if node in self.memory else 3)

    def is_shown_elsewhere(self, node: int) -> bool:
        """Tell whether an array may show the memory of a frame or a series."""
        against = any(key < 0 for key in self.writes.get(node, ()))
        value = self._objects.get(node)
        return against and hasattr(value, "_mgr") and not shows_alone(value)

    def reach(self, start: int) -> set[int]:
        """Return the ids of all objects reached from one, itself among them, and of the memory of arrays."""
        found = {start}
        waiting = [start]
        while waiting:
            for child in self.children.get(waiting.pop(), ()):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return found.union(*(self.memory.get(node, ()) for node in found))

    def changed(self, later: Graph) -> set[int]:
        """Return the ids of objects whose state differs in a later walk, and of the memory of such arrays."""
        changed: set[int] = set()
        for node, state in self.states.items():
            after = later.states.get(node, _MISSING)
            if after is _MISSING or node in self.unknown or node in later.unknown:
                continue
            if state is not after and state != after:
                changed.add(node)
                changed.update(set(self.writes.get(node, ())).intersection(later.writes.get(node, ())))
        return changed

    def _queue(self, value: Any) -> None:
        if type(value) in ATOMS or id(value) in self._objects:
            return
        self._objects[id(value)] = value
        self._waiting.append(value)

    def _visit(self, value: Any) -> None:
        node = id(value)
        try:
            seen = look(value, self.home, self.namespace)
        except Exception:  # noqa: BLE001 - an object of a stranger may fail in any way: then nothing is known of it
            seen = UNKNOWN
        if isinstance(seen, Leaf):
            self.memory[node], self.writes[node] = _memory_keys(seen)
            self._arrays.append((seen.size, node, seen))
            self.children[node] = [id(child) for child in seen.children]
            for child in seen.children:
                self._queue(child)
            return
        self.states[node] = seen.state
        if not seen.known:
            self.unknown.add(node)
        children = []
        for child in seen.children:
            if type(child) not in ATOMS:
                children.append(id(child))
                self._queue(child)
        self.children[node] = children
        for function in seen.functions:
            self._function(node, function)
        for name, method in seen.methods:
            if self.every_method or name in self.attributes or (name.startswith("__") and name.endswith("__")):
                children.append(id(method))
                self._queue(method)
            else:
                self._methods.append((node, name, method))
                self._objects[id(seen)] = seen  # the method lives at least as long as the walk

    def _function(self, node: int, function: types.FunctionType) -> None:
        facts = facts_of(function.__code__)
        self.attributes |= facts.attributes
        self.chains += facts.chains
        self.texts |= facts.texts
        if function.__globals__ is not self.namespace:
            return
        self.stores |= facts.stores
        if not self.follows_late:
            return
        for name in facts.loads:
            if name in self.namespace:
                self.late_in.setdefault(name, []).append((node, function.__code__))
                if name not in self.roots:
                    self.add(name, self.namespace[name])

    def _wake_methods(self) -> bool:
        """Queue methods whose names have been met since."""
        if not self._methods:
            return False
        waiting, self._methods = self._methods, []
        woken = False
        for node, name, method in waiting:
            if self.every_method or name in self.attributes:
                self.children[node].append(id(method))
                self._queue(method)
                woken = True
            else:
                self._methods.append((node, name, method))
        return bool(self._waiting) if woken else False

    def _hash_arrays(self) -> None:
        """Hash arrays, small ones first, as long as the time lasts or they are few."""
        hashed = 0
        for size, node, leaf in sorted(self._arrays, key=lambda one: one[:2]):
            if not self.hashes:
                continue
            hashed += size
            is_late = hashed > LEAST_BYTES and time.perf_counter() + size / _HASH_SPEED > self.deadline
            if self._over or is_late:
                self.states[node] = None
                self.unknown.add(node)
                continue
            try:
                self.states[node] = leaf.content(leaf.value)
            except Exception:  # noqa: BLE001 - as above
                self.states[node] = None
                self.unknown.add(node)


def _memory_keys(leaf: Leaf) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return under which ids data is reached, and under which a change of it is noted.

    What is written through pandas is seen by arrays on the same memory (negative ids), but by no other frame.
    """
    against = tuple(-one for one in leaf.memory)
    if leaf.copies:
        return leaf.memory, against
    return (*leaf.memory, *against), (*leaf.memory, *against)


def memory_of(value: Any) -> tuple[int, ...] | None:
    """Return the ids under which data is reached through its memory; None where it holds other objects, too."""
    try:
        seen = look(value, "__main__", {})
    except Exception:  # noqa: BLE001 - as above
        return None
    return _memory_keys(seen)[0] if isinstance(seen, Leaf) and not seen.children else None
