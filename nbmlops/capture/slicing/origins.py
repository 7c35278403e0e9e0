"""Where a module or a class comes from: the notebook, the user's own files, or an installed library."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

_LIBRARY = tuple(
    {
        os.path.realpath(path) + os.sep
        for name, path in sysconfig.get_paths().items()
        if name in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    | {os.path.realpath(os.path.dirname(os.__file__)) + os.sep}  # noqa: PTH120 - some installs move it
)


_OURS = str(Path(__file__).resolve().parents[2]) + os.sep
"""nbmlops itself is a library, also where it runs from a checkout."""


@lru_cache(maxsize=8192)
def _is_library_file(file: str) -> bool:
    if "site-packages" in file or "dist-packages" in file or file.startswith(_OURS):
        return True
    return os.path.realpath(file).startswith(_LIBRARY)


def file_of(module: ModuleType) -> str | None:
    """Return the file that a module was loaded from, or None."""
    found = module.__dict__.get("__file__")
    return found if type(found) is str else None


def is_own_module(module: ModuleType) -> bool:
    """Tell whether a module is a file of the user's own, neither installed nor of Python itself.

    Examples
    --------
    >>> import json
    >>> is_own_module(json)
    False
    """
    file = file_of(module)
    return file is not None and not _is_library_file(file)


def own_class(kind: type, home: str) -> bool:
    """Tell whether a class was defined in the notebook (whose module is ``home``) or in the user's own files."""
    name = kind.__dict__.get("__module__")
    if type(name) is not str:
        return False
    if name == home:
        return True
    if name == "builtins" or name.startswith(("numpy.", "pandas.", "sklearn.")):
        return False
    module = sys.modules.get(name)
    return type(module) is ModuleType and is_own_module(module)


def is_in_figure(kind: type) -> bool:
    """Tell whether instances of a class are figures of matplotlib's, axes, or other parts of them.

    Examples
    --------
    >>> is_in_figure(dict)
    False
    """
    return any(base.__module__ == "matplotlib.artist" and base.__name__ == "Artist" for base in kind.__mro__)


def root_of(value: Any) -> str:
    """Return the top package of a module, class, function or object: ``sklearn`` for a fitted model."""
    kind = type(value)
    if kind is ModuleType:
        name: Any = value.__dict__.get("__name__", "")
    elif isinstance(value, type):
        name = value.__dict__.get("__module__", "")
    else:
        named = None
        if kind.__module__ == "builtins" and kind.__name__ in ("function", "builtin_function_or_method"):
            named = value.__module__
        elif kind.__module__ == "numpy" and kind.__name__ in ("ufunc", "_ArrayFunctionDispatcher"):
            named = "numpy"
        name = named or kind.__module__
    return name.partition(".")[0] if type(name) is str else ""
