"""What all tests share: a workspace of their own, and a shell that tracks in it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import nbmlops
from nbmlops import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nbmlops.workspaces import Workspace


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees another's workspace, or one that the developer has."""
    for name in list(os.environ):
        if name.startswith("NBMLOPS_") or name == "JPY_SESSION_NAME":
            monkeypatch.delenv(name)
    yield
    api.pin(None)
    for workspace in api._opened.by_path.values():
        workspace.close()
    api._opened.by_path.clear()
    nbmlops.limit_capture(code="on", data="keep", output="on")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A new workspace, found by everything that looks for one."""
    monkeypatch.setenv("NBMLOPS_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return nbmlops.workspace(create=True)


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python code in a process of its own, in the test's folder."""

    def run(code: str, *arguments: str, check: bool = True, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            cwd=tmp_path,
            env={**os.environ, "NBMLOPS_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            check=check,
            **options,  # type: ignore[call-overload]
        )

    return run
