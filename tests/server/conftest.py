"""A real Jupyter Server with our routes, over a workspace that is a few records in memory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tornado.httpclient import HTTPClientError

from nbmlops import records
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.server import current
from nbmlops.server.handlers import BASE, SETTING

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<script>alert(1)</script>"


def digest_of(content: bytes) -> str:
    return "b3:" + hashlib.sha256(content).hexdigest()


class MemoryRuns:
    """The methods of ``Workspace.runs`` that the routes call."""

    def __init__(self, workspace: MemoryWorkspace) -> None:
        self.workspace = workspace
        self.calls: list[tuple[Any, ...]] = []
        self.records = {
            name: records.RunDetail(
                id=f"01j{index}",
                name=name,
                experiment="delays",
                status="finished",
                started_at=f"2026-01-0{index}T10:00:00+00:00",
                metrics={"auc": auc},
            )
            for index, (name, auc) in enumerate([("rf", 0.81), ("rf·2", 0.84), ("<script>", float("nan"))], start=1)
        }

    def _find(self, ref: str) -> records.RunDetail:
        for run in self.records.values():
            if ref in {run.id, run.name}:
                return run
        raise NotFound(f"no run named {ref!r}.", "List them: %runs")

    def list(self, filter="", sort=None, limit=None, offset=0, archived=False):
        self.calls.append(("list", filter, sort, limit, offset, archived))
        if filter.endswith(">"):
            raise InvalidInput("the filter ends too early.", "Write: auc > 0.8")
        found = [run for run in self.records.values() if run.archived == archived]
        return found[offset : offset + (limit or len(found))]

    def count(self, filter="", archived=False):
        return len(self.list(filter, archived=archived))

    def show(self, ref):
        return self._find(ref)

    get = show

    def compare(self, refs):
        runs = tuple(self._find(ref) for ref in refs)
        difference = records.Difference("auc", tuple(run.metrics["auc"] for run in runs), 1, "higher")
        curves = {"auc": [[records.Metric("auc", 0.8, 1), records.Metric("auc", 0.9, 2)]]}
        return records.Comparison(runs, (difference,), (), (), (), (), curves, {"params": 2})

    def metrics(self, ref):
        return {
            "loss": [records.Metric("loss", 0.5, 1, 10), records.Metric("loss", float("inf"), 2, 20)],
            self._find(ref).name: [],
        }

    def filter_words(self):
        return ["auc", "status"]

    def _change(self, refs, **fields):
        found = [self._find(ref) for ref in refs]
        self.records.update({run.name: replace(run, **fields) for run in found})
        return [self.records[run.name] for run in found]

    def star(self, refs, starred=True):
        return self._change(refs, starred=starred)

    def archive(self, refs):
        return self._change(refs, archived=True)

    def unarchive(self, refs):
        return self._change(refs, archived=False)

    def delete(self, refs):
        return [self.records.pop(self._find(ref).name) for ref in refs]

    def tag(self, refs, tags):
        return self._change(refs, tags={key: value for key, value in tags.items() if value is not None})

    def note(self, ref, text):
        return self._change([ref], note=text)[0]

    def rename(self, ref, name):
        return self._change([ref], name=name)[0]


class MemoryModels:
    """The methods of ``Workspace.models`` that the routes call."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.records = [records.ModelVersion("delay", 1, "01j1", "2026-01-01T10:00:00+00:00", "ab" * 32, "sklearn")]

    def list(self):
        return self.records

    def show(self, name):
        if name.partition("@")[0] != "delay":
            raise NotFound(f"no model named {name!r}.")
        return self.records

    def register(self, run_ref, name, alias=None, variable=None):
        self.calls.append(("register", run_ref, name, alias, variable))
        return replace(self.records[0], name=name, version=2, aliases=(alias,) if alias else ())

    def promote(self, spec, alias):
        self.calls.append(("promote", spec, alias))
        return replace(self.show(spec)[0], aliases=(alias,))


class MemoryWorkspace:
    """A workspace without files, as far as the server knows workspaces."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".nbmlops"
        self.path.mkdir(exist_ok=True)
        self.database = SimpleNamespace(path=self.path / "registry")
        self.database.path.touch()
        self.runs = MemoryRuns(self)
        self.models = MemoryModels()
        self.version = 1
        self.closed = False

    def data_version(self):
        return self.version

    def artifact(self, digest):
        kinds = {
            digest_of(PICTURE): (records.Artifact("roc.svg", digest, len(PICTURE), "image/svg+xml"), PICTURE),
            digest_of(PAGE): (records.Artifact('a"\r\nb/ö.html', digest, len(PAGE), "text/html"), PAGE),
        }
        if digest not in kinds:
            raise NotFound("no run keeps this artifact.")
        return kinds[digest]

    def close(self):
        self.closed = True


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"nbmlops.server": True, "jupyter_server_terminals": False}}}


@pytest.fixture
def empty(monkeypatch):
    """No workspace anywhere."""

    def nothing(folder: Path) -> Any:
        raise NotFound("no workspace.")

    monkeypatch.setattr(current, "_open_from", nothing)


@pytest.fixture
def workspace(monkeypatch, tmp_path):
    found = MemoryWorkspace(tmp_path)
    monkeypatch.setattr(current, "_open_from", lambda _: found)
    return found


@pytest.fixture
def services(jp_serverapp):
    return jp_serverapp.web_app.settings[SETTING]


@pytest.fixture
def api(jp_fetch):
    """Ask a route; returns the status and the JSON value."""

    async def ask(path: str, method: str = "GET", body: Any = None, **params: Any) -> tuple[int, Any]:
        data = body if isinstance(body, str) else None if body is None else json.dumps(body)
        if method in {"POST", "PATCH"} and data is None:
            data = "{}"
        try:
            response = await jp_fetch(BASE, *path.split("/"), method=method, body=data, params=params)
        except HTTPClientError as error:
            response = error.response
        return response.code, json.loads(response.body)

    return ask


@pytest.fixture
def raw(jp_serverapp, http_server_client, jp_base_url):
    """Ask for an address as it is written, with no token and no quoting; returns the response."""

    async def ask(address: str, method: str = "GET", headers: Any = None, body: str | None = None) -> Any:
        url = f"{jp_base_url}{BASE}/{address}"
        return await http_server_client.fetch(
            url, method=method, headers=headers or {}, body=body, raise_error=False, request_timeout=10
        )

    return ask
