"""The user's own modules that a notebook imports: they are part of its code."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any


@lru_cache(maxsize=1)
def package_folders() -> tuple[str, ...]:
    """Return the folders in which Python, installed packages and nbmlops stand: as they are named, and as they are."""
    folders = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(Path(__file__).parents[1])}
    folders |= {entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))}
    places = {place for folder in folders if folder for place in (os.path.abspath(folder), os.path.realpath(folder))}  # noqa: PTH100
    return tuple(sorted(place + os.sep for place in places))


class LocalModules:
    """Finds the files of local modules that one notebook uses.

    Parameters
    ----------
    namespace : dict
        The notebook's globals.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._before = frozenset(sys.modules)
        self._known: dict[str, tuple[int, str | None]] = {}

    def files(self) -> list[str]:
        """Return the files: of modules that were loaded since the notebook began, or that its names come from."""
        found = set()
        for name, module in sys.modules.copy().items():
            seen = self._known.get(name)
            if seen is None or seen[0] != id(module):
                seen = self._known[name] = (id(module), _local_file(module))
            if seen[1] is not None and (name not in self._before or self._is_named(name, module)):
                found.add(seen[1])
        return sorted(found)

    def _is_named(self, name: str, module: object) -> bool:
        """Tell whether a name of the notebook holds a module, or a function or class that it defines."""
        for value in self._namespace.copy().values():
            if value is module:
                return True
            if isinstance(value, type | FunctionType) and value.__module__ == name:
                return True
        return False


def _local_file(module: object) -> str | None:
    file = vars(module).get("__file__") if type(module) is ModuleType else None
    if not isinstance(file, str) or not file.endswith(".py") or not os.path.isabs(file):  # noqa: PTH117
        return None
    # the text first: following the links of two thousand library files would take longer than most cells
    if file.startswith(package_folders()) or os.path.realpath(file).startswith(package_folders()):
        return None
    return file
