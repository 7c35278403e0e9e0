"""The routes, one file a resource. A handler parses, calls one workspace method, writes its record."""

from __future__ import annotations

from typing import Any

from nbmlops.server.handlers import artifacts, datasets, features, models, monitors, pipelines, runs, status
from nbmlops.server.handlers.base import SETTING, Services

BASE = "nbmlops/api/v1"
ROUTES: list[tuple[str, Any]] = [
    (f"{BASE}/{route}", handler)
    for module in (status, runs, models, datasets, features, pipelines, monitors, artifacts)
    for route, handler in module.ROUTES
]

__all__ = ["BASE", "ROUTES", "SETTING", "Services"]
