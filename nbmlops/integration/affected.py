"""Which notebooks a change touches: those that changed, and those that import or read what changed."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from nbmlops.capture.effects import parse
from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.inferring.cells import code_cell, python_of
from nbmlops.pipelines.notebooks import read_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable


def affected_notebooks(root: Path, notebooks: Iterable[str], changed: Iterable[str]) -> dict[str, str]:
    """Return the notebooks that a change touches, each with the reason.

    What a notebook reads is told by what its code says: modules beside it or at the root, what ``%run`` runs, and paths
    that are written out. What a module imports is followed.

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
    folder = str(PurePosixPath(notebook).parent)
    waiting, seen = [(tree, folder) for tree in _trees(root, notebook)], {notebook}
    while waiting:
        tree, place = waiting.pop()
        files = [*_scripts_in(tree, folder), *_modules_in(tree, folder, place)]
        for path in (*_paths_in(tree, folder), *files):
            if path in differ:
                return f"{path} changed"
        for path in files:
            if path not in seen:
                seen.add(path)
                waiting += [(one, str(PurePosixPath(path).parent)) for one in _trees(root, path)]
    return ""


def _trees(root: Path, path: str) -> list[ast.Module]:
    """Return the code of a notebook or a module as Python; nothing of what cannot be read."""
    try:
        if path.endswith(".ipynb"):
            cells = [code_cell(cell.source, cell.position) for cell in read_notebook(root / path).cells]
            trees = [cell.tree or python_of(cell.body) for cell in cells]
        else:
            trees = [parse((root / path).read_text(encoding="utf-8"))]
    except (OSError, UnicodeDecodeError, NbmlopsError):
        return []
    return [tree for tree in trees if tree is not None]


def _paths_in(tree: ast.AST, folder: str) -> list[str]:
    """Return the paths, from the root, that texts of the code may name."""
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = []
    for text in texts:
        if 0 < len(text) < 300 and "\n" not in text and "." in text:
            found += [_normal(folder, text), _normal("", text)]
    return found


def _scripts_in(tree: ast.AST, folder: str) -> list[str]:
    """Return the files that ``%run`` runs: a script, a notebook, or a module behind ``-m``."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="run_line_magic"), args=[ast.Constant("run"), ast.Constant(line)]):
                words = _words(str(line))
                script = next((word for word in words if not word.startswith("-")), "")
                if "-m" in words:
                    found += _files_of(script, (folder, ""))
                elif script:
                    found.append(_normal(folder, script if script.endswith((".py", ".ipynb")) else f"{script}.py"))
    return found


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _modules_in(tree: ast.AST, folder: str, place: str) -> list[str]:
    """Return the files that imports of the code may mean.

    They are beside the notebook or at the root; those with dots in front are found from the place of the code itself.
    """
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found += _files_of(alias.name, (folder, ""))
        elif isinstance(node, ast.ImportFrom):
            places = (_normal(place, "../" * (node.level - 1)),) if node.level else (folder, "")
            for alias in node.names:
                found += _files_of(f"{node.module}.{alias.name}" if node.module else alias.name, places)
    return found


def _files_of(module: str, places: Iterable[str]) -> list[str]:
    """Return the files that a module and the packages around it may be."""
    parts = module.split(".")
    return [
        _normal(place, "/".join(parts[:depth]) + end)
        for depth in range(1, len(parts) + 1)
        for place in dict.fromkeys(places)
        for end in (".py", "/__init__.py")
    ]


def _normal(folder: str, path: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(folder, path.replace("\\", "/")).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
