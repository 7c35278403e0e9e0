"""What happens when Jupyter Server loads nbmlops: routes are added, and the watch begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado.ioloop import PeriodicCallback

from nbmlops.server.current import CurrentWorkspace
from nbmlops.server.handlers import ROUTES, SETTING, Services
from nbmlops.server.watch import EVENT, INTERVAL_S, SCHEMA, Watch


def load(server_app: Any) -> None:
    """Add the routes to a ``ServerApp``, and tell its event stream of every change of the workspace."""
    root = Path(server_app.root_dir or ".")
    current = CurrentWorkspace(root)
    logger = server_app.event_logger
    logger.register_event_schema(SCHEMA)
    watch = Watch(
        current,
        emit=lambda data: logger.emit(schema_id=EVENT, data=data),
        list_folders=lambda: _folders_of_notebooks(server_app, root),
    )
    web_app = server_app.web_app
    web_app.settings[SETTING] = Services(current, watch)
    base = web_app.settings["base_url"]
    web_app.add_handlers(".*$", [(url_path_join(base, route), handler) for route, handler in ROUTES])
    PeriodicCallback(watch.poll, INTERVAL_S * 1000).start()


async def _folders_of_notebooks(server_app: Any, root: Path) -> list[Path]:
    sessions = await server_app.session_manager.list_sessions()
    paths = [Path(str(session.get("path", ""))) for session in sessions]
    return [(root / path).parent for path in paths if path.name and ".." not in path.parts]
