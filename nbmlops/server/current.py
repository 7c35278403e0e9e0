"""The workspace that a server shows: found when first asked for, and again when it came or went."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from nbmlops.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nbmlops.workspaces import Workspace

HINT = "Make one in a notebook: %load_ext nbmlops   or in a terminal: nbmlops init"


class CurrentWorkspace:
    """Opens the nearest workspace of a folder, once. Safe to use from several threads.

    Parameters
    ----------
    root : Path
        The folder that the server shows; the workspace is searched from here upward.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._notebooks: tuple[Path, ...] = ()
        self._lock = threading.Lock()
        self._open: Workspace | None = None
        self._file: int | None = None

    def also_search(self, folders: Iterable[Path]) -> None:
        """Search from these folders too (of open notebooks) when the server's own has no workspace."""
        self._notebooks = tuple(folders)

    def find(self) -> Workspace | None:
        """Return the workspace, or None when there is none yet."""
        with self._lock:
            if self._open is not None and _file_of(self._open) == self._file:
                return self._open
            self._close()
            for folder in dict.fromkeys((self.root, *self._notebooks)):
                with contextlib.suppress(NotFound):
                    self._open = _open_from(folder)
                    self._file = _file_of(self._open)
                    break
            return self._open

    def get(self) -> Workspace:
        """Return the workspace, or raise `NotFound` with what makes one."""
        found = self.find()
        if found is None:
            raise NotFound("there is no workspace here yet.", HINT)
        return found

    def close(self) -> None:
        """Close the workspace; it is opened again when it is asked for."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _file_of(workspace: Workspace) -> int | None:
    """Return what tells this registry from one that took its place, as a restored backup does; None: it is gone."""
    try:
        return workspace.database.path.stat().st_ino
    except OSError:
        return None


def _open_from(folder: Path) -> Workspace:
    from nbmlops.workspaces import Workspace

    return Workspace.open(start=folder)
