"""What one execution changed, told by comparing with what it started from."""

from __future__ import annotations

import sys
import time
import types
import weakref
from dataclasses import replace
from typing import Any

from nbmlops.capture.slicing import module_state
from nbmlops.capture.slicing.aliases import names_reaching
from nbmlops.capture.slicing.before import SKIPPED, Before, Held, ids_of, magic_names
from nbmlops.capture.slicing.graph import Graph
from nbmlops.capture.slicing.mutations import Use
from nbmlops.capture.slicing.nodes import ATOMS
from nbmlops.capture.slicing.origins import own_class, root_of
from nbmlops.capture.slicing.purity import global_use, may_change
from nbmlops.capture.slicing.seeding import seeded_by
from nbmlops.capture.slicing.settings_use import Uses, file_names
from nbmlops.capture.slicing.side_effects import extended_modules
from nbmlops.capture.slicing.trace import Trace

AFTER_S = 0.006


class After:
    """What a cell has done, told by comparing with what it started from."""

    def __init__(self, before: Before) -> None:
        self.before = before
        self.cell = before.cell
        self.effects = before.effects
        self.namespace = before.namespace
        self.finished = not before.cell.failed
        self.use = before.watch.stop()
        self.ids = ids_of(self.namespace)
        self.bound = self._bound()
        self.maybe: set[str] = set()
        self.reads = before.names | before.absent
        self.changed: set[str] = set()

    def trace(self) -> Trace:
        """Return the execution's trace."""
        before, effects = self.before, self.effects
        deleted = {name for name in before.ids if name not in self.ids}
        self.reads -= {name for name in effects.unsure if name in self.bound and name not in effects.inputs}
        self.reads |= before.late_names()
        self._objects()
        uses = self._uses()
        files, file_bound, file_changed, relative = file_names(
            self.use, before.known, [*effects.texts, *effects.shells, *before.graph.texts, *self._strings()]
        )
        # new modules stand at the end; a copy, since another thread may import
        added = set(list(sys.modules)[before.modules :]) if len(sys.modules) > before.modules else set()
        libraries = any(_is_library_module(name) for name in added)
        imported, entries = uses.imported_files({name for name in before.known if name.startswith("path:")})
        reads = self.reads | files | entries | uses.settings(before.known, imports_libraries=libraries)
        reads |= uses.submodules(before.known_modules)
        reads |= {f"file:{path}" for path in imported} & before.known
        if (relative or effects.shells) and "cwd:" in before.known:
            reads.add("cwd:")
        bound = self.bound | file_bound | self._settings()
        bound |= {f"mod:{name}" for name in added if "." in name}
        bound |= {f"mod:{one.module}" for one in effects.imports if one.names is None and "." in one.module}
        self.changed |= {f"ext:{module}" for module in extended_modules(effects.imports)}
        bound |= {f"magic:{name}" for name in magic_names(self.namespace) - before.magics}
        found = Trace(
            reads=frozenset(reads),
            bound=frozenset(bound),
            maybe=frozenset(self.maybe - bound),
            deleted=frozenset(deleted),
            changed=frozenset((self.changed | file_changed) - (bound - self.reads)),
            shifts="_" in bound,
        )
        return self._with_streams(found)

    # names

    def _bound(self) -> set[str]:
        then, now = self.before.ids, self.ids
        bound = {name for name, one in now.items() if then.get(name) != one}
        if self.finished:
            bound |= {name for name in self.effects.surely if name in now}
        return bound

    def _may_be_bound(self, graph_same: bool) -> set[str]:
        """Return names that the cell may have bound although they look as before."""
        possible = (self.effects.writes | self.before.graph.stores) & self.ids.keys() - self.bound
        found = set()
        for name in possible:
            if name not in self.before.ids:
                continue
            held, value = self.before.held.get(name), self.namespace[name]
            if type(value) in ATOMS or (isinstance(held, weakref.ref | Held) and held() is value):
                continue  # the same object: whoever bound it, the value is there
            if not graph_same:
                found.add(name)
        return found

    # objects

    def _objects(self) -> None:
        before = self.before
        deadline = time.perf_counter() + AFTER_S
        graph = Graph(self.namespace, {*before.effects.attributes, *before.graph.attributes}, deadline)
        graph.every_method = before.graph.every_method
        for name, node in before.graph.roots.items():
            if self.ids.get(name) == node:
                graph.add(name, self.namespace[name])
            else:
                held = before.held.get(name)
                value = held() if isinstance(held, weakref.ref | Held) else None
                if value is not None:
                    graph.add(f"{name} before", value)
                    del value
        own = [name for name in self.bound if name in self.namespace and name not in SKIPPED and name[0] != "_"]
        for name in own:
            value = self.namespace[name]
            if type(value) not in ATOMS and not isinstance(value, types.ModuleType):
                graph.add(name, value)
        value = None
        graph.follows_late = False
        graph.run()
        self._look_for_lost(graph)
        changed = before.graph.changed(graph)
        doubtful = self._doubtful(graph)
        changed |= doubtful
        self.maybe = self._may_be_bound(before.graph.is_whole and graph.is_whole and not doubtful)
        if changed:
            self.changed = names_reaching(changed, graph, self.namespace) - SKIPPED
        graph.release()
        before.held.clear()
        self._patched()

    def _look_for_lost(self, graph: Graph) -> None:
        """Look at what hung on an object that is gone, and that another name holds: it may have changed before."""
        lost = [node for node in self.before.graph.roots.values() if node not in graph.states]
        missing = set().union(*(self.before.graph.reach(node) for node in lost)) - graph.states.keys()
        if not missing:
            return
        for name, node in self.ids.items():
            if node in missing and name not in graph.roots:
                graph.add(name, self.namespace[name])
        graph.run()

    def _doubtful(self, graph: Graph) -> set[int]:
        """Return objects of which nothing is known, and that the cell looks as if it may have changed."""
        before = self.before
        found: set[int] = set()
        for name, node in before.graph.roots.items():
            reach = before.graph.reach(node) | graph.reach(node)
            unknown = reach & (before.graph.unknown | graph.unknown)
            if not unknown:
                continue
            value = self.namespace.get(name)
            if id(value) != node:
                value = None
            if value is not None and not self._may_change(name, value):
                continue
            found |= unknown if node not in unknown else {node}
            found.add(node)
            if value is not None:
                found.update(before.graph.writes.get(node, ()))
        return found

    def _may_change(self, name: str, value: Any) -> bool:
        if name in self.before.names and may_change(value, self.effects.uses.get(name), self.namespace):
            return True
        for _, code in self.before.graph.late_in.get(name, ()):
            use = global_use(code, name)
            if use is None or may_change(value, use, self.namespace):
                return True
        return False

    def _patched(self) -> None:
        """Note modules and classes of libraries that the cell gave new attributes."""
        for name, use in self.effects.uses.items():
            value = self.namespace.get(name)
            if value is None or (not use.stored and not any(callee == "setattr" for callee, _, _ in use.passed)):
                continue
            home = str(self.namespace.get("__name__", "__main__"))
            is_module = isinstance(value, types.ModuleType)
            if is_module and value.__dict__.get("__name__") in ("os", "sys"):
                continue
            if is_module or (isinstance(value, type) and not own_class(value, home)):
                self.changed.add(f"lib:{root_of(value)}")
                self.changed.add(name)

    # settings

    def _strings(self) -> list[str]:
        return [one for name in self.reads if type(one := self.namespace.get(name)) is str]

    def _uses(self) -> Uses:
        graph = self.before.graph
        values = {name: self.namespace[name] for name in {*self.reads, *self.effects.loads} if name in self.namespace}
        return Uses(self.effects, graph.attributes, graph.chains, graph.texts, values)

    def _settings(self) -> set[str]:
        changed = module_state.differences(self.before.settings, module_state.snapshot())
        changed |= {name for name in self._env_set_again() if name in self.before.known}
        return changed

    def _env_set_again(self) -> set[str]:
        """Return settings of the environment that the cell stores by name, though they look as before."""
        if "environ" in self.effects.attributes or "environ" in self.effects.loads:
            use = self.effects.uses.get("os", self.effects.uses.get("environ", Use()))
            if use.stored:
                return {f"env:{text}" for text in self.effects.texts}
        return set()

    def _with_streams(self, trace: Trace) -> Trace:
        now = module_state.streams()
        then = self.before.streams
        differs = {name for name in now if name in then and now[name] != then[name]}
        chains = [*self.effects.chains, *self.before.graph.chains]
        loads = [*self.effects.loads, *self.before.graph.late_in]
        sure, maybe, used = seeded_by(chains, loads, self.namespace)
        at_top, _, _ = seeded_by(self.effects.chains, self.effects.loads, self.namespace)
        seeded = (sure & differs) | (at_top if self.finished else set()) | (maybe & differs)
        if self.cell.seeded:
            seeded |= set(now)
            used = set()
        draws = (differs - seeded) | (used & seeded)
        names = frozenset(f"rng:{name}" for name in seeded)
        drawn = frozenset(f"rng:{name}" for name in draws)
        return replace(
            trace,
            bound=trace.bound | names,
            reads=trace.reads | (drawn & self.before.known),
            changed=trace.changed | (drawn - names),
        )


def _is_library_module(name: str) -> bool:
    module = sys.modules.get(name)
    file = module.__dict__.get("__file__") if type(module) is types.ModuleType else None
    return type(file) is str and "site-packages" in file
