"""Patches that wait for the user's own import: a module is patched when it is loaded, and not loaded to be patched."""

from __future__ import annotations

import importlib.abc
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function with a module right after the user's own import has loaded it."""

    def __init__(self, watched: dict[str, Callable[[types.ModuleType], None]]) -> None:
        self.watched = watched
        self._busy: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the finder protocol
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a watched module as everybody else would, and patch it after it was run."""
        if fullname not in self.watched or fullname in self._busy:
            return None
        self._busy.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._busy.discard(fullname)
        if spec is not None and spec.loader is not None:
            run, patch = spec.loader.exec_module, self.watched[fullname]

            def exec_module(module: types.ModuleType) -> None:
                run(module)
                patch(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
