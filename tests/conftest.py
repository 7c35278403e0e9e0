"""What all tests share: a workspace of their own, and a shell that tracks in it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

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


class Notebook:
    """Runs cells, and gives what a user would see."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.seen: Any = None

    def run(self, code: str, *, fails: bool = False) -> Any:
        """Run a cell; give IPython's result. What it printed and displayed is in ``seen``."""
        with capture_output() as self.seen:
            result = self.shell.run_cell(code, store_history=True)
        assert result.success is not fails, f"{self.seen.stdout}\n{self.seen.stderr}\n{result.error_in_exec!r}"
        return result

    @property
    def runs(self) -> Any:
        """The runs of the workspace."""
        return nbmlops.runs()

    @property
    def last(self) -> Any:
        """Everything known of the newest run."""
        return nbmlops.runs().show("@last")

    @property
    def card(self) -> str:
        """The text of the last card that was shown."""
        return self.seen.outputs[-1].data["text/plain"] if self.seen.outputs else ""


@pytest.fixture
def notebook(workspace: Workspace, tmp_path: Path) -> Iterator[Notebook]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(ipython_dir=str(tmp_path / "ipython"), colors="nocolor", history_length=0)
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "nbmlops")
    yield Notebook(shell)
    shell.run_line_magic("unload_ext", "nbmlops")
    shell.history_manager.end_session()
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()


@pytest.fixture
def models(notebook: Notebook) -> Notebook:
    """The shell with iris and some of scikit-learn at hand."""
    notebook.run(
        "from sklearn.datasets import load_iris\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "from sklearn.metrics import accuracy_score, f1_score\n"
        "X, y = load_iris(return_X_y=True, as_frame=True)"
    )
    return notebook
