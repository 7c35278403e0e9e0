"""What a cell reads and writes, told from its text alone (AST and symbol table), never by running or tracing it."""

from __future__ import annotations

import ast
import functools
import re
import symtable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "track"})
"""Cell magics whose body is Python that runs in the notebook's namespace."""

OWN_LINE_MAGICS = ("track", "runs", "compare", "register", "nbmlops")
"""Our line magics: a cell of nothing else is no work of the user's."""

_PURE_METHODS = frozenset(
    (
        "head tail describe info sample copy mean median sum std var min max count nunique unique value_counts "
        "isna notna isnull notnull dtypes select_dtypes query groupby merge join assign astype to_numpy to_frame "
        "tolist to_list items keys values predict predict_proba predict_log_proba decision_function score "
        "transform get_params corr plot hist reshape ravel any all round abs strip split lower upper format "
        "startswith endswith replace index"
    ).split()
)
_PURE_FUNCTIONS = frozenset(
    (
        "print len display repr str int float bool list tuple dict set sorted sum min max abs round type "
        "isinstance range enumerate zip map filter any all id hash"
    ).split()
)
_KEEPS_ARGUMENTS = frozenset(
    {
        "fit",
        "fit_transform",
        "fit_predict",
        "partial_fit",
        "set_params",
        "append",
        "update",
        "read_csv",
        "read_parquet",
    }
)
"""Methods that may change their object, but not what they are given."""

_CLOCKS = re.compile(
    r"^(time|perf_counter|monotonic|process_time|thread_time|time_ns|perf_counter_ns|monotonic_ns|now|utcnow|today|"
    r"getpid|getppid|get_ident|id|uuid1|uuid4|mkdtemp|mkstemp|gettempdir|default_timer|ctime|localtime|gmtime)$"
)
_TIMING_ATTRIBUTES = frozenset(
    ("mean_fit_time std_fit_time mean_score_time std_score_time refit_time_ fit_time score_time").split()
)


@dataclass(frozen=True)
class Effects:
    """What one cell's text does with the names of the notebook.

    ``reads`` and ``writes`` are global names, also those that function bodies read when they are called later;
    ``inputs`` are the reads that the cell has not surely assigned itself before, so their value comes from outside.
    ``surely`` are the writes that happen whenever the cell runs to its end: not those under a condition or in a loop.
    ``mutates`` are names whose object may be changed in place. ``literals`` are names whose every assignment is a
    literal; ``rebound`` are names assigned in any other way; ``volatile`` are names whose value comes from a clock, a
    process id, an address or a temporary path.
    """

    reads: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    surely: frozenset[str] = frozenset()
    mutates: frozenset[str] = frozenset()
    literals: tuple[tuple[str, Any], ...] = ()
    rebound: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
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
    bodies = [code, *_magic_bodies(tree)]
    parts = [_effects_of_python(body) for body in bodies]
    if len(parts) > 1 and _runs_apart(tree):
        # %%timeit and %%prun run their body in a function of their own: nothing is bound in the notebook
        parts[1:] = [replace(part, writes=frozenset(), surely=frozenset(), literals=()) for part in parts[1:]]
    return functools.reduce(_join, parts)


def parse(code: str) -> ast.Module | None:
    """Parse a cell as IPython runs it (``await`` may stand at the top), or give None when it is no Python."""
    try:
        tree = compile(code, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(tree, ast.Module)
    return tree


def is_only_own_magics(code: str) -> bool:
    """Tell whether a cell's transformed text consists of line magics of nbmlops alone.

    Examples
    --------
    >>> is_only_own_magics("get_ipython().run_line_magic('runs', '')"), is_only_own_magics("x = 1")
    (True, False)
    """
    tree = parse(code)
    if tree is None or not tree.body:
        return False
    return all(isinstance(node, ast.Expr) and _line_magic(node.value) in OWN_LINE_MAGICS for node in tree.body)


def _line_magic(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "run_line_magic":
        return None
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _runs_apart(tree: ast.Module) -> bool:
    text = ast.dump(tree)
    return "'timeit'" in text or "'prun'" in text


def _magic_bodies(tree: ast.Module) -> Iterator[str]:
    """Yield the Python that stands under cell magics such as ``%%time``."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "run_cell_magic"
            and len(node.args) == 3
            and all(isinstance(arg, ast.Constant) for arg in node.args)
        ):
            magic, _, body = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            if magic in PYTHON_CELL_MAGICS and isinstance(body, str):
                # a magic may stand under another one
                lines = body.splitlines()
                while lines and lines[0].startswith("%%"):
                    lines.pop(0)
                yield "\n".join(lines)


def _join(a: Effects, b: Effects) -> Effects:
    return Effects(
        a.reads | b.reads,
        a.inputs | b.inputs,
        a.writes | b.writes,
        a.surely | b.surely,
        a.mutates | b.mutates,
        a.literals + b.literals,
        a.rebound | b.rebound,
        a.volatile | b.volatile,
        a.unseeded + b.unseeded,
    )


def _effects_of_python(code: str) -> Effects:
    tree = parse(code)
    if tree is None:
        return Effects()
    reads, writes = _scopes(code, tree)
    visitor = _Visitor()
    visitor.visit(tree)
    literals, rebound = _literals(tree)
    return Effects(
        frozenset(reads - {"get_ipython"}),
        frozenset(_inputs(tree, reads)),
        frozenset(writes),
        frozenset(name for statement in tree.body for name in _targets(statement)),
        frozenset(visitor.mutated),
        tuple(literals.items()),
        frozenset(rebound),
        frozenset(_volatile(tree)),
        tuple(visitor.unseeded),
    )


def _scopes(code: str, tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the global names that the cell reads and writes, functions' late-bound globals included."""
    try:
        top = symtable.symtable(code, "<cell>", "exec")
    except (SyntaxError, ValueError):
        loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        stored = {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        }
        return loaded, stored
    reads: set[str] = set()
    writes: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            is_global = table is top or symbol.is_global()
            if is_global and symbol.is_referenced():
                reads.add(symbol.get_name())
            if is_global and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()):
                writes.add(symbol.get_name())
    return reads, writes


def _inputs(tree: ast.Module, reads: set[str]) -> set[str]:
    """Return the reads whose value comes from outside: walks the statements in order, with what is surely assigned."""
    assigned: set[str] = set()
    inputs: set[str] = set()
    for statement in tree.body:
        loaded = {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name)
            and (isinstance(node.ctx, ast.Load | ast.Del) or isinstance(statement, ast.AugAssign))
        }
        inputs |= (loaded & (reads | _targets(statement))) - assigned
        assigned |= _targets(statement)
    return inputs - {"get_ipython"}


def _targets(statement: ast.stmt) -> set[str]:
    """Return the names that a statement surely assigns; what stands under a condition or in a loop is not sure."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name.partition(".")[0]) for alias in statement.names}
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    elif isinstance(statement, ast.With | ast.AsyncWith):
        targets = [item.optional_vars for item in statement.items if item.optional_vars is not None]
        return _names(targets).union(*(_targets(inner) for inner in statement.body))
    return _names(targets)


def _names(targets: list[ast.expr]) -> set[str]:
    return {
        node.id
        for target in targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


class _Visitor(ast.NodeVisitor):
    """Finds names whose object may change in place, and generators made without a seed."""

    def __init__(self) -> None:
        self.mutated: set[str] = set()
        self.unseeded: list[tuple[int, str]] = []

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._store(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._store(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._touch(node.target)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr not in _PURE_METHODS:
            self._touch(node.func.value)
        pure = name in (_PURE_FUNCTIONS if isinstance(node.func, ast.Name) else _PURE_METHODS | _KEEPS_ARGUMENTS)
        pure = pure or name.endswith(("_score", "_loss", "_error", "_curve", "_report", "_split", "_matrix"))
        if not pure and not name[:1].isupper():  # constructors keep what they are given, they do not change it
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if isinstance(argument, ast.Name):
                    self.mutated.add(argument.id)
        if name in ("default_rng", "RandomState") and not node.args and not node.keywords:
            self.unseeded.append((node.lineno, f"{name}()"))
        self.generic_visit(node)

    def _store(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._touch(node)
        self.generic_visit(node)

    def _touch(self, node: ast.AST) -> None:
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            self._touch(node.func.value)  # df.pipe(f).loc[…] = …: the head of the chain may share its data
        elif isinstance(node, ast.Name):
            self.mutated.add(node.id)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _literals(tree: ast.Module) -> tuple[dict[str, Any], set[str]]:
    """Return names that are only ever given literals, with the last one, and names assigned in any other way."""
    literals: dict[str, Any] = {}
    rebound: set[str] = set()
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and id(node) in top:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                _note_assignment(target, node.value, literals, rebound)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            rebound.add(node.target.id)
        elif isinstance(node, ast.Assign | ast.For | ast.AsyncFor | ast.NamedExpr | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            rebound.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
    return {name: value for name, value in literals.items() if name not in rebound}, rebound


def _note_assignment(target: ast.expr, value: ast.expr | None, literals: dict[str, Any], rebound: set[str]) -> None:
    sequence = ast.Tuple | ast.List
    if isinstance(target, sequence) and isinstance(value, sequence) and len(target.elts) == len(value.elts):
        for one, other in zip(target.elts, value.elts, strict=True):
            _note_assignment(one, other, literals, rebound)
        return
    if not isinstance(target, ast.Name):
        rebound.update(
            node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        return
    found, literal = _scalar_literal(value)
    if found and not target.id.startswith("_"):
        literals[target.id] = literal
    else:
        rebound.add(target.id)


def _scalar_literal(node: ast.expr | None) -> tuple[bool, Any]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str | None):
        return True, node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        found, value = _scalar_literal(node.operand)
        if found and isinstance(value, int | float) and not isinstance(value, bool):
            return True, -value if isinstance(node.op, ast.USub) else value
    return False, None


def _volatile(tree: ast.Module) -> set[str]:
    """Return names whose value follows from a clock, a process id, an address or a temporary path."""
    tainted: set[str] = set()
    for _ in range(3):  # assignments may stand in any order (loops, functions): few rounds reach the end
        before = len(tainted)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for one, value in _pairs(target, node.value):
                    if value is not None and _is_volatile(value, tainted):
                        tainted |= _names([one])
        if len(tainted) == before:
            break
    return tainted


def _pairs(target: ast.expr, value: ast.expr | None) -> list[tuple[ast.expr, ast.expr | None]]:
    """Return which target gets which value: ``a, b = x, y`` are two assignments."""
    sequence = ast.Tuple | ast.List
    if isinstance(target, sequence) and isinstance(value, sequence) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _is_volatile(value: ast.expr, tainted: set[str]) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id in tainted:
            return True
        if isinstance(node, ast.Attribute) and node.attr in _TIMING_ATTRIBUTES:
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _TIMING_ATTRIBUTES:
            return True
        if isinstance(node, ast.Call) and _CLOCKS.match(_called(node)):
            name = _called(node)
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if name == "id" and owner is not None:
                continue  # the builtin id(), not some object's method
            if name == "now" or owner is None or isinstance(owner, ast.Name | ast.Attribute):
                return True
    return False
