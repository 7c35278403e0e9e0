"""What a cell reads and writes, told from its text alone, never by running or tracing it."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.capture.literals import literals_of
from nbmlops.capture.slicing.flow import Flow, flow_of
from nbmlops.capture.slicing.magics_text import PYTHON_CELL_MAGICS, Plain, parse, plain_of
from nbmlops.capture.slicing.mutations import Use, uses_of
from nbmlops.capture.volatile import asks_clock, clock_printers, volatile_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.capture.slicing.flow import Imported
    from nbmlops.capture.slicing.scopes import Late

__all__ = ["OWN_LINE_MAGICS", "PYTHON_CELL_MAGICS", "Effects", "effects_of", "is_only_own_magics", "parse"]

OWN_LINE_MAGICS = ("track", "runs", "compare", "register", "feature", "reproduce", "why", "nbmlops")
"""Our line magics: a cell of nothing else is no work of the user's."""

_SQL = re.compile(r"^\s*(?:select|with|insert|create|from|describe|summarize|update|delete)\b", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:from|join|into|update|describe|summarize)\s+\"?([A-Za-z_]\w*)", re.IGNORECASE)
_AT = re.compile(r"@([A-Za-z_]\w*)")
_FORMULA_CALL = re.compile(r"([A-Za-z_]\w*)(?:\.\w+)*\s*\(")


@dataclass(frozen=True)
class Effects:
    """What one cell's text does with the names of the notebook.

    ``reads`` and ``writes`` are global names, also those that function bodies read when they are called later;
    ``inputs`` are names that the code which runs at once reads before the cell can have assigned them, ``unsure`` those
    that it reads where an assignment may or may not have run before. ``surely`` are the writes that happen whenever the
    cell runs to its end: not those under a condition or in a loop. ``uses`` says what is done to the objects of names.
    ``literals`` are names whose every assignment is a literal; ``rebound`` are names assigned in any other way;
    ``volatile`` are names whose value comes from a clock, a process id, an address or a temporary path.
    """

    reads: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    loads: Mapping[str, int] = field(default_factory=dict)
    writes: frozenset[str] = frozenset()
    surely: Mapping[str, int] = field(default_factory=dict)
    deletes: frozenset[str] = frozenset()
    late: Mapping[str, Late] = field(default_factory=dict)
    called: frozenset[str] = frozenset()
    """Names of functions and classes that the cell defines and also uses: their bodies may run in it."""
    attributes: frozenset[str] = frozenset()
    chains: tuple[str, ...] = ()
    imports: tuple[Imported, ...] = ()
    texts: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    uses: Mapping[str, Use] = field(default_factory=dict)
    magics: frozenset[str] = frozenset()
    shells: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    """Regular expressions of names that are looked up by a text that the cell makes: ``globals()[f"df_{i}"]``."""
    looks_up: bool = False
    """Whether names are looked up in a way that the text does not tell."""
    literals: tuple[tuple[str, Any], ...] = ()
    rebound: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    asks_clock: bool = False
    """Whether the cell's text asks for a clock, a process id, an address or a temporary path."""
    clock_printers: frozenset[str] = frozenset()
    """Functions and classes of the cell that print what follows from such."""
    unseeded: tuple[tuple[int, str], ...] = ()
    is_python: bool = True


@functools.lru_cache(maxsize=4096)
def effects_of(code: str) -> Effects:
    """Return the effects of a cell's transformed text; a cell that is no Python has none.

    Examples
    --------
    >>> found = effects_of("depth = 3\\nmodel = RandomForest(depth).fit(X, y)")
    >>> sorted(found.reads), sorted(found.writes), found.literals
    (['RandomForest', 'X', 'depth', 'y'], ['depth', 'model'], (('depth', 3),))
    """
    tree = parse(code)
    if tree is None:
        return Effects(is_python=False)
    try:
        return _effects(plain_of(tree))
    except RecursionError:
        return Effects(is_python=False)


def _effects(plain: Plain) -> Effects:
    tree = plain.tree
    flow = flow_of(tree)
    lookups = _Lookups()
    lookups.visit(tree)
    inputs = (flow.inputs | lookups.read | plain.mentions) - {"get_ipython"}
    called, late_reads, late_writes = _run_here(flow)
    # a new value of such a name does not show that the assignment before the read has run
    inputs |= flow.unsure if lookups.open else flow.unsure & (late_writes | lookups.written)
    bodies = frozenset(name for one in flow.late.values() for name in _every_load(one))
    literals, rebound = literals_of(tree)
    apart = {"__apart"}
    return Effects(
        reads=frozenset(set(flow.loads) | bodies | lookups.read | plain.mentions) - {"get_ipython"} - apart,
        inputs=frozenset(inputs | late_reads) - apart,
        unsure=frozenset(flow.unsure - inputs - late_reads),
        loads=dict.fromkeys(plain.mentions | lookups.read, 1 << 30) | flow.loads,
        writes=frozenset(flow.writes | late_writes | lookups.written) - apart,
        surely={name: tick for name, tick in flow.surely.items() if name not in apart},
        deletes=frozenset(flow.deletes),
        late=flow.late,
        called=called,
        attributes=frozenset(flow.attributes),
        chains=tuple(flow.chains),
        imports=tuple(flow.imports),
        texts=frozenset(flow.texts),
        passed=frozenset(flow.passed),
        uses=uses_of(tree.body),
        magics=frozenset(plain.magics),
        shells=tuple(plain.shells + plain.foreign),
        patterns=tuple(lookups.patterns),
        looks_up=lookups.open,
        literals=tuple(literals.items()),
        rebound=frozenset(rebound),
        volatile=frozenset(volatile_names(tree)),
        asks_clock=asks_clock(tree),
        clock_printers=frozenset(clock_printers(tree)),
        unseeded=tuple(lookups.unseeded),
    )


def is_only_own_magics(code: str) -> bool:
    """Tell whether a cell's transformed text consists of line magics of nbmlops alone.

    Examples
    --------
    >>> is_only_own_magics("get_ipython().run_line_magic('runs', '')"), is_only_own_magics("x = 1")
    (True, False)
    """
    if "run_line_magic" not in code:
        return False  # asked of every cell, so that most are not parsed for it
    tree = parse(code)
    if tree is None or not tree.body:
        return False
    return all(isinstance(node, ast.Expr) and _line_magic(node.value) in OWN_LINE_MAGICS for node in tree.body)


def _line_magic(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "run_line_magic":
        return None
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _run_here(flow: Flow) -> tuple[frozenset[str], set[str], set[str]]:
    """Return which of the cell's own functions may run in it, and what they read from outside and bind."""
    waiting = [name for name in flow.late if name in flow.loads]
    called: dict[str, int] = {name: flow.loads[name] for name in waiting}
    reads: set[str] = set()
    writes: set[str] = set()
    while waiting:
        name = waiting.pop()
        at = called[name]
        bodies = [flow.late[name]]
        while bodies:
            body = bodies.pop()
            bodies += [method for _, method in body.methods]
            flow.attributes |= body.attributes
            flow.chains += body.chains
            writes |= body.stores
            for read in body.loads:
                if read in flow.late and read not in called:
                    called[read] = at
                    waiting.append(read)
                if flow.surely.get(read, 1 << 30) > at:
                    reads.add(read)
    return frozenset(called), reads - {"get_ipython"}, writes


def _every_load(late: Late) -> Iterable[str]:
    yield from late.loads
    for _, method in late.methods:
        yield from _every_load(method)


class _Lookups(ast.NodeVisitor):
    """Finds names that stand in texts (queries, SQL, formulas, ``globals()["x"]``) and generators without a seed."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.patterns: list[str] = []
        self.open = False
        self.unseeded: list[tuple[int, str]] = []

    def visit_Call(self, node: ast.Call) -> None:  # noqa: C901 - one branch a way to look names up
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name == "training_set":  # a view is called like the function that defines it
            texts = [one for argument in node.args[1:] for one in ast.walk(argument) if isinstance(one, ast.Constant)]
            self.read.update(
                one.value.partition(":")[0].partition("@")[0] for one in texts if isinstance(one.value, str)
            )
        if name in ("default_rng", "RandomState") and not node.args and not node.keywords:
            self.unseeded.append((node.lineno, f"{name}()"))
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            for text in _texts(argument):
                self._text(text)
        if isinstance(called, ast.Name) and called.id in ("exec", "eval", "locals", "globals", "vars", "compile"):
            if called.id != "vars" or not node.args:
                self.open = True
        elif isinstance(called, ast.Attribute) and _is_namespace(called.value):
            key = node.args[0] if node.args else None
            if called.attr in ("update", "setdefault", "__setitem__"):
                for argument in node.args:
                    self.visit(argument)
                for keyword in node.keywords:
                    self.visit(keyword.value)
                return
            if called.attr in ("get", "pop", "__getitem__", "__contains__") and key is not None and self._key(key):
                return
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in ("Out", "_oh"):
            self.read.add("Out[]")  # any of them

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if (
            isinstance(node.value, ast.Name)
            and node.value.id in ("Out", "_oh")
            and isinstance(node.slice, ast.Constant)
        ):
            self.read.add(f"_{node.slice.value!r}")
            return
        if _is_namespace(node.value):
            if isinstance(node.ctx, ast.Store):
                if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                    self.written.add(node.slice.value)
                self.visit(node.slice)
                return
            if self._key(node.slice):
                return
        self.generic_visit(node)

    def _key(self, key: ast.expr) -> bool:
        """Note a name that is looked up by its text; tell whether the text says enough."""
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self.read.add(key.value)
            return True
        if isinstance(key, ast.JoinedStr):
            parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else r"\w+" for one in key.values]
            if any(isinstance(one, ast.Constant) for one in key.values):
                self.patterns.append("".join(parts))
                return True
        return False

    def _text(self, text: str) -> None:
        if "@" in text:
            self.read.update(_AT.findall(text))
        if "~" in text:
            self.read.update(_FORMULA_CALL.findall(text))
        if _SQL.match(text):
            self.read.update(_TABLE.findall(text))


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return ["".join(one.value if isinstance(one, ast.Constant) else " " for one in node.values)]  # type: ignore[misc]
    return []


def _is_namespace(node: ast.expr) -> bool:
    """Tell whether an expression gives the notebook's names: ``globals()``, ``get_ipython().user_ns``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
        return node.func.id in ("globals", "locals", "vars")
    return isinstance(node, ast.Attribute) and node.attr == "user_ns"
