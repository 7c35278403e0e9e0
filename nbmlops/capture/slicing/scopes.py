"""What the body of a function or a class reads when it is called: free names, attributes and dotted chains."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Late:
    """What a body does when it runs: global names that it loads and stores, attributes, dotted chains, methods."""

    loads: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    chains: tuple[str, ...] = ()
    methods: tuple[tuple[str, Late], ...] = ()


def late_of(node: ast.AST) -> Late:
    """Return what a function's body does when it is called; for a class, what its methods do.

    Examples
    --------
    >>> function = ast.parse("def f(x):\\n    y = x * k\\n    return np.sqrt(y)").body[0]
    >>> sorted(late_of(function).loads), late_of(function).chains
    (['k', 'np'], ('np.sqrt',))
    """
    if isinstance(node, ast.ClassDef):
        return _late_of_class(node)
    scope = _Scope()
    if isinstance(node, FUNCTIONS):
        scope.local |= arguments_of(node)
        for inner in node.body if isinstance(node.body, list) else [node.body]:
            scope.visit(inner)
    else:
        scope.visit_comprehension_body(node)
    return scope.result()


def _late_of_class(node: ast.ClassDef) -> Late:
    methods: dict[str, Late] = {}
    for inner in node.body:
        if isinstance(inner, FUNCTIONS):
            methods[inner.name] = join(methods.get(inner.name), late_of(inner))
        elif isinstance(inner, ast.ClassDef):
            methods[inner.name] = _late_of_class(inner)
        elif isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Lambda):
            for target in inner.targets:
                if isinstance(target, ast.Name):
                    methods[target.id] = late_of(inner.value)
    return Late(methods=tuple(methods.items()))


def join(one: Late | None, other: Late) -> Late:
    """Return what either of two bodies does."""
    if one is None:
        return other
    return Late(
        one.loads | other.loads,
        one.stores | other.stores,
        one.attributes | other.attributes,
        one.chains + other.chains,
        one.methods + other.methods,
    )


def arguments_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """Return the names of a function's parameters."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument is not None}


def chain_of(node: ast.AST) -> str | None:
    """Return an attribute access on a name as written, such as ``np.random.seed``; None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def outer_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what of a definition runs where it stands: decorators, defaults, bases."""
    if isinstance(node, ast.ClassDef):
        yield from node.decorator_list
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
    elif isinstance(node, FUNCTIONS):
        if not isinstance(node, ast.Lambda):
            yield from node.decorator_list
        yield from node.args.defaults
        yield from (default for default in node.args.kw_defaults if default is not None)


class _Scope(ast.NodeVisitor):
    """Collects the names of one function's scope; names that inner functions leave free count as its own."""

    def __init__(self) -> None:
        self.local: set[str] = set()
        self.declared: set[str] = set()
        self.loaded: set[str] = set()
        self.stored: set[str] = set()
        self.attributes: set[str] = set()
        self.chains: list[str] = []
        self.inner_stores: set[str] = set()

    def result(self) -> Late:
        local = (self.local | self.stored) - self.declared
        return Late(
            frozenset(self.loaded - local),
            frozenset((self.stored & self.declared) | self.inner_stores),
            frozenset(self.attributes),
            tuple(self.chains),
        )

    def visit_Name(self, node: ast.Name) -> None:
        (self.loaded if isinstance(node.ctx, ast.Load) else self.stored).add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.loaded.add(node.target.id)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.attributes.add(node.attr)
        chain = chain_of(node)
        if chain is None:
            self.generic_visit(node)
            return
        self.chains.append(chain)
        self.attributes.update(chain.split(".")[1:])
        self.loaded.add(chain.partition(".")[0])

    def visit_Global(self, node: ast.Global) -> None:
        self.declared.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.local.update(node.names)

    def visit_Import(self, node: ast.Import) -> None:
        self.stored.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.stored.update(alias.asname or alias.name for alias in node.names)
        self.attributes.update(alias.name for alias in node.names)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.stored.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.stored.add(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.stored.add(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.stored.add(node.rest)
        self.generic_visit(node)

    def visit_comprehension_body(self, node: ast.AST) -> None:
        """Visit a comprehension whole, as its own scope."""
        self.generic_visit(node)

    def _definition(self, node: ast.AST) -> None:
        for part in outer_parts(node):
            self.visit(part)
        self._take(late_of(node))

    def _take(self, late: Late) -> None:
        self.loaded |= late.loads
        self.inner_stores |= late.stores
        self.attributes |= late.attributes
        self.chains += late.chains
        for _, method in late.methods:
            self._take(method)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.stored.add(node.name)
        self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.stored.add(node.name)
        self._definition(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._definition(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.stored.add(node.name)
        self._definition(node)
        body = _Scope()
        for inner in node.body:
            if not isinstance(inner, FUNCTIONS):
                body.visit(inner)
        self._take(body.result())

    def _comprehension(self, node: ast.AST) -> None:
        self._take(late_of(node))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815
