"""Imports that are made for their effect: the imported module puts something into another one, or into its classes.

``from sklearn.experimental import enable_iterative_imputer`` binds a name that nobody reads. What it does is told by
the module's own text: at its top level it sets attributes of what it has imported.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.slicing.flow import Imported

MAX_BYTES = 65_536
_STORED_INTO = re.compile(r"^(?:setattr\(\s*(\w+)\s*,|(\w+)\.\w+\s*[-+|]?=(?!=))", re.MULTILINE)
_IMPORT = re.compile(r"^(?:from[ \t]+\S+[ \t]+import[ \t]+(?:\([^)]*\)|.*)|import[ \t].*)$", re.MULTILINE)
"""Statements of the top level, by their first letters: to parse every library that a cell imports takes too long."""


def extended_modules(imports: Iterable[Imported]) -> set[str]:
    """Return the modules that the modules which a cell imports by name put something into, such as sklearn.impute."""
    found: set[str] = set()
    for one in imports:
        for name in (one.module, *(f"{one.module}.{part}" for part in one.names or ())):
            module = sys.modules.get(name)
            file = module.__dict__.get("__file__") if type(module) is ModuleType else None
            if isinstance(file, str) and file.endswith(".py"):
                found |= _extended_by(file)
    return found


@functools.lru_cache(maxsize=1024)
def _extended_by(file: str) -> frozenset[str]:
    try:
        path = Path(file)
        if path.stat().st_size > MAX_BYTES:
            return frozenset()
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return frozenset()
    stored = {first or second for first, second in _STORED_INTO.findall(text)}
    if not stored:
        return frozenset()
    modules: dict[str, str] = {}
    for statement in _IMPORT.findall(text):
        modules |= _imported(statement, file)
    return frozenset(modules[name] for name in stored if name in modules)


def _imported(statement: str, file: str) -> dict[str, str]:
    """Return the full names of what an import statement binds."""
    try:
        [node] = ast.parse(statement).body
    except (ValueError, SyntaxError):  # it stands in a text
        return {}
    if isinstance(node, ast.Import):
        return {one.asname or one.name.partition(".")[0]: one.name for one in node.names}
    module = _module_of(node, file) if isinstance(node, ast.ImportFrom) else ""
    return {one.asname or one.name: f"{module}.{one.name}" for one in node.names} if module else {}  # type: ignore[attr-defined]


def _module_of(node: ast.ImportFrom, file: str) -> str:
    """Return the module that an import takes from; a relative one is told by the folder below ``site-packages``."""
    if not node.level:
        return node.module or ""
    parts = Path(file).parts
    at = max((at for at, part in enumerate(parts) if part in ("site-packages", "dist-packages")), default=-1)
    above = parts[at + 1 : len(parts) - node.level] if at >= 0 else ()
    return ".".join([*above, *([node.module] if node.module else [])])
