"""``features``: the catalogue, features by key, and rows that are pushed."""

# mypy: allow-untyped-decorators
from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.features.online.reading import as_json
from nbmlops.features.row_tables import rows_table
from nbmlops.server.handlers.base import NbmlopsHandler

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace

MAX_KEYS = 1_000
MAX_ROWS = 10_000


class FeaturesHandler(NbmlopsHandler):
    """The catalogue."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List feature views, each with its newest version; those that a search finds, best first."""
        words = self.word("search")
        views = await self.read(lambda ws: ws.features.search(words) if words else ws.features.list())
        self.reply({"features": [view.to_json() for view in views]})


class FeatureHandler(NbmlopsHandler):
    """One feature view."""

    @authenticated
    @authorized
    async def get(self, view: str) -> None:
        """Return a version of a feature view, what of it is online, and its versions."""

        def question(ws: Workspace) -> dict[str, Any]:
            found = ws.features.show(view)
            versions = [one.spec for one in ws.features.log(found.name)]
            return {"view": found.to_json(), "online": ws.features.online.count(found), "versions": versions}

        self.reply(await self.read(question))


class ValuesHandler(NbmlopsHandler):
    """Features by key."""

    @authenticated
    @authorized
    async def get(self, view: str) -> None:
        """Return the features of keys, as the online store has them."""
        keys = self.get_query_arguments("key")
        if not 1 <= len(keys) <= MAX_KEYS:
            raise InvalidInput(f"{len(keys)} keys are named.", f"?key=EWR&key=JFK, at most {MAX_KEYS:,}.")
        at = self.word("at") or None

        def question(ws: Workspace) -> list[dict[str, Any]]:
            found = ws.features.online.view(view)
            return [as_json(row) for row in found.get_many([found.key(key) for key in keys], at)]

        self.reply({"values": await self.read(question)})


class PushHandler(NbmlopsHandler):
    """Rows that come in."""

    @authenticated
    @authorized
    async def post(self, view: str) -> None:
        """Push rows of a view's source: all of them, or none when one does not fit."""
        rows = self.body(rows=list)["rows"]
        if not 1 <= len(rows) <= MAX_ROWS:
            raise InvalidInput(f"{len(rows)} rows are given.", f"From 1 to {MAX_ROWS:,} at once.")
        self.reply((await self.change(lambda ws: ws.features.push(view, rows))).to_json())


class MaterializeHandler(NbmlopsHandler):
    """The way into the online store."""

    @authenticated
    @authorized
    async def post(self, view: str) -> None:
        """Write the newest row of each key of a view to the online store."""
        self.reply((await self.change(lambda ws: ws.features.materialize(view))).to_json())


class TrainingSetHandler(NbmlopsHandler):
    """Labels joined with features."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Join features to rows of labels, right in time."""
        given = self.body(rows=list, features=list, timestamp=(str, NoneType))
        rows, features = given["rows"], given["features"]
        if not 1 <= len(rows) <= MAX_ROWS or not all(isinstance(row, dict) for row in rows):
            raise InvalidInput(f"{len(rows)} rows are given.", f"From 1 to {MAX_ROWS:,} records at once.")

        def question(ws: Workspace) -> dict[str, Any]:
            labels = rows_table(rows)
            joined, record = ws.features.training_set(labels, features, timestamp=given.get("timestamp"))
            return {**record.to_json(), "rows": [as_json(row) for row in joined.to_pylist()]}

        self.reply(await self.change(question))


ROUTES: list[tuple[str, Any]] = [
    ("features", FeaturesHandler),
    ("features/training-set", TrainingSetHandler),
    ("features/([^/]+)/values", ValuesHandler),
    ("features/([^/]+)/push", PushHandler),
    ("features/([^/]+)/materialize", MaterializeHandler),
    ("features/([^/]+)", FeatureHandler),
]
