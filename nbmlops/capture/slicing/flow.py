"""The order in which a cell's text reads and assigns names: what comes from outside, and what it surely binds."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from nbmlops.capture.slicing.loops import is_deferred, is_main, may_leave, surely_iterates
from nbmlops.capture.slicing.scopes import COMPREHENSIONS, FUNCTIONS, Late, chain_of, join, late_of, outer_parts


@dataclass(frozen=True)
class Imported:
    """One import: the module, and the names taken from it; None for ``import a.b``."""

    module: str
    names: tuple[str, ...] | None


@dataclass
class Flow:
    """What the code that runs at once does, in order; bodies of functions are in ``late``.

    ``inputs`` are names that are read before the cell can have assigned them. ``unsure`` are names that are read where
    an assignment may have run before (under a condition, in a loop) and none stands behind: whether the value came
    from outside is told by whether the name was really bound. ``surely`` are assigned when the cell runs to its end.
    """

    loads: dict[str, int] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    surely: dict[str, int] = field(default_factory=dict)
    deletes: set[str] = field(default_factory=set)
    late: dict[str, Late] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    chains: list[str] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)


def flow_of(tree: ast.Module) -> Flow:
    """Return the flow of a cell's statements.

    Examples
    --------
    >>> found = flow_of(ast.parse("for i in rows:\\n    a = i\\n    b = a + c\\nprint(b)"))
    >>> sorted(found.inputs), sorted(found.unsure), sorted(found.surely)
    (['c', 'print', 'rows'], ['b'], [])
    """
    walker = _Walker()
    walker.block(tree.body)
    flow = walker.flow
    flow.surely = {name: tick for name, tick in walker.sure_at.items() if name in walker.assigned}
    flow.unsure = {
        name for name, sites in walker.unsure.items() if name not in flow.inputs and sites == walker.sites.get(name)
    }
    flow.inputs |= set(walker.unsure) - flow.unsure
    return flow


class _Walker(ast.NodeVisitor):
    """Visits code in the order in which it runs."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.assigned: set[str] = set()
        self.sure_at: dict[str, int] = {}
        self.sites: dict[str, int] = {}
        self.unsure: dict[str, int] = {}
        self.local: list[set[str]] = []
        self.tick = 0

    # names

    def load(self, name: str) -> None:
        if any(name in local for local in self.local):
            return
        self.tick += 1
        self.flow.loads.setdefault(name, self.tick)
        if name in self.assigned:
            return
        if name in self.sites:
            self.unsure[name] = self.sites[name]
        else:
            self.flow.inputs.add(name)

    def store(self, name: str, late: Late | None = None) -> None:
        if self.local and name in self.local[-1]:
            return
        self.tick += 1
        self.flow.writes.add(name)
        self.sites[name] = self.sites.get(name, 0) + 1
        if name not in self.assigned:
            self.sure_at[name] = self.tick
        self.assigned.add(name)
        if late is not None:
            # defined twice in one cell: either body may run in it
            self.flow.late[name] = join(self.flow.late.get(name), late)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.load(node.id)
        elif isinstance(node.ctx, ast.Store):
            self.store(node.id)
        else:
            self.load(node.id)
            self.flow.deletes.add(node.id)
            self.assigned.discard(node.id)
            self.sites[node.id] = self.sites.get(node.id, 0) + 1

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.flow.attributes.add(node.attr)
        chain = chain_of(node)
        if chain is None:
            self.visit(node.value)
            return
        root, *rest = chain.split(".")
        self.load(root)
        self.flow.attributes.update(rest)
        self.flow.chains.append(chain)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value:
            self.flow.texts.add(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        for argument in arguments:
            for inner in ast.walk(argument):
                if isinstance(inner, ast.Name):
                    self.flow.passed.add(inner.id)
        self.generic_visit(node)

    # blocks

    def block(self, statements: list[ast.stmt]) -> bool:
        """Visit statements in order; tell whether the block surely leaves (``raise``, ``break`` …)."""
        for statement in statements:
            self.visit(statement)
            if isinstance(statement, ast.Raise | ast.Return | ast.Break | ast.Continue):
                return True
        return False

    def branches(self, *blocks: list[ast.stmt]) -> None:
        """Visit blocks of which one runs: what all of them assign is sure, but those that leave do not count."""
        before, results = set(self.assigned), []
        for block in blocks:
            self.assigned = set(before)
            if not self.block(block):
                results.append(self.assigned)
        self.assigned = set.intersection(*results) if results else before

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        if is_main(node.test):
            self.block(node.body)
        else:
            self.branches(node.body, node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self._loop(node, runs=forever)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        runs = surely_iterates(node.iter)
        before = set(self.assigned)
        self.visit(node.target)
        targets = self.assigned - before
        self._loop(node, runs=runs)
        self.assigned = self.assigned | targets if runs else self.assigned - (targets - before)

    visit_AsyncFor = visit_For  # noqa: N815 - the name that ast.NodeVisitor calls

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, *, runs: bool) -> None:
        before = set(self.assigned)
        leaves = next((index for index, inner in enumerate(node.body) if may_leave(inner)), len(node.body))
        self.block(node.body[:leaves])
        sure = set(self.assigned)
        self.block(node.body[leaves:])
        self.assigned = sure if runs else before
        after = set(self.assigned)
        self.block(node.orelse)
        self.assigned = after

    def visit_Try(self, node: ast.Try) -> None:
        before = set(self.assigned)
        leaves = self.block(node.body)
        if not leaves:
            leaves = self.block(node.orelse)
        results = [] if leaves else [set(self.assigned)]
        for handler in node.handlers:
            self.assigned = set(before)
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name:
                self.store(handler.name)
            left = self.block(handler.body)
            if handler.name:
                self.assigned.discard(handler.name)
                self.flow.deletes.add(handler.name)
            if not left:
                results.append(set(self.assigned))
        self.assigned = set.intersection(*results) if results else before
        self.block(node.finalbody)

    def visit_TryStar(self, node: ast.TryStar) -> None:
        self.visit_Try(node)  # type: ignore[arg-type]

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        before, results = set(self.assigned), []
        for case in node.cases:
            self.assigned = set(before)
            self.visit(case.pattern)
            if case.guard is not None:
                self.visit(case.guard)
            if not self.block(case.body):
                results.append(set(self.assigned))
        last = node.cases[-1]
        whole = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
        self.assigned = set.intersection(*results) if whole and results else before

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self.store(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.store(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.store(node.rest)

    # assignments

    def visit_Assign(self, node: ast.Assign) -> None:
        one = node.targets[0]
        if len(node.targets) == 1 and isinstance(one, ast.Name) and is_deferred(node.value):
            self._deferred(node.value)
            self.store(one.id, late_of(node.value))
            return
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)
        if len(node.targets) == 1 and isinstance(one, ast.Name) and isinstance(node.value, ast.Name):
            known = self.flow.late.get(node.value.id)  # another name of a function
            if known is not None:
                self.flow.late[one.id] = known

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.load(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        local, self.local = self.local, []  # in a comprehension, too, the name is the cell's
        self.visit(node.target)
        self.local = local

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
        self.block(node.body)

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.flow.imports.append(Imported(alias.name, None))
            self.store(alias.asname or alias.name.partition(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.flow.imports.append(Imported(module, tuple(alias.name for alias in node.names)))
        for alias in node.names:
            if alias.name != "*":
                self.flow.attributes.add(alias.name)
                self.store(alias.asname or alias.name)

    # conditional parts of expressions

    def _maybe(self, *nodes: ast.expr) -> None:
        before = set(self.assigned)
        for node in nodes:
            self.visit(node)
        self.assigned = before

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._maybe(*node.values[1:])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._maybe(node.body)
        self._maybe(node.orelse)

    # scopes of their own

    def _deferred(self, node: ast.expr) -> None:
        if isinstance(node, ast.GeneratorExp):
            self.visit(node.generators[0].iter)
        else:
            for part in outer_parts(node):
                self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in outer_parts(node):
            self.visit(part)
        self.store(node.name, late_of(node))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in outer_parts(node):
            self.visit(part)
        self._late_now(late_of(node))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in outer_parts(node):
            self.visit(part)
        inner = _Walker()
        inner.block([one for one in node.body if not isinstance(one, FUNCTIONS)])
        for name in sorted(inner.flow.inputs | inner.flow.unsure):
            self.load(name)
        for one in node.body:
            for part in outer_parts(one) if isinstance(one, FUNCTIONS) else ():
                for name in (n.id for n in ast.walk(part) if isinstance(n, ast.Name)):
                    if name not in inner.assigned:
                        self.load(name)
        self.flow.attributes |= inner.flow.attributes
        self.flow.chains += inner.flow.chains
        self.flow.texts |= inner.flow.texts
        self.flow.imports += inner.flow.imports
        self.store(node.name, late_of(node))

    def _comprehension(self, node: ast.AST) -> None:
        assert isinstance(node, COMPREHENSIONS)
        self.visit(node.generators[0].iter)
        local: set[str] = set()
        for generator in node.generators:
            local.update(name.id for name in ast.walk(generator.target) if isinstance(name, ast.Name))
        before = set(self.assigned)
        self.local.append(local)
        for index, generator in enumerate(node.generators):
            if index:
                self.visit(generator.iter)
            for condition in generator.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self.local.pop()
        self.assigned = before

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def _late_now(self, late: Late) -> None:
        """Take what a body reads as read here: it may be called at once."""
        for name in sorted(late.loads):
            self.load(name)
        self.flow.attributes |= late.attributes
        self.flow.chains += late.chains
