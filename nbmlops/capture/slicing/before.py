"""What a cell starts from: its names, the settings, the files, and the state of all objects that it can reach."""

from __future__ import annotations

import math
import re
import sys
import time
import types
import weakref
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint import is_data
from nbmlops.capture.slicing import module_state
from nbmlops.capture.slicing.files import paths_in
from nbmlops.capture.slicing.graph import Graph
from nbmlops.capture.slicing.nodes import ATOMS
from nbmlops.capture.slicing.origins import is_own_module, own_class, root_of
from nbmlops.capture.slicing.purity import is_library_data, may_change, resolve

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.slicing.files import FileWatch

BEFORE_S = 0.004
SKIPPED = frozenset({"In", "Out", "_ih", "_oh", "_dh", "get_ipython", "exit", "quit", "__builtins__", "__builtin__"})
_SHOWN = re.compile(r"^_\d+$")


_OWN_REFERENCES = 3
"""Of a value that one name holds: from the namespace, a variable, and the argument of ``getrefcount``."""


class Held:
    """Holds an object that takes no weak reference; called as one is."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        """Return the object, as a weak reference does."""
        return self.value


class Before:
    """What a cell starts from.

    ``known`` are the settings and files that earlier cells have changed, ``known_modules`` what they have imported.
    """

    def __init__(
        self, cell: ExecutedCell, namespace: dict[str, Any], known: set[str], known_modules: set[str], watch: FileWatch
    ) -> None:
        self.cell = cell
        self.effects = cell.effects
        self.namespace = namespace
        self.known = known
        self.known_modules = known_modules
        self.ids = ids_of(namespace)
        self.held: dict[str, Any] = {}
        self._hold_written()
        self.settings = module_state.snapshot()
        self.streams = module_state.streams()
        self.modules = len(sys.modules)
        self.magics = magic_names(namespace)
        self.names = self._names_read()
        self.absent = {name for name in self.effects.inputs if name in known and name not in namespace}
        self.graph = self._walk(time.perf_counter() + BEFORE_S)
        self.watch = watch
        folders = {name[5:].rpartition("/")[0] for name in known if name.startswith("file:")}
        self.watch.start(self._path_texts(), sorted(folders)[:20])

    def _hold_written(self) -> None:
        """Keep what tells an object from a later one at its address, of names that the cell may bind: no data."""
        for name in self.effects.writes | self.effects.deletes:
            if name in self.namespace:
                value = self.namespace[name]
                if type(value) in ATOMS:
                    self.held[name] = value
                else:
                    try:
                        self.held[name] = weakref.ref(value)
                    except TypeError:
                        # a list that others hold, too, lives on anyway; one that is the name's alone may go
                        if sys.getrefcount(value) > _OWN_REFERENCES:
                            self.held[name] = Held(value)

    def _names_read(self) -> set[str]:
        """Return the names of the notebook that the cell's text reads from outside."""
        namespace, effects = self.namespace, self.effects
        names = {name for name in effects.inputs | effects.unsure if name in namespace}
        for pattern in effects.patterns:
            names |= {name for name in list(namespace) if re.fullmatch(pattern, name)}
        if effects.looks_up:
            names |= self._looked_up(effects.texts)
        if "Out[]" in effects.inputs:
            names |= {name for name in list(namespace) if _SHOWN.match(name)}
        return names - SKIPPED

    def _looked_up(self, texts: Collection[str]) -> set[str]:
        """Return the names that ``globals()[…]`` or ``eval`` may mean: those that stand in a text, else every one."""
        own = {name for name in list(self.namespace) if not name.startswith("_") and name not in SKIPPED}
        words = {word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text)}
        return own & words or own

    def _walk(self, deadline: float) -> Graph:
        graph = Graph(self.namespace, self.effects.attributes, deadline)
        graph.every_method = self._escapes()
        for name in sorted(self.names, key=lambda one: (_weight(self.namespace[one]), one)):
            value = self.namespace[name]
            if type(value) in ATOMS:
                continue
            if isinstance(value, types.ModuleType):
                if is_own_module(value):
                    graph.add(name, value)
                continue
            if is_library_data(value, graph.home) and not may_change(
                value, self.effects.uses.get(name), self.namespace
            ):
                continue
            graph.add(name, value)
        graph.run()
        graph.release()
        return graph

    def _escapes(self) -> bool:
        """Tell whether an object of the notebook's own class is handed to a library, which may call any method."""
        for name in self.names & self.effects.passed:
            value = self.namespace[name]
            kind = value if isinstance(value, type) else type(value)
            home = str(self.namespace.get("__name__", "__main__"))
            if not own_class(kind, home):
                continue
            use = self.effects.uses.get(name)
            for callee, _, _ in use.passed if use is not None else ():
                found, _ = resolve(callee, self.namespace)
                if found is None or root_of(found) not in ("builtins", home, ""):
                    return True
        for name in self.names:
            value = self.namespace[name]
            kind = value if isinstance(value, type) else type(value)
            home = str(self.namespace.get("__name__", "__main__"))
            if own_class(kind, home) and any(_is_installed(base) for base in kind.__mro__):
                return True
        return False

    def _path_texts(self) -> set[str]:
        texts = paths_in(self.effects.texts, self.effects.shells)
        texts |= {text for name in self.names if type(text := self.namespace[name]) is str and 0 < len(text) < 200}
        return {text for text in texts if "." in text or "/" in text}

    def late_names(self) -> set[str]:
        """Return the names that functions which the cell may call read from outside."""
        found = set()
        for name, users in self.graph.late_in.items():
            if name in self.names or name not in self.ids:
                continue
            bound_at = self.effects.surely.get(name)
            if bound_at is not None and all(bound_at < self._first_call(node) for node, _ in users):
                continue
            found.add(name)
        return found - SKIPPED

    def _first_call(self, node: int) -> int:
        """Return when the first name is loaded through which a function is reached."""
        ticks = [
            tick
            for name, tick in self.effects.loads.items()
            if name in self.graph.roots and node in self.graph.reach(self.graph.roots[name])
        ]
        return min(ticks, default=0)


def ids_of(namespace: dict[str, Any]) -> dict[str, int]:
    """Return the id of each name's object; of a copy, which is made at once: a thread of the user's may add names."""
    now = namespace.copy()
    return dict(zip(now, map(id, now.values()), strict=True))


def _weight(value: Any) -> int:
    """Return roughly how long a look into an object takes; never asks it itself, since a frame counts all its texts."""
    if type(value) in (list, tuple, dict, set, frozenset):
        return sys.getsizeof(value)
    shape = value.shape if is_data(value) and type(value) is not list else ()
    return 8 * math.prod(one for one in shape if type(one) is int)


def magic_names(namespace: dict[str, Any]) -> frozenset[str]:
    """Return the names of the shell's magics; none where the namespace is no shell's."""
    getter = namespace.get("get_ipython")
    shell = getattr(getter, "__self__", None) if type(getter) is types.MethodType else None
    manager = getattr(shell, "magics_manager", None)
    magics = getattr(manager, "magics", None)
    if type(magics) is not dict:
        return frozenset()
    return frozenset(name for kind in list(magics.values()) for name in list(kind))


def _is_installed(kind: type) -> bool:
    """Tell whether a class is of an installed package, not of Python itself or the user's own."""
    name = kind.__module__.partition(".")[0]
    return name not in sys.stdlib_module_names and name != "__main__" and not own_class(kind, "__main__")
