"""Which notebooks a change touches: those that changed, and those that import or read what changed."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from nbmlops.capture.effects import parse
from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.notebooks import read_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable


def affected_notebooks(root: Path, notebooks: Iterable[str], changed: Iterable[str]) -> dict[str, str]:
    """Return the notebooks that a change touches, each with the reason.

    What a notebook reads is told by what its code says: modules beside it or at the root, and paths that are written
    out. A module that another module imports is followed.

    Parameters
    ----------
    root : Path
        The repository's.
    notebooks : iterable of str
        All notebooks, by their path from the root.
    changed : iterable of str
        The paths that differ.
    """
    differ = set(changed)
    found = {}
    for notebook in notebooks:
        if notebook in differ:
            found[notebook] = "it changed"
            continue
        reason = _touched(root, notebook, differ)
        if reason:
            found[notebook] = reason
    return found


def _touched(root: Path, notebook: str, differ: set[str]) -> str:
    try:
        codes = [cell.source for cell in read_notebook(root / notebook).cells]
    except NbmlopsError:
        return ""
    folder = str(PurePosixPath(notebook).parent)
    waiting, seen = _trees(codes), set[str]()
    while waiting:
        tree = waiting.pop()
        for path in _paths_in(tree, folder):
            if path in differ:
                return f"{path} changed"
        for path in _modules_in(tree, folder):
            if path in seen:
                continue
            seen.add(path)
            if path in differ:
                return f"{path} changed"
            try:
                waiting += _trees([(root / path).read_text(encoding="utf-8")])
            except (OSError, UnicodeDecodeError):
                continue
    return ""


def _trees(codes: Iterable[str]) -> list[ast.Module]:
    return [tree for code in codes if (tree := parse(code)) is not None]


def _paths_in(tree: ast.AST, folder: str) -> list[str]:
    """Return the paths, from the root, that texts of the code may name."""
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = []
    for text in texts:
        if 0 < len(text) < 300 and "\n" not in text and "." in text:
            found += [_normal(folder, text), _normal("", text)]
    return found


def _modules_in(tree: ast.AST, folder: str) -> list[str]:
    """Return the files that imports of the code may mean: beside it, or at the root."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    found = []
    for name in names:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            stem = "/".join(parts[:depth])
            for place in dict.fromkeys((folder, "")):
                found += [_normal(place, f"{stem}.py"), _normal(place, f"{stem}/__init__.py")]
    return found


def _normal(folder: str, path: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(folder, path.replace("\\", "/")).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
