"""``runs``: the table, one run, its curves, comparisons, and what is done to runs."""

# mypy: allow-untyped-decorators
from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.records import json_value
from nbmlops.server.handlers.base import MAX_PAGE, NbmlopsHandler, refs_of

if TYPE_CHECKING:
    from nbmlops.records import Run
    from nbmlops.workspaces import Workspace

MAX_COMPARED = 50


class RunsHandler(NbmlopsHandler):
    """A page of the run table."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List runs that match a filter."""
        words, archived = self.word("filter"), self.flag("archived")
        sort = self.word("sort") or None
        limit, offset = self.number("limit", 100, 1, MAX_PAGE), self.number("offset", 0, 0, 10**9)

        def question(ws: Workspace) -> tuple[list[Run], int]:
            runs = ws.runs.list(filter=words, sort=sort, limit=limit, offset=offset, archived=archived)
            return runs, ws.runs.count(filter=words, archived=archived)

        runs, total = await self.read(question)
        self.reply({"runs": [run.to_json() for run in runs], "total": total})


class RunHandler(NbmlopsHandler):
    """One run."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Show everything that is known of a run."""
        self.reply((await self.read(lambda ws: ws.runs.show(run))).to_json())

    @authenticated
    @authorized
    async def patch(self, run: str) -> None:
        """Give a run another name or note."""
        given = self.body(name=(str, NoneType), note=(str, NoneType))
        name, note = given.get("name"), given.get("note")
        if name is None and note is None:
            raise InvalidInput("nothing to change.", "Members: name, note")

        def action(ws: Workspace) -> Run:
            changed = ws.runs.get(run)
            if name is not None:
                changed = ws.runs.rename(changed.id, name)
            if note is not None:
                changed = ws.runs.note(changed.id, note)
            return changed

        self.reply((await self.change(action)).to_json())


class MetricsHandler(NbmlopsHandler):
    """The curves of a run."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Return, per metric, its values as [step, value, timestamp]."""
        curves = await self.read(lambda ws: ws.runs.metrics(run))
        points = {name: [[m.step, m.value, m.timestamp] for m in curve] for name, curve in curves.items()}
        self.reply({"metrics": json_value(points)})


class CompareHandler(NbmlopsHandler):
    """Runs side by side."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return what differs between runs."""
        refs = refs_of(self.listed("runs"))
        if not 2 <= len(refs) <= MAX_COMPARED:
            raise InvalidInput(f"{len(refs)} runs cannot be compared.", f"Name 2 to {MAX_COMPARED}.")
        self.reply((await self.read(lambda ws: ws.runs.compare(refs))).to_json())


class WordsHandler(NbmlopsHandler):
    """Completions for the filter."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return the words that a filter may use."""
        self.reply({"words": await self.read(lambda ws: ws.runs.filter_words())})


class ReproduceHandler(NbmlopsHandler):
    """The proof of a run."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Replay a run behind the wall, and answer with the verdict."""
        flags = (bool, NoneType)
        given = self.body(current_data=flags, rebuild_env=flags, timeout=(int, float, NoneType))
        current, rebuild = bool(given.get("current_data")), bool(given.get("rebuild_env"))
        timeout = given.get("timeout")
        replay = await self.change(
            lambda ws: ws.reproduce(run, current_data=current, timeout=timeout, rebuild_env=rebuild)
        )
        self.reply(replay.to_json())


class EnvironmentHandler(NbmlopsHandler):
    """What a run had installed."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Return interpreter, packages and lock of a run."""
        self.reply((await self.read(lambda ws: ws.environments.of(ws.proving.target(run)))).to_json())


class ActionHandler(NbmlopsHandler):
    """What is done to several runs at once."""

    @authenticated
    @authorized
    async def post(self, action: str) -> None:
        """Star, unstar, archive, unarchive, delete or tag runs."""
        if action == "tag":
            given = self.body(runs=list, tags=dict)
            refs, tags = refs_of(given["runs"]), tags_of(given["tags"])
            changed = await self.change(lambda ws: ws.runs.tag(refs, tags))
        else:
            refs = refs_of(self.body(runs=list)["runs"])
            changed = await self.change(lambda ws: ACTIONS[action](ws, refs))
        self.reply({"runs": [run.to_json() for run in changed]})


ACTIONS: dict[str, Any] = {
    "star": lambda ws, refs: ws.runs.star(refs),
    "unstar": lambda ws, refs: ws.runs.star(refs, starred=False),
    "archive": lambda ws, refs: ws.runs.archive(refs),
    "unarchive": lambda ws, refs: ws.runs.unarchive(refs),
    "delete": lambda ws, refs: ws.runs.delete(refs),
}


def tags_of(given: dict[str, Any]) -> dict[str, str | None]:
    """Return tags that came from outside; None takes a tag away.

    Examples
    --------
    >>> tags_of({"stage": "baseline", "old": None})
    {'stage': 'baseline', 'old': None}
    """
    if len(given) > 100 or not all(isinstance(value, str | NoneType) for value in given.values()):
        raise InvalidInput("tags are texts by name.", 'Write {"tags": {"stage": "baseline", "old": null}}')
    return {str(key): value for key, value in given.items()}


ROUTES: list[tuple[str, Any]] = [
    ("runs", RunsHandler),
    ("runs/compare", CompareHandler),
    ("runs/words", WordsHandler),
    (f"runs/({'|'.join([*ACTIONS, 'tag'])})", ActionHandler),
    ("runs/([^/]+)/metrics", MetricsHandler),
    ("runs/([^/]+)/environment", EnvironmentHandler),
    ("runs/([^/]+)/reproduce", ReproduceHandler),
    ("runs/([^/]+)", RunHandler),
]
