"""The watch tells of every change once, and of a workspace that came or went."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from nbmlops.errors import NotFound, WorkspaceUnusable
from nbmlops.server import current
from nbmlops.server.current import CurrentWorkspace
from nbmlops.server.watch import EVENT, Watch

from .conftest import MemoryWorkspace


@pytest.fixture
def events():
    return []


@pytest.fixture
def watch(workspace, tmp_path, events):
    return Watch(CurrentWorkspace(tmp_path), events.append)


async def test_the_first_look_tells_nothing(watch, events):
    assert not await watch.poll()
    assert events == []


async def test_a_change_is_told_once(watch, workspace, events):
    await watch.poll()
    workspace.version += 1
    assert await watch.poll()
    assert not await watch.poll()
    assert events == [{"workspace": str(workspace.path), "change": 1}]


async def test_a_workspace_that_appears_and_goes(tmp_path, monkeypatch, events):
    def find(folder):
        if not (folder / ".nbmlops").is_dir():
            raise NotFound("no workspace.")
        return MemoryWorkspace(folder)

    monkeypatch.setattr(current, "_open_from", find)
    watch = Watch(CurrentWorkspace(tmp_path), events.append)
    await watch.poll()
    (tmp_path / ".nbmlops").mkdir()
    assert await watch.poll()
    shutil.rmtree(tmp_path / ".nbmlops")
    assert await watch.poll()
    assert [event["workspace"] for event in events] == [str(tmp_path / ".nbmlops"), None]


async def test_a_workspace_that_takes_the_place_of_another_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(current, "_open_from", MemoryWorkspace)
    where = CurrentWorkspace(tmp_path)
    first = where.get()
    assert where.get() is first
    (first.path / "other").touch()
    (first.path / "other").replace(first.database.path)
    assert where.get() is not first
    assert first.closed


async def test_the_folder_of_an_open_notebook_is_searched_too(tmp_path, monkeypatch, events):
    def find(folder):
        if folder.name != "deep":
            raise NotFound("no workspace.")
        return MemoryWorkspace(folder)

    async def list_folders():
        return [tmp_path / "deep"]

    (tmp_path / "deep").mkdir()
    monkeypatch.setattr(current, "_open_from", find)
    where = CurrentWorkspace(tmp_path)
    await Watch(where, events.append, list_folders).poll()
    assert where.get().path == tmp_path / "deep" / ".nbmlops"


async def test_an_unusable_workspace_does_not_stop_the_watch(watch, workspace, events, monkeypatch):
    def fail():
        raise WorkspaceUnusable("locked.")

    monkeypatch.setattr(workspace, "data_version", fail)
    assert not await watch.poll()
    monkeypatch.undo()


async def test_events_reach_the_event_stream(jp_serverapp, workspace, services):
    seen = []

    async def listen(logger, schema_id, data):
        seen.append((schema_id, data))

    jp_serverapp.event_logger.add_listener(schema_id=EVENT, listener=listen)
    await services.watch.poll()
    workspace.version += 1
    await services.watch.poll()
    await asyncio.sleep(0.05)
    assert seen == [(EVENT, {"workspace": str(workspace.path), "change": 1})]
