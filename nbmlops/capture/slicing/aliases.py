"""Which names reach an object that was changed: through containers, attributes, closures and shared memory."""

from __future__ import annotations

import sys
import time
import types
from typing import Any

from nbmlops.capture.fingerprint import is_data
from nbmlops.capture.slicing.graph import Graph, memory_of
from nbmlops.capture.slicing.node_kinds import IMMUTABLE
from nbmlops.capture.slicing.nodes import ATOMS, is_number
from nbmlops.capture.slicing.origins import is_own_module, own_class

BUDGET_S = 0.004
NAME_BUDGET_S = 0.0007
NAME_STEPS = 128
"""For one name, at most and at least: a large figure must not take the time of all others."""
_HISTORY = frozenset({"In", "Out", "_ih", "_oh", "_dh", "get_ipython", "exit", "quit"})
_EMPTY = frozenset({*ATOMS, *IMMUTABLE, types.ModuleType}) - {types.BuiltinFunctionType}


def names_reaching(changed: set[int], graph: Graph, namespace: dict[str, Any]) -> set[str]:
    """Return the names that reach one of some changed objects, by a walk made after the cell; in doubt a name does.

    The names of ``graph`` are answered from it. The others need a look only where somebody else holds a changed object:
    its reference count says whether there is anybody.
    """
    found: set[str] = set()
    others: list[str] = []
    home = str(namespace.get("__name__", "__main__"))
    for name, value in namespace.copy().items():
        if id(value) in changed:
            found.add(name)
        elif id(value) in graph.children:  # seen in the walk, under this name or another
            if not graph.reach(id(value)).isdisjoint(changed):
                found.add(name)
        elif _is_empty(name, value, home):
            continue
        else:
            memory = memory_of(value) if is_data(value) and type(value) is not list else None
            if memory is None:
                others.append(name)
            elif not changed.isdisjoint(memory):
                found.add(name)
    value = None  # a reference of ours would be counted
    if not others or _is_closed(changed, graph, namespace):
        return found
    return found | _others_reaching(changed, others, namespace)


def _others_reaching(changed: set[int], names: list[str], namespace: dict[str, Any]) -> set[str]:
    """Return the names that a walk of their own shows to reach a changed object, or that it could not finish."""
    found: set[str] = set()
    over = time.perf_counter() + BUDGET_S
    names.sort(key=lambda name: _weight(namespace[name]))
    for name in names:
        now = time.perf_counter()
        if now > over:
            if not _is_flat(namespace[name]):
                found.add(name)
            continue
        walk = Graph(namespace, (), min(over, now + NAME_BUDGET_S))
        walk.follows_late = walk.hashes = False
        walk.least_steps = NAME_STEPS
        walk.add(name, namespace[name])
        walk.run()
        reached = walk.reach(id(namespace[name]))
        walk.release()
        if not walk.is_whole or not reached.isdisjoint(changed):
            found.add(name)
    return found


def _is_empty(name: str, value: Any, home: str) -> bool:
    """Tell whether a name can reach nothing that a cell changes: simple values, modules, what libraries define."""
    if type(value) in _EMPTY or name in _HISTORY:
        return True
    if isinstance(value, type):
        return not own_class(value, home)
    if is_number(value):
        return True
    if type(value) is not types.FunctionType:
        return False
    if not (value.__closure__ or value.__defaults__ or value.__kwdefaults__ or value.__dict__):
        return True  # what it reads by name is told where it is called
    module = sys.modules.get(value.__module__ or "")
    return value.__module__ != home and type(module) is types.ModuleType and not is_own_module(module)


def _is_closed(changed: set[int], graph: Graph, namespace: dict[str, Any]) -> bool:
    """Tell whether every reference to the changed objects is known: from names, and from what the graph has seen."""
    holders: dict[int, list[int]] = {}
    for node, children in graph.children.items():
        for child in children:
            holders.setdefault(child, []).append(node)
    watched = {node for node in changed if node > 0}
    if any(graph.is_shown_elsewhere(node) for node in watched):
        return False
    waiting = list(watched)
    while waiting:  # who holds the holder reaches the object, too
        for holder in holders.get(waiting.pop(), ()):
            if holder not in watched:
                watched.add(holder)
                waiting.append(holder)
    edges = {node: len(holders.get(node, ())) for node in watched}
    shown = namespace.get("_oh")
    places = [*namespace.copy().values(), *(shown.values() if type(shown) is dict else ())]
    value: Any = None
    for value in places:
        if id(value) in watched:
            edges[id(value)] += 1
    del places, value
    return all(graph.reference_count(node) <= count for node, count in edges.items())


def _weight(value: Any) -> int:
    return sys.getsizeof(value) if type(value) in (list, dict, set, tuple) else 0


def _is_flat(value: Any) -> bool:
    """Tell by its first items whether a large container holds simple values alone."""
    if type(value) in (list, tuple):
        return all(type(one) in ATOMS for one in value[:5])
    return False
