"""``status``: whether there is a workspace, and how to make one."""

# mypy: allow-untyped-decorators
from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

import nbmlops
from nbmlops.server.current import HINT
from nbmlops.server.handlers.base import NbmlopsHandler
from nbmlops.server.watch import EVENT


class StatusHandler(NbmlopsHandler):
    """The workspace, or why there is none."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Say which workspace the panel shows."""
        workspace = await asyncio.to_thread(self.services.current.find)
        self.reply(
            {
                "workspace": str(workspace.path) if workspace else None,
                "root": str(self.services.current.root),
                "hint": "" if workspace else HINT,
                "version": nbmlops.__version__,
                "event": EVENT,
            }
        )


ROUTES: list[tuple[str, Any]] = [("status", StatusHandler)]
