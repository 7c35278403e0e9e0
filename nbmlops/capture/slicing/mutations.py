"""What a text does to the objects behind its names: stores, methods called, functions they are passed to.

This is asked only where content could not be checked: there, what looks as if it may change counts as changed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from nbmlops.capture.slicing.scopes import chain_of

_VIEWS = frozenset(
    (
        "squeeze reshape ravel view transpose swapaxes diagonal asarray asanyarray atleast_1d atleast_2d values "
        "items setdefault get pop iterrows itertuples groupby enter_context pipe iter next zip enumerate reversed "
        "sorted list tuple dict chain islice setflags fit partial_fit set_params to"
    ).split()
)
"""What may give a part of its object, or the object itself; other methods give something new."""


@dataclass
class Use:
    """What is done to one name's object: ``passed`` holds callee, position and keyword of each call it is given to."""

    stored: bool = False
    inplace: bool = False
    methods: set[str] = field(default_factory=set)
    passed: set[tuple[str, int, str]] = field(default_factory=set)

    def add(self, other: Use) -> bool:
        """Join another use; tell whether that changed anything."""
        before = (self.stored, self.inplace, len(self.methods), len(self.passed))
        self.stored |= other.stored
        self.inplace |= other.inplace
        self.methods |= other.methods
        self.passed |= other.passed
        return before != (self.stored, self.inplace, len(self.methods), len(self.passed))


def uses_of(nodes: list[ast.stmt]) -> dict[str, Use]:
    """Return what statements do to the objects that their names hold when they begin.

    Examples
    --------
    >>> found = uses_of(ast.parse("a['x'] = 1\\nb.sort()\\nc = c.copy()\\nc['x'] = 2\\nd = b\\nd += f(a)").body)
    >>> found["a"].stored, found["b"].methods, found["b"].stored, found["c"].stored, found["a"].passed
    (True, {'sort'}, True, False, {('f', 0, '')})
    """
    visitor = _Visitor()
    for node in nodes:
        visitor.visit(node)
    changed = True
    while changed:
        changed = False
        for alias, sources in visitor.aliases.items():
            for source in sources - {alias}:
                if alias in visitor.uses and visitor.use(source).add(visitor.uses[alias]):
                    changed = True
    return visitor.uses


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.uses: dict[str, Use] = {}
        self.aliases: dict[str, set[str]] = {}
        self.renamed: dict[str, str] = {}
        self.depth = 0

    def use(self, name: str) -> Use:
        return self.uses.setdefault(name, Use())

    def named(self, name: str) -> str:
        return self.renamed.get(name, name)

    def roots(self, node: ast.AST) -> set[str]:  # noqa: PLR0911 - one a kind of expression
        """Return the names whose object an expression may give, whole or in part."""
        while True:
            if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Await | ast.NamedExpr):
                node = node.value
            elif isinstance(node, ast.Call):
                found = set().union(*(self.roots(one) for one in node.args)) if _gives_parts(node) else set()
                if isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS:
                    found |= self.roots(node.func.value)
                return found
            else:
                break
        if isinstance(node, ast.Name):
            return {self.named(node.id)}
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return set().union(*(self.roots(one) for one in node.elts))
        if isinstance(node, ast.Dict):
            return set().union(*(self.roots(one) for one in node.values))
        if isinstance(node, ast.IfExp):
            return self.roots(node.body) | self.roots(node.orelse)
        if isinstance(node, ast.BoolOp):
            return set().union(*(self.roots(one) for one in node.values))
        return set()

    def receivers(self, node: ast.AST) -> tuple[set[str], set[str]]:
        """Return the names at the head of a chain of calls and attributes, and the methods called on the way."""
        methods: set[str] = set()
        while True:
            if isinstance(node, ast.Attribute | ast.Subscript):
                node = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                methods.add(node.func.attr)
                node = node.func.value
            else:
                return self.roots(node), methods

    # what changes

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._stored(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._stored(node)

    def _stored(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            for root in self.receivers(node)[0]:
                self.use(root).stored = True
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        for root in self.roots(node.target):
            self.use(root).stored = True
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        inplace = any(
            keyword.arg in ("inplace", "out", "copy", "overwrite_x", "overwrite_a")
            and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is (keyword.arg == "copy"))
            for keyword in node.keywords
        )
        if isinstance(node.func, ast.Attribute):
            for root in self.receivers(node.func.value)[0]:
                self.use(root).methods.add(node.func.attr)
                self.use(root).inplace |= inplace
        callee = chain_of(node.func) or (f"().{node.func.attr}" if isinstance(node.func, ast.Attribute) else "()")
        for position, argument in enumerate(node.args):
            for root in self.roots(argument):
                self.use(root).passed.add((callee, position, ""))
                self.use(root).inplace |= inplace
        for keyword in node.keywords:
            for root in self.roots(keyword.value):
                self.use(root).passed.add((callee, -1, keyword.arg or "**"))
                self.use(root).inplace |= inplace
        self.generic_visit(node)

    # what is another name of what

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        sources = self.roots(node.value)
        for target in node.targets:
            names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
            if isinstance(target, ast.Name) and not sources and self.depth == 0:
                self.renamed[target.id] = f"{target.id}'"  # from here on the name is something new
            for name in names:
                self.aliases.setdefault(self.named(name), set()).update(sources)
            if not isinstance(target, ast.Name):
                self.visit(target)
                # what is put into a container is the same object as before
                for root in self.receivers(target)[0] if isinstance(target, ast.Attribute | ast.Subscript) else ():
                    self.aliases.setdefault(root, set()).update(sources)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.aliases.setdefault(self.named(node.target.id), set()).update(self.roots(node.value))
        self.visit(node.value)

    def _bound(self, target: ast.AST | None, value: ast.AST) -> None:
        sources = self.roots(value)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            sources |= self.receivers(value)[0]
        for one in ast.walk(target) if target is not None else ():
            if isinstance(one, ast.Name):
                self.aliases.setdefault(self.named(one.id), set()).update(sources)

    def _nested(self, node: ast.AST) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._bound(node.target, node.iter)
        self._nested(node)

    visit_AsyncFor = visit_For  # noqa: N815
    visit_If = visit_While = visit_Try = visit_FunctionDef = visit_ClassDef = visit_AsyncFunctionDef = _nested  # noqa: N815

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self._bound(item.optional_vars, item.context_expr)
        self.generic_visit(node)

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._bound(node.target, node.iter)
        self.generic_visit(node)


def _gives_parts(node: ast.Call) -> bool:
    """Tell whether a call may give back what it was given: constructors and methods of objects do not."""
    if isinstance(node.func, ast.Name):
        return not node.func.id[:1].isupper()
    return isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS
