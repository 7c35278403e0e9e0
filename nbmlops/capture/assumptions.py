"""Assumptions: every ``assert`` of a slice, with its text, so that a replay or a monitor can say it again."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING, Any

from nbmlops.capture.effects import parse
from nbmlops.capture.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.cells import ExecutedCell

MAX_TEXT = 300


def assumptions_of(cells: Iterable[ExecutedCell]) -> list[dict[str, Any]]:
    """Return what cells assert: ``text``, ``message``, the cell's execution count, and whether the cell went through.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> code = "assert ages.max() < 120, 'ages are years'"
    >>> assumptions_of([ExecutedCell(code, code, execution_count=4)])
    [{'text': 'ages.max() < 120', 'message': 'ages are years', 'cell': 4, 'ok': True}]
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in cells:
        for text, message in _asserts(cell.transformed):
            found[text, message] = {
                "text": text,
                "message": message,
                "cell": cell.execution_count,
                "ok": not cell.failed,
            }
    return list(found.values())


@functools.lru_cache(maxsize=1024)
def _asserts(code: str) -> tuple[tuple[str, str], ...]:
    if "assert" not in code:
        return ()
    tree = parse(code)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)] if tree else []
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple((_text(node.test), _message(node.msg)) for node in nodes)


def _text(node: ast.expr) -> str:
    text, _ = mask(ast.unparse(node))
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _message(node: ast.expr | None) -> str:
    if node is None:
        return ""
    return str(node.value)[:MAX_TEXT] if isinstance(node, ast.Constant) else _text(node)
