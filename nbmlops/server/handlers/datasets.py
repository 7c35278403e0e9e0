"""``datasets``: data sets, their versions, what differs between two."""

# mypy: allow-untyped-decorators
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.server.handlers.base import MAX_PAGE, NbmlopsHandler

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace


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
        on = self.listed("on")
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
        words = self.words("time", "target", "prediction", "window", "max_age", "as_of")
        words["ignore"] = self.listed("ignore")
        words["classifier"] = self.flag("classifier")
        self.reply((await self.read(lambda ws: ws.drift(*_loaded(ws, reference, current), **words))).to_json())


class DriftRowsHandler(NbmlopsHandler):
    """The rows behind what was found about a column."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return the rows of the current version behind what `datasets/drift` finds about a column."""
        reference, current, column = self.word("reference"), self.word("current"), self.word("column")
        if not reference or not current or not column:
            raise InvalidInput(
                "two versions and a column are needed.",
                "datasets/drift/rows?reference=flights@1&current=flights@2&column=delay",
            )
        words = self.words("time", "target", "prediction")
        words["ignore"] = self.listed("ignore")
        words["limit"] = self.number("limit", 100, 1, MAX_PAGE)

        def behind(workspace: Workspace) -> Any:
            before, now = _loaded(workspace, reference, current)
            return workspace.drift_rows(before, now, column, **words)

        self.reply((await self.read(behind)).to_json())


class ChangesHandler(NbmlopsHandler):
    """Where the mean of a column has changed."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return where the mean of a column has changed, row after row."""
        dataset, column = self.word("dataset"), self.word("column")
        if not dataset or not column:
            raise InvalidInput(
                "a version and a column are needed.", "datasets/changes?dataset=flights@2&column=delay&time=hour"
            )
        words: dict[str, Any] = {"time": self.word("time") or None, "method": self.word("method", "adwin")}
        self.reply((await self.read(lambda ws: ws.changes(ws.datasets.load(dataset), column, **words))).to_json())


def _loaded(workspace: Workspace, *versions: str) -> list[Any]:
    """Return the frames of versions; loaded here, since a path of the server's machine is no version."""
    return [workspace.datasets.load(version) for version in versions]


class FairnessHandler(NbmlopsHandler):
    """A model on groups of people."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return how a model does on groups, from a version of a data set that holds what it said."""
        dataset, by = self.word("dataset"), self.listed("by")
        prediction = self.word("prediction")
        if not dataset or not by or not prediction:
            raise InvalidInput(
                "a version, a column of predictions and one of groups are needed.",
                "datasets/fairness?dataset=scored@3&truth=late&prediction=said&by=sex",
            )
        words = self.words("truth", "probability", "scores", "positive")
        words["depth"] = self.number("depth", 2, 1, 4)
        found = await self.read(
            lambda ws: ws.fairness(ws.datasets.load(dataset), prediction=prediction, by=by, **words)
        )
        self.reply(found.to_json())


class PerformanceHandler(NbmlopsHandler):
    """How well a model does."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return how a model does, by window and by the values of columns, from a version that holds what it said."""
        dataset, truth = self.word("dataset"), self.word("truth")
        if not dataset or not truth:
            raise InvalidInput(
                "a version and the column of true values are needed.",
                "datasets/performance?dataset=scored@3&truth=late&prediction=said",
            )
        words = self.words("prediction", "probability", "time", "window", "positive")
        words["by"] = self.listed("by")
        found = await self.read(lambda ws: ws.performance(ws.datasets.load(dataset), truth=truth, **words))
        self.reply(found.to_json())


ROUTES: list[tuple[str, Any]] = [
    ("datasets", DatasetsHandler),
    ("datasets/diff", DiffHandler),
    ("datasets/drift", DriftHandler),
    ("datasets/drift/rows", DriftRowsHandler),
    ("datasets/changes", ChangesHandler),
    ("datasets/fairness", FairnessHandler),
    ("datasets/performance", PerformanceHandler),
    ("datasets/([^/]+)", DatasetHandler),
]
