"""Which branches and loops surely run, told from the text."""

from __future__ import annotations

import ast

from nbmlops.capture.slicing.scopes import FUNCTIONS


def is_deferred(node: ast.expr) -> bool:
    """Tell whether an expression's body runs later than where it stands."""
    return isinstance(node, ast.Lambda | ast.GeneratorExp)


def is_main(test: ast.expr) -> bool:
    """Tell whether a test is ``__name__ == '__main__'``, which holds in a notebook."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def surely_iterates(node: ast.expr) -> bool:
    """Tell whether a loop over an expression runs at least once."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts) and not any(isinstance(one, ast.Starred) for one in node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "range" and all(isinstance(one, ast.Constant) for one in node.args):
            values = [one.value for one in node.args if isinstance(one, ast.Constant)]
            return all(type(value) is int for value in values) and bool(values) and bool(range(*values))  # type: ignore[arg-type]
        if node.func.id in ("enumerate", "reversed", "sorted", "tqdm") and node.args:
            return surely_iterates(node.args[0])
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)


def may_leave(node: ast.AST) -> bool:
    """Tell whether a statement of a loop may leave its round early."""
    if isinstance(node, ast.Break | ast.Continue):
        return True
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return False
    return any(may_leave(inner) for inner in ast.iter_child_nodes(node))
