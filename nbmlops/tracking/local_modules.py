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
        self._seen: dict[str, ModuleType] = {}
        self._local: dict[str, tuple[ModuleType, str]] = {}

    def files(self) -> list[str]:
        """Return the files: of modules that were loaded since the notebook began, or that its names come from."""
        self._look()
        loaded = {file for name, (_, file) in self._local.items() if name not in self._before}
        asked = {name: one for name, one in self._local.items() if one[1] not in loaded}
        return sorted(loaded | (self._named(asked) if asked else set()))

    def _look(self) -> None:
        """Learn which of the loaded modules are local; only those are looked at that were not there before."""
        now = sys.modules.copy()
        if now == self._seen:  # two thousand modules, by identity: a hundredth of the time that a loop takes
            return
        for name in [name for name, (module, _) in self._local.items() if now.get(name) is not module]:
            del self._local[name]
        for name, module in now.items():
            if self._seen.get(name) is not module and (file := _local_file(module)) is not None:
                self._local[name] = (module, file)
        self._seen = now

    def _named(self, modules: dict[str, tuple[ModuleType, str]]) -> set[str]:
        """Return the files of modules that a name of the notebook holds, or whose function or class it holds."""
        by_id = {id(module): file for module, file in modules.values()}
        found = set()
        for value in self._namespace.copy().values():
            if type(value) is str:
                continue  # most are: IPython keeps the text of every cell under a name
            if isinstance(value, ModuleType):
                if id(value) in by_id:
                    found.add(by_id[id(value)])
            elif isinstance(value, type | FunctionType) and value.__module__ in modules:
                found.add(modules[value.__module__][1])
        return found


def _local_file(module: object) -> str | None:
    file = vars(module).get("__file__") if type(module) is ModuleType else None
    if not isinstance(file, str) or not file.endswith(".py") or not os.path.isabs(file):  # noqa: PTH117
        return None
    # the text first: following the links of two thousand library files would take longer than most cells
    if file.startswith(package_folders()) or os.path.realpath(file).startswith(package_folders()):
        return None
    return file
