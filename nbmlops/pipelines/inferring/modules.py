"""What a notebook imports: libraries by name; the user's own modules are gone through for their constants."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.config_files import text_at
from nbmlops.pipelines.inferring.values import Frame, ModuleNames, Ref

if TYPE_CHECKING:
    import ast

    from nbmlops.pipelines.inferring.walking import Walker


def import_module(walker: Walker, alias: ast.alias, frame: Frame) -> None:
    """Bind what ``import a.b as c`` binds."""
    found = own_module(walker, alias.name)
    value: Any = ModuleNames(found) if found is not None else Ref(alias.name)
    if alias.asname:
        frame.names[alias.asname] = value
        return
    top, _, rest = alias.name.partition(".")
    if found is None or not rest:
        frame.names[top] = Ref(top) if found is None else value
        return
    outer = frame.names.get(top)
    package = outer if isinstance(outer, ModuleNames) else ModuleNames(own_module(walker, top) or Frame())
    package.frame.names[rest.partition(".")[0]] = value
    frame.names[top] = package


def import_from(walker: Walker, node: ast.ImportFrom, frame: Frame) -> None:
    """Bind what ``from a import b`` binds."""
    module = _whole_name(node, frame)
    found = own_module(walker, module) if module else None
    for alias in node.names:
        name = alias.asname or alias.name
        if found is None:
            inner = own_module(walker, f"{module}.{alias.name}" if module else alias.name)
            frame.names[name] = ModuleNames(inner) if inner is not None else Ref(f"{module}.{alias.name}")
        elif alias.name == "*":
            frame.names.update({key: value for key, value in found.names.items() if not key.startswith("_")})
        elif alias.name in found.names:
            frame.names[name] = found.names[alias.name]
        else:
            inner = own_module(walker, f"{module}.{alias.name}")
            if inner is not None:
                frame.names[name] = ModuleNames(inner)


def _whole_name(node: ast.ImportFrom, frame: Frame) -> str:
    """Return the module that is imported from, a relative one by its full name."""
    module = node.module or ""
    package = frame.find("__package__")
    if not node.level or not package or not isinstance(package, str):
        return module
    try:
        return importlib.util.resolve_name("." * node.level + module, package)
    except ImportError:
        return module


def own_module(walker: Walker, name: str) -> Frame | None:
    """Return the names of a module that lies beside the notebooks, None where there is none."""
    if name in walker.modules:
        return walker.modules[name]
    for folder in walker.search:
        base = walker.folder / folder / Path(*name.split("."))
        for file in (base.with_name(base.name + ".py"), base / "__init__.py"):
            if file.is_file():
                return run_module(walker, name, file)
        if base.is_dir() and any(base.glob("*.py")):  # a package without a word of its own
            walker.modules[name] = Frame()
            return walker.modules[name]
    return None


def run_module(walker: Walker, name: str, file: Path) -> Frame:
    """Go through a file of Python; what it reads and writes is the notebook's doing."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    own = {"__name__": name, "__package__": package, "__file__": os.path.abspath(file)}  # noqa: PTH100
    frame = Frame(own, walker.builtins)
    walker.modules[name] = frame
    text = text_at(file)
    if text is None:
        return frame
    walker.depth += 1
    try:
        if walker.depth < 20:
            walker.run_text(text, frame)
    finally:
        walker.depth -= 1
    return frame
