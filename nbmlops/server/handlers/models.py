"""``models``: registered models, their versions and aliases."""

# mypy: allow-untyped-decorators
from __future__ import annotations

from types import NoneType
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.server.handlers.base import NbmlopsHandler


class ModelsHandler(NbmlopsHandler):
    """All versions of all models."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List model versions."""
        versions = await self.read(lambda ws: ws.models.list())
        self.reply({"models": [version.to_json() for version in versions]})

    @authenticated
    @authorized
    async def post(self) -> None:
        """Register a model of a run as a new version."""
        optional = (str, NoneType)
        given = self.body(run=str, name=str, variable=optional, alias=optional)
        version = await self.change(
            lambda ws: ws.models.register(
                given["run"], given["name"], alias=given.get("alias"), variable=given.get("variable")
            )
        )
        self.set_status(201)
        self.reply(version.to_json())


class ModelHandler(NbmlopsHandler):
    """One model."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """List the versions of one model, or the one that ``name@alias`` or ``name@3`` means."""
        versions = await self.read(lambda ws: ws.models.show(name))
        self.reply({"models": [version.to_json() for version in versions]})


class PromoteHandler(NbmlopsHandler):
    """Aliases of a model."""

    @authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Point an alias at a version."""
        given = self.body(version=int, alias=str)
        if given["version"] is True or given["version"] < 1 or "@" in name:
            raise InvalidInput("no such version.", 'Write {"version": 3, "alias": "champion"}')
        spec, alias = f"{name}@{given['version']}", given["alias"]
        self.reply((await self.change(lambda ws: ws.models.promote(spec, alias))).to_json())


ROUTES: list[tuple[str, Any]] = [
    ("models", ModelsHandler),
    ("models/([^/]+)/promote", PromoteHandler),
    ("models/([^/]+)", ModelHandler),
]
