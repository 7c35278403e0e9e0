"""Names that a cell gives literals: they are parameters of its run."""

from __future__ import annotations

import ast
from typing import Any


def literals_of(tree: ast.Module) -> tuple[dict[str, Any], set[str]]:
    """Return names that are only ever given literals, with the last one, and names assigned in any other way.

    Examples
    --------
    >>> literals_of(ast.parse("depth = 3; rate = -0.1; model = f(depth)"))
    ({'depth': 3, 'rate': -0.1}, {'model'})
    """
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
