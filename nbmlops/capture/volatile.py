"""Names whose value comes from the clock, a process id, an address or a temporary path: shown, never judged."""

from __future__ import annotations

import ast
import re

_CLOCKS = re.compile(
    r"^(time|perf_counter|monotonic|process_time|thread_time|time_ns|perf_counter_ns|monotonic_ns|now|utcnow|today|"
    r"getpid|getppid|get_ident|id|uuid1|uuid4|mkdtemp|mkstemp|gettempdir|default_timer|ctime|localtime|gmtime)$"
)
_TIMING_ATTRIBUTES = frozenset(
    ("mean_fit_time std_fit_time mean_score_time std_score_time refit_time_ fit_time score_time").split()
)

_TIMES_BEGIN = 3
"""Where the times stand in what such a call gives: behind the sizes, and the scores of training and test."""


def volatile_names(tree: ast.Module) -> set[str]:
    """Return names whose value follows from a clock, a process id, an address or a temporary path.

    Examples
    --------
    >>> sorted(volatile_names(ast.parse("start = time.time(); took = end - start; n = 3")))
    ['start', 'took']
    >>> sorted(volatile_names(ast.parse("sizes, train, test, fit, score = learning_curve(svc, X, return_times=True)")))
    ['fit', 'score']
    """
    tainted: set[str] = set()
    for _ in range(3):  # assignments may stand in any order (loops, functions): few rounds reach the end
        before = len(tainted)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for one, value in _pairs(target, node.value):
                    if value is not None and _is_volatile(value, tainted):
                        tainted |= _stored_names([one])
        if len(tainted) == before:
            break
    return tainted


def asks_clock(tree: ast.AST) -> bool:
    """Tell whether code asks for a clock, a process id, an address or a temporary path anywhere.

    Examples
    --------
    >>> asks_clock(ast.parse("print(time.time() - start)")), asks_clock(ast.parse("print(model.score(X, y))"))
    (True, False)
    """
    return _is_volatile(tree, set())


def clock_printers(tree: ast.Module) -> set[str]:
    """Return the functions and classes that ask for a clock and print.

    Examples
    --------
    >>> clock_printers(ast.parse("def timed(f):\\n    t = time.time()\\n    f()\\n    print(time.time() - t)"))
    {'timed'}
    """
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds) and _prints(node) and asks_clock(node)}


def _prints(tree: ast.AST) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(called_name(node) in ("print", "write", "display") for node in calls)


def _pairs(target: ast.expr, value: ast.expr | None) -> list[tuple[ast.expr, ast.expr | None]]:
    """Return which target gets which value: ``a, b = x, y`` are two assignments."""
    sequence = ast.Tuple | ast.List
    if isinstance(target, sequence) and isinstance(value, ast.Call) and _gives_times(value):
        return [(one, value) for one in target.elts[_TIMES_BEGIN:]]
    if isinstance(target, sequence) and isinstance(value, sequence) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _is_volatile(value: ast.AST, tainted: set[str]) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id in tainted:
            return True
        if isinstance(node, ast.Attribute) and node.attr in _TIMING_ATTRIBUTES:
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _TIMING_ATTRIBUTES:
            return True
        if isinstance(node, ast.Call) and _gives_times(node):
            return True
        if isinstance(node, ast.Call) and _CLOCKS.match(called_name(node)):
            name = called_name(node)
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if name == "id" and owner is not None:
                continue  # the builtin id(), not some object's method
            if name == "now" or owner is None or isinstance(owner, ast.Name | ast.Attribute):
                return True
    return False


def _gives_times(node: ast.Call) -> bool:
    """Tell whether a call is asked for times beside its scores, as scikit-learn's ``learning_curve`` may be."""
    return any(
        keyword.arg == "return_times" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in node.keywords
    )


def _stored_names(targets: list[ast.expr]) -> set[str]:
    return {
        node.id
        for target in targets
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def called_name(node: ast.Call) -> str:
    """Return the last name of what is called: ``fit`` for ``model.fit()``."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
