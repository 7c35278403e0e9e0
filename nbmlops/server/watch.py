"""Tells every open panel that the workspace changed, whoever wrote: kernel, papermill or terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from nbmlops.server.current import CurrentWorkspace

EVENT = "urn:nbmlops:workspace-changed:v1"
INTERVAL_S = 1.0
SCHEMA: dict[str, Any] = {
    "$id": EVENT,
    "version": "1",
    "title": "The workspace of nbmlops changed",
    "description": "A run, a model or another record was written by any process. Read the REST routes again.",
    "type": "object",
    "required": ["workspace", "change"],
    "properties": {
        "workspace": {
            "type": ["string", "null"],
            "description": "The workspace's folder; null when it went away.",
        },
        "change": {"type": "integer", "description": "Counts the changes that this server has seen."},
    },
}


class Watch:
    """Compares the workspace with how it was a moment ago, and emits one event when it differs.

    Parameters
    ----------
    current : CurrentWorkspace
        Where the workspace comes from.
    emit : callable
        Takes the event's data, like ``{"workspace": "/home/me/.nbmlops", "change": 3}``.
    list_folders : callable, optional
        Awaited while there is no workspace: more folders to search from.
    """

    def __init__(
        self,
        current: CurrentWorkspace,
        emit: Callable[[dict[str, Any]], Any],
        list_folders: Callable[[], Awaitable[list[Path]]] | None = None,
    ) -> None:
        self._current = current
        self._emit = emit
        self._list_folders = list_folders
        self._seen: tuple[str | None, int | None] | None = None
        self._changes = 0

    async def poll(self) -> bool:
        """Look once; return whether an event was emitted. The first look only remembers."""
        state = await asyncio.to_thread(self._look)
        if state[0] is None and self._list_folders is not None:
            self._current.also_search(await self._list_folders())
            state = await asyncio.to_thread(self._look)
        before, self._seen = self._seen, state
        if before is None or before == state:
            return False
        self.tell()
        return True

    def tell(self) -> None:
        """Emit an event now: SQLite does not show a connection its own commits as changes."""
        self._changes += 1
        workspace = self._seen[0] if self._seen else None
        self._emit({"workspace": workspace, "change": self._changes})

    def _look(self) -> tuple[str | None, int | None]:
        try:
            workspace = self._current.find()
            return (str(workspace.path), workspace.data_version()) if workspace else (None, None)
        except NbmlopsError:  # the panel's own request shows it, with its hint
            return (None, -1)
