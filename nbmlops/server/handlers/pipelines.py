"""``pipelines``: files and runs, plans, and runs that are started and stopped."""

# mypy: allow-untyped-decorators
from __future__ import annotations

import os
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.definition import FILE
from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.reading import schema
from nbmlops.pipelines.starting import command_of, param_words, start_alone
from nbmlops.server.handlers.base import NbmlopsHandler

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from nbmlops.workspaces import Workspace

DEEPEST = 3
MOST_FILES = 100
MOST_FOLDERS = 2_000
LOGS = "logs"
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})


class PipelinesHandler(NbmlopsHandler):
    """All pipelines."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """List pipeline runs, newest first, and the files below the server's folder that hold pipelines."""
        limit = self.number("limit", 50, 1, 1_000)
        name = self.word("pipeline") or None
        latest = self.flag("latest")
        runs = await self.read(lambda ws: ws.pipelines.list(name, limit, latest=latest))
        root = self.services.current.root
        files = await self.read(lambda _: list(_files_below(root)))
        below = {run.file: place for run in runs if run.file and (place := _below(root, run.file)) is not None}
        self.reply({"runs": [run.to_json() for run in runs], "files": files, "below": below})


class PipelineRunHandler(NbmlopsHandler):
    """One run of a pipeline."""

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        """Return a pipeline run with its steps."""
        found = await self.read(lambda ws: ws.pipelines.show(run))
        self.reply(found.to_json())


class PlanHandler(NbmlopsHandler):
    """What would be done."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Say for each step of a file whether it would run or is cached, and why, and which parameters it takes."""
        asked = _asked(self)
        file = file_below(self.services.current.root, asked["file"])

        def question(ws: Workspace) -> dict[str, Any]:
            plan = ws.pipelines.plan(
                file, asked["params"] or {}, force=bool(asked["force"]), start=asked["start"] or None
            )
            return {**plan.to_json(), "parameters": [one.to_json() for one in ws.pipelines.parameters(file)]}

        self.reply(await self.read(question))


class StartHandler(NbmlopsHandler):
    """A run that is started."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Start a pipeline in a process of its own, once it is known that it can run; do not wait for its end."""
        asked = _asked(self)
        file = file_below(self.services.current.root, asked["file"])

        def start(ws: Workspace) -> tuple[str, subprocess.Popen[bytes]]:
            pipeline = ws.pipelines.read(file, asked["params"] or {})
            check_pipeline(pipeline, asked["params"] or {})
            return pipeline.name, start_run(ws, file, asked)

        pipeline, process = await self.change(start)
        self.services.keep(process)
        self.set_status(202)
        self.reply({"pipeline": pipeline, "file": asked["file"], "pid": process.pid})


class CancelHandler(NbmlopsHandler):
    """A run that is stopped."""

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Ask a pipeline run to stop, as Ctrl-C in its terminal does."""
        found = await self.change(lambda ws: ws.pipelines.cancel(run))
        self.reply(found.to_json())


class SchemaHandler(NbmlopsHandler):
    """The form of a pipeline's file."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Return the JSON Schema of ``pipeline.yaml``."""
        self.reply(schema())


def file_below(root: Path, named: str) -> Path:
    """Return a client's path as a file below the server's folder.

    Raises
    ------
    InvalidInput
        It is absolute, or leads out of the folder, by ``..`` or by a link.
    """
    path = Path(named.replace("\0", ""))
    place = (root / path).resolve()
    if path.is_absolute() or "\0" in named or "\\" in named or not place.is_relative_to(root.resolve()):
        raise InvalidInput(f"{named!r} is not below the server's folder.", "Name a file as GET pipelines lists it.")
    return place


def start_run(workspace: Workspace, file: Path, asked: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start ``nbmlops pipelines run`` as a process of its own session."""
    words = ["pipelines", "run", str(file), "--cause", "panel", *param_words(asked["params"] or {})]
    words += ["--force"] if asked["force"] else []
    words += ["--from", asked["start"]] if asked["start"] else []
    words += ["--workers", str(asked["workers"])] if asked["workers"] else []
    log = workspace.path / LOGS / "pipelines.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as out:
        return start_alone(command_of(workspace.path, *words), file.parent if file.is_file() else file, out)


def _asked(handler: NbmlopsHandler) -> dict[str, Any]:
    found = handler.body(
        file=str,
        params=(dict, NoneType),
        force=(bool, NoneType),
        start=(str, NoneType),
        workers=(int, NoneType),
    )
    return {name: found.get(name) for name in ("file", "params", "force", "start", "workers")}


def _below(root: Path, file: str) -> str | None:
    """Return the path by which clients know a file, or None where it is not below the server's folder."""
    place, top = Path(file).resolve(), root.resolve()
    return place.relative_to(top).as_posix() if place.is_relative_to(top) else None


def _files_below(root: Path) -> Iterator[str]:
    """Yield pipelines' files below a folder, not too deep and not too many."""
    found = 0
    for folders, (here, names, files) in enumerate(os.walk(root), 1):
        place = Path(here).relative_to(root)
        if len(place.parts) >= DEEPEST or folders > MOST_FOLDERS:
            names.clear()
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in _SKIPPED)
        if FILE in files:
            yield (place / FILE).as_posix()
            found += 1
            if found == MOST_FILES:
                return


ROUTES: list[tuple[str, Any]] = [
    ("pipelines", PipelinesHandler),
    ("pipelines/plan", PlanHandler),
    ("pipelines/run", StartHandler),
    ("pipelines/schema", SchemaHandler),
    ("pipelines/([^/]+)/cancel", CancelHandler),
    ("pipelines/([^/]+)", PipelineRunHandler),
]
