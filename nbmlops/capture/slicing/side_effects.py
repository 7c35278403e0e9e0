"""Imports that are made for their effect: the imported module puts something into another one, or into its classes.

``from sklearn.experimental import enable_iterative_imputer`` binds a name that nobody reads. What it does is told by
the module's own text: at its top level it sets attributes of what it has imported.
"""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.slicing.flow import Imported

MAX_BYTES = 65_536


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
        tree = ast.parse(text) if "setattr(" in text or "." in text else None
    except (OSError, ValueError, SyntaxError):
        return frozenset()
    modules: dict[str, str] = {}
    found: set[str] = set()
    for node in tree.body if tree else ():
        if isinstance(node, ast.Import):
            modules |= {one.asname or one.name.partition(".")[0]: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = _module_of(node, file)
            modules |= {one.asname or one.name: f"{module}.{one.name}" for one in node.names if module}
        else:
            found |= {modules[name] for name in _stored_into(node) if name in modules}
    return frozenset(found)


def _module_of(node: ast.ImportFrom, file: str) -> str:
    """Return the module that an import takes from; a relative one is told by the folder below ``site-packages``."""
    if not node.level:
        return node.module or ""
    parts = Path(file).parts
    at = max((at for at, part in enumerate(parts) if part in ("site-packages", "dist-packages")), default=-1)
    above = parts[at + 1 : len(parts) - node.level] if at >= 0 else ()
    return ".".join([*above, *([node.module] if node.module else [])])


def _stored_into(node: ast.stmt) -> set[str]:
    """Return the names whose attributes a statement of the top level sets."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        is_setattr = isinstance(call.func, ast.Name) and call.func.id == "setattr" and call.args
        return {call.args[0].id} if is_setattr and isinstance(call.args[0], ast.Name) else set()
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    stored = [target.value for target in targets if isinstance(target, ast.Attribute)]
    return {owner.id for owner in stored if isinstance(owner, ast.Name)}
