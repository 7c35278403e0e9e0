"""The settings that a slice reads from around it: environment variables and options of libraries."""

from __future__ import annotations

import ast
import functools
import os
import sys
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.capture.effects import parse
from nbmlops.capture.secrets import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.cells import ExecutedCell


def settings_of(cells: Iterable[ExecutedCell]) -> dict[str, Any]:
    """Return the environment variables that cells read by name, and the options of loaded libraries.

    A variable that a cell sets itself is no setting from around it. A secret's value is only known by its digest.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> os.environ["SCALE"] = "2"
    >>> code = "import os\\nscale = float(os.environ['SCALE'])"
    >>> settings_of([ExecutedCell(code, code)])["variables"]
    {'SCALE': '2'}
    """
    read: dict[str, None] = {}
    written: set[str] = set()
    for cell in cells:
        names, own = variables_in(cell.transformed)
        read.update(dict.fromkeys(name for name in names if name not in written))
        written |= own
    return {"variables": {name: variable(name) for name in read}, "options": library_options()}


def variable(name: str) -> str | None:
    """Return what is recorded of an environment variable: its value, a secret's digest, None where it is not set."""
    value = os.environ.get(name)
    if value is not None and is_secret_name(name):
        return f"b3:{blake3(value.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"
    return value


@functools.lru_cache(maxsize=1024)
def variables_in(code: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names of environment variables that code reads, and those that it sets."""
    if "env" not in code:
        return (), frozenset()
    tree = parse(code)
    read: dict[str, None] = {}
    written: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Subscript) and _is_environ(node.value) and isinstance(node.slice, ast.Constant):
            name = str(node.slice.value)
            if isinstance(node.ctx, ast.Load):
                read[name] = None
            else:
                written.add(name)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called, name = node.func, str(node.args[0].value)
            on_environ = isinstance(called, ast.Attribute) and _is_environ(called.value)
            if on_environ and isinstance(called, ast.Attribute) and called.attr == "setdefault":
                written.add(name)
            elif on_environ or getattr(called, "attr", getattr(called, "id", "")) == "getenv":
                read[name] = None
    return tuple(read), frozenset(written)


def _is_environ(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "environ") or (
        isinstance(node, ast.Name) and node.id == "environ"
    )


def library_options() -> dict[str, str]:
    """Return the options of loaded libraries that change results, as text: those that are not at their default.

    A few microseconds; a library that was not imported by the user is not looked at.
    """
    options: dict[str, str] = {}
    for name, read in (("pandas", _pandas), ("sklearn", _sklearn), ("numpy", _numpy), ("torch", _torch)):
        if name in sys.modules:
            try:
                options.update(read(sys.modules[name]))
            except Exception:  # noqa: BLE001, S112 - another release may keep its options elsewhere; then they are unknown
                continue
    return options


def _pandas(_: Any) -> dict[str, str]:
    config: Any = sys.modules["pandas._config.config"]
    found = {}
    for key, option in config._registered_options.items():  # noqa: SLF001 - the public way costs a millisecond
        if key.startswith(("mode.", "compute.", "future.")):
            node = config._global_config  # noqa: SLF001
            for part in key.split("."):
                node = node[part]
            if node != option.defval:
                found[f"pandas.{key}"] = str(node)
    return found


def _sklearn(module: Any) -> dict[str, str]:
    defaults = {"assume_finite": False, "enable_metadata_routing": False, "transform_output": "default"}
    config = module.get_config()
    return {f"sklearn.{key}": str(config[key]) for key, value in defaults.items() if config.get(key, value) != value}


def _numpy(module: Any) -> dict[str, str]:
    defaults = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    found = module.geterr()
    return {f"numpy.{key}": str(found[key]) for key, value in defaults.items() if found.get(key, value) != value}


def _torch(module: Any) -> dict[str, str]:
    dtype = str(module.get_default_dtype())
    return {"torch.default_dtype": dtype} if dtype != "torch.float32" else {}
