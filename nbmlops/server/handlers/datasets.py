"""``datasets``: data sets, their versions, what differs between two."""

# mypy: allow-untyped-decorators
from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.server.handlers.base import NbmlopsHandler


class DatasetsHandler(NbmlopsHandler):
    """All data sets."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List data sets, each with its newest version."""
        versions = await self.read(lambda ws: ws.datasets.list())
        self.reply({"datasets": [version.to_json() for version in versions]})


class DatasetHandler(NbmlopsHandler):
    """One data set."""

    @authenticated
    @authorized
    async def get(self, dataset: str) -> None:
        """List the versions of a data set, newest first, and the columns of the one that is meant."""
        versions = await self.read(lambda ws: ws.datasets.log(dataset))
        version, types = await self.read(lambda ws: ws.datasets.show(dataset))
        self.reply({"version": version.to_json(), "types": types, "versions": [one.to_json() for one in versions]})


class DiffHandler(NbmlopsHandler):
    """Two versions beside each other."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return what differs between two versions."""
        a, b = self.word("a"), self.word("b")
        if not a or not b:
            raise InvalidInput("two versions are needed.", "datasets/diff?a=flights@1&b=flights@2")
        on = [name for name in self.word("on").split(",") if name]
        self.reply((await self.read(lambda ws: ws.datasets.diff(a, b, on=on))).to_json())


class DriftHandler(NbmlopsHandler):
    """Current data beside a reference."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return what has drifted between two versions of data sets."""
        reference, current = self.word("reference"), self.word("current")
        if not reference or not current:
            raise InvalidInput("two versions are needed.", "datasets/drift?reference=flights@1&current=flights@2")
        words = {name: self.word(name) or None for name in ("time", "target", "prediction", "window")}
        ignore = [name for name in self.word("ignore").split(",") if name]
        self.reply((await self.read(lambda ws: ws.drift(reference, current, ignore=ignore, **words))).to_json())


ROUTES: list[tuple[str, Any]] = [
    ("datasets", DatasetsHandler),
    ("datasets/diff", DiffHandler),
    ("datasets/drift", DriftHandler),
    ("datasets/([^/]+)", DatasetHandler),
]
